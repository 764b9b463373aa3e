"""A small pack about messages, and cases, events and messages built for the tests."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from services.notify.cases.rules import Case, CaseEvent, Party
from services.notify.channels.registry import REGISTRY
from services.notify.messages.rules import Identity, Message, State, Words
from services.notify.planning.rules.plan import Planner
from services.notify.planning.rules.recipients import Recipients
from services.notify.planning.rules.render import Texts
from shared.packs.intake.model.section import IntakeSection
from shared.packs.notify.model.channels import Delivery
from shared.packs.notify.model.section import NotifySection, Rule
from shared.packs.pack.model import PackSection

CASE_ID = "01890a5d-ac96-774b-bcce-b302099a0001"
EVENT_ID = "01890a5d-ac96-774b-bcce-b302099a0e01"
ORG = "01890a5d-ac96-774b-bcce-b302099a8057"
NINE = datetime(2026, 3, 16, 1, tzinfo=UTC)  # 09:00 in Shanghai

PACK = PackSection.parse(
    {
        "id": "small",
        "title": {"zh": "小", "en": "Small"},
        "owner": "Somebody",
        "source": "Nowhere",
        "zone": "Asia/Shanghai",
        "effective_from": "2026-01-01",
        "roles": [
            {"id": "finance", "label": {"zh": "财务部", "en": "Finance"}},
            {"id": "team", "label": {"zh": "小组", "en": "Team"}},
        ],
    }
)
INTAKE = IntakeSection.parse(
    {
        "case_types": [
            {
                "id": "objection",
                "label": {"zh": "异议", "en": "Objection"},
                "cite": "X-1 Art.1",
                "number": "O-{seq:5}",
                "initial": "open",
                "channels": ["web"],
            }
        ],
        "statuses": [
            {"id": "open", "label": {"zh": "处理中", "en": "Open"}},
            {"id": "closed", "label": {"zh": "已结案", "en": "Closed"}, "phase": "closed"},
        ],
        "facts": [
            {
                "id": "severity",
                "label": {"zh": "程度", "en": "Severity"},
                "type": "choice",
                "choices": [{"id": "major", "label": {"zh": "重大", "en": "Major"}}],
            },
            {"id": "product", "label": {"zh": "产品", "en": "Product"}, "type": "text"},
        ],
        "owners": [{"owner": "team", "cite": "X-1 Art.1"}],
    }
)
TEXT = {"subject": "{{ case.number }}", "body": "{{ party.name }}"}
TOLD = {"id": "told", "locales": {"zh-CN": TEXT, "en": TEXT}}


def a_rule(**changed: Any) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": "tell",
        "cite": "X-5 Art.5",
        "on": "case.accepted",
        "recipients": [{"role": "customer"}],
        "template": "told",
    }
    return rule | changed


def a_document(*rules: dict[str, Any], **changed: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "defaults": {"sender": {"name": {"zh": "本公司", "en": "We"}, "email": "we@example.com"}},
        "templates": [TOLD],
        "rules": list(rules) or [a_rule()],
    }
    return document | changed


def a_section(*rules: dict[str, Any], **changed: Any) -> NotifySection:
    return NotifySection.parse(a_document(*rules, **changed))


def a_case(**changed: Any) -> Case:
    values: dict[str, Any] = {
        "case_id": CASE_ID,
        "number": "O-00001",
        "case_type": "objection",
        "channel": "web",
        "status": "open",
        "previous_status": "open",
        "owner": "team",
        "first_responder": "chen",
        "customer_ref": "C-1",
        "received_at": NINE,
        "pack": "small",
        "policy_version": 1,
        "facts": {"severity": "major", "product": None},
        "milestones": ("case.registered", "case.accepted"),
    }
    return Case(**(values | changed))


CUSTOMER = Party(role="customer", name="华东钢构", email="buyer@customer.example", phone=None, locale="zh-CN")


def an_event(*names: str, **data: Any) -> CaseEvent:
    names = names or ("case.accepted",)
    published = {"id": EVENT_ID, "type": f"{names[0]}.v1", "data": data}
    return CaseEvent(event_id=EVENT_ID, names=names, occurred_at=NINE, data=data, published=published)


def recipients(
    section: NotifySection,
    *,
    case: Case | None = None,
    parties: Sequence[Party] = (CUSTOMER,),
    endpoint_id: str | None = None,
) -> Recipients:
    return Recipients(
        case=case or a_case(),
        parties={party.role: party for party in parties},
        section=section,
        pack=PACK,
        channels=REGISTRY.channels,
        endpoint_id=endpoint_id,
    )


def ids() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"message-{number}"


def planned(section: NotifySection, event: CaseEvent | None = None, **changed: Any) -> list[Message]:
    event, found, fresh = event or an_event(), recipients(section, **changed), ids()
    texts = Texts(case=found.case, event=event, pack=PACK, intake=INTAKE, section=section)
    return Planner(recipients=found, now=NINE, new_id=lambda: next(fresh)).plan(event, texts)


def fallback(failed: Message, rule: Rule, found: Recipients, *, new_id: str) -> Message | None:
    return Planner(recipients=found, now=NINE, new_id=lambda: new_id).fallback(failed, rule)


def a_message(state: State = State.QUEUED, **changed: Any) -> Message:
    has_ended = state in (State.SENT, State.SKIPPED, State.FAILED)
    values: dict[str, Any] = {
        "message_id": "01890a5d-ac96-774b-bcce-b302099a0a01",
        "identity": Identity(case_id=CASE_ID, occasion=EVENT_ID, rule="tell", recipient="customer", channel="email"),
        "delivery": Delivery.PROVIDER,
        "on": "case.accepted",
        "template": "told",
        "template_version": 1,
        "locale": "zh-CN",
        "cite": "X-5 Art.5",
        "fallback": (),
        "address": "buyer@customer.example",
        "words": Words(subject="O-00001", body="华东钢构", sender_name="本公司", sender_email="we@example.com"),
        "is_rechecked": False,
        "state": state,
        "attempts": 0,
        "due_at": None if has_ended else NINE,
        "expires_at": None,
        "ended_at": NINE if has_ended else None,
        "reason": "why" if state in (State.SKIPPED, State.FAILED, State.OUTCOME_UNKNOWN) else None,
        "unknown_attempts": 1 if state is State.OUTCOME_UNKNOWN else 0,
    }
    return Message(**(values | changed))
