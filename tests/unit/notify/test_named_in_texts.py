"""What conditions and texts of a pack may name, with the values of one case and one event, and who is named in a message."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.notify.cases.rules import CaseEvent, variables
from services.notify.messages.rules import Identity, Message, State, Words
from services.notify.planning.rules.hours import next_open
from shared.packs.language.hours import Hours
from shared.packs.notify.model.channels import Delivery
from shared.packs.notify.model.section import NotifySection
from tests.support.notify_cases import CASE_ID, CUSTOMER, EVENT_ID, NINE, a_case, a_rule, a_section, an_event, planned

CASE = a_case(number="O-00007", channel="phone", status="closed", previous_status="open", facts={"severity": "major"})
VARIABLES = {
    "case": {
        "case_id": "01890a5d-ac96-774b-bcce-b302099a0001",
        "number": "O-00007",
        "case_type": "objection",
        "channel": "phone",
        "status": "closed",
        "previous_status": "open",
        "owner": "team",
        "first_responder": "chen",
        "customer_ref": "C-1",
        "received_at": "2026-03-16T01:00:00Z",
        "milestones": ["case.registered", "case.accepted"],
    },
    "facts": {"severity": "major"},
}
PAPER = {"template": "result_notice", "number": "TZ-1"}


def test_without_an_event_a_condition_names_the_case_and_its_facts() -> None:
    assert variables(CASE, None, on="case.closed") == VARIABLES


@pytest.mark.parametrize(
    ("data", "document", "record"),
    [
        ({"step": "close"}, None, None),
        ({"document": PAPER, "record": {"kind": "call"}}, PAPER, {"kind": "call"}),
        ({"document": "d-1", "record": ["call"]}, None, None),
    ],
)
def test_an_event_is_named_with_its_data_and_the_document_and_record_that_it_touched(
    data: dict[str, object], document: object, record: object
) -> None:
    event = replace(an_event("case.closed", "result.issued", **data), occurred_at=NINE + timedelta(hours=1))
    assert variables(CASE, event, on="result.issued") == VARIABLES | {
        "event": {**data, "name": "result.issued", "occurred_at": "2026-03-16T02:00:00Z"},
        "document": document,
        "record": record,
    }


def test_data_of_an_event_cannot_pass_for_its_name_or_its_instant() -> None:
    event = an_event("case.closed", name="case.accepted", occurred_at="2020-01-01T00:00:00Z")
    assert variables(CASE, event, on="case.closed")["event"] == {
        "name": "case.closed",
        "occurred_at": "2026-03-16T01:00:00Z",
    }


def saying(body: str, *, subject: str = "x") -> NotifySection:
    """The small pack whose only rule tells `body`."""
    text = {"subject": subject, "body": body}
    return a_section(
        a_rule(on=["case.accepted", "result.issued"], recipients=[{"role": "customer"}]),
        templates=[{"id": "told", "locales": {"zh-CN": text, "en": text}}],
    )


def only(section: NotifySection, event: CaseEvent | None = None, locale: str = "zh-CN") -> Message:
    (message,) = planned(section, event, parties=[replace(CUSTOMER, locale=locale)])
    return message


@pytest.mark.parametrize(
    ("body", "chinese", "english"),
    [
        ("{{ case.number }} {{ case.status }} {{ case.customer_ref }}", "O-00001 open C-1", "O-00001 open C-1"),
        ("{{ case.status_label }} {{ case.owner_label }}", "处理中 小组", "Open Team"),
        ("{{ labels.severity }} {{ facts.severity }}", "重大 major", "Major major"),
        ("{{ party.name }} {{ party.role }}", "华东钢构 customer", "华东钢构 customer"),
        ("{{ sender.name }}", "本公司", "We"),
        ("{{ cite }}", "X-5 Art.5", "X-5 Art.5"),
        ("{{ event.name }} {{ event.step }}", "result.issued close", "result.issued close"),
        ("{{ document.number }} {{ record.kind }}", "TZ-1 call", "TZ-1 call"),
    ],
)
def test_a_text_names_these_in_the_language_of_the_recipient(body: str, chinese: str, english: str) -> None:
    event = an_event("result.issued", step="close", document=PAPER, record={"kind": "call"})
    assert only(saying(body), event).words.body == chinese
    assert only(saying(body), event, locale="en").words.body == english


def test_instants_in_subject_and_body_are_wall_time_of_the_pack() -> None:
    instant = "{{ case.received_at | instant }}"  # 01:00 in UTC is 09:00 in Shanghai
    words = only(saying(instant, subject=instant)).words
    assert "09:00" in words.subject
    assert words.body == words.subject


def test_a_value_without_a_label_is_told_as_it_is() -> None:
    section = saying("{{ case.status_label }} {{ labels.severity }} {{ labels.product }} {{ labels.colour }}")
    case = a_case(status="frozen", facts={"severity": "minor", "product": "wire", "colour": "red"})
    (message,) = planned(section, case=case)
    assert message.words.body == "frozen minor wire red"


def test_a_condition_names_the_event_on_which_the_rule_speaks() -> None:
    section = a_section(a_rule(on=["case.accepted", "result.issued"], when="event.name == 'result.issued'"))
    assert len(planned(section, an_event("result.issued"))) == 1
    assert planned(section, an_event("case.accepted")) == []


def test_a_planned_message_as_a_whole() -> None:
    section = a_section(a_rule(channels=["email", "fax"]))
    assert planned(section) == [
        Message(
            message_id="message-1",
            identity=Identity(
                case_id=CASE_ID,
                occasion=EVENT_ID,
                rule="tell",
                recipient="customer",
                channel="email",
                step=1,
                endpoint_id="",
            ),
            delivery=Delivery.PROVIDER,
            on="case.accepted",
            template="told",
            template_version=1,
            locale="zh-CN",
            cite="X-5 Art.5",
            fallback=("fax",),
            address="buyer@customer.example",
            words=Words(subject="O-00001", body="华东钢构", sender_name="本公司", sender_email="we@example.com"),
            is_rechecked=False,
            state=State.QUEUED,
            attempts=0,
            due_at=NINE,
            expires_at=None,
        )
    ]


def test_whom_no_channel_reaches_is_recorded_on_the_first_without_an_address() -> None:
    section = a_section(a_rule(channels=["email", "webhook"]))
    (message,) = planned(section, parties=[])
    assert (message.identity.channel, message.address, message.fallback) == ("email", None, ("webhook",))
    assert (message.state, message.reason) == (State.SKIPPED, "recipient_unreachable")


def test_a_recipient_after_a_shared_address_is_told() -> None:
    roles = [{"role": "owner"}, {"role": "team"}, {"role": "finance"}]
    told = planned(a_section(a_rule(recipients=roles, channels=["internal"])))
    assert [message.identity.recipient for message in told] == ["team", "finance"]


def test_the_day_of_a_window_is_the_day_of_the_pack_and_not_of_utc() -> None:
    new_york = ZoneInfo("America/New_York")
    evening = (Hours.parse({"opens": "19:00", "closes": "23:00"}),)
    at = datetime(2026, 3, 2, 20, tzinfo=new_york)  # 3 March 01:00 in UTC
    assert next_open(evening, at=at, zone=new_york) == at
