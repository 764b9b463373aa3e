"""The main job, from registration to paid compensation, played with the clients that are generated from the documents.

It reads addresses and tokens as JSON from its input and writes what it saw as JSON. It runs beside the generated packages,
in the environment of `tests/clients`: `tests/e2e/test_generated_clients.py` checks it with `mypy --strict` and runs it.
"""

import json
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from redress_intake import AuthenticatedClient as Intake
from redress_intake.api.cases import register_case, show_case, take_step
from redress_intake.api.own_cases import take_own_step
from redress_intake.api.tasks import list_tasks
from redress_intake.models import (
    CasePage,
    CustomerBody,
    MyCase,
    MyStepBody,
    MyStepBodyInput,
    RegisterCaseBody,
    RegisterCaseBodyFacts,
    RegisteredView,
    StepBody,
    StepBodyInput,
    StepView,
    TaskPage,
)
from redress_notify import AuthenticatedClient as Notify
from redress_notify.api.messages import list_messages_of_case
from redress_notify.models import MessagePage
from redress_settlement import AuthenticatedClient as Settlement
from redress_settlement.api.changes import list_changes
from redress_settlement.api.own_cases import accept_own_offer
from redress_settlement.api.settlement import (
    approve_remedy,
    list_remedies_of_case,
    offer_remedy,
    quote_remedy,
    request_payout,
)
from redress_settlement.models import (
    AcceptBody,
    Changes,
    HashBody,
    MoneyBody,
    MyOfferView,
    PayoutBody,
    QuoteBody,
    QuoteBodyInputs,
    RemedyPage,
    RemedyView,
)
from redress_sla import AuthenticatedClient as Sla
from redress_sla.api.sla import list_clocks_of_case
from redress_sla.models import ClockPage

T = TypeVar("T")
MOST_REPETITIONS = 20
LONGEST_WAIT_SECONDS = 30
NOT_CAUGHT_UP = 409


class Answer(Protocol):
    """What the four packages answer alike."""

    @property
    def status_code(self) -> int: ...
    @property
    def content(self) -> bytes: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def parsed(self) -> object: ...


class Refused(Exception):
    """An answer after which the job cannot go on."""


def key() -> str:
    """A fresh idempotency key."""
    return str(uuid.uuid4())  # noqa: TID251 (a client has no ids of ours)


@dataclass
class Job:
    """Where the services are, who acts, and the position of the last answer."""

    services: Mapping[str, str]
    tokens: Mapping[str, str]
    position: str = ""
    seen: dict[str, object] = field(default_factory=dict)

    def intake(self, person: str) -> Intake:
        """The client of a person."""
        return Intake(base_url=self.services["intake"], token=self.tokens[person])

    def settlement(self, person: str) -> Settlement:
        """The client of a person."""
        return Settlement(base_url=self.services["settlement"], token=self.tokens[person])

    def done(self, expected: type[T], send: Callable[[str], Answer]) -> T:
        """The typed answer to a request, which is repeated as `Retry-After` says while its service has not caught up."""
        for _ in range(MOST_REPETITIONS):
            answer = send(self.position)
            if answer.status_code == NOT_CAUGHT_UP and "retry-after" in answer.headers:
                time.sleep(float(answer.headers["retry-after"]))  # noqa: TID251 (what the service asks of a client)
                continue
            self.position = answer.headers.get("redress-position", self.position)
            if isinstance(answer.parsed, expected):
                return answer.parsed
            break
        raise Refused(f"{answer.status_code} {answer.content.decode()}")

    def step(self, case_id: str, person: str, step: str, **given: object) -> StepView:
        """Take a step of the case."""
        body = StepBody(input_=StepBodyInput.from_dict(given))
        client, once = self.intake(person), key()
        return self.done(
            StepView,
            lambda position: take_step.sync_detailed(
                case_id, step, client=client, body=body, redress_position=position, idempotency_key=once
            ),
        )


def register(job: Job) -> str:
    """A complaint arrives through the ERP; twice under one key, as after a broken connection: it is one case."""
    body = RegisterCaseBody(
        case_type="quality_objection",
        channel="erp",
        order_ref="SO-77",
        customer=CustomerBody(ref="C-77", name="青岛某造船有限公司", email="buyer@story.example"),
        facts=RegisterCaseBodyFacts.from_dict(
            {"province": "Shandong", "product": "热轧卷", "grade": "Q235B", "quantity_t": "60", "order_ref": "SO-77"}
        ),
    )
    client, once = job.intake("clerk"), key()
    one, other = (
        job.done(
            RegisteredView,
            lambda position: register_case.sync_detailed(
                client=client, body=body, redress_position=position, idempotency_key=once
            ),
        )
        for _ in range(2)
    )
    if one.case_id != other.case_id:
        raise Refused("two cases under one key")
    return one.case_id


def investigate(job: Job, case_id: str) -> None:
    """It is inside the scope, and the goods are confirmed as the seller's."""
    tasks = job.done(
        TaskPage,
        lambda position: list_tasks.sync_detailed(client=job.intake("clerk"), mine=True, redress_position=position),
    )
    job.seen["task"] = [task.what for task in tasks.items if task.case_id == case_id]
    job.step(case_id, "clerk", "analyse", in_scope=True, needs_visit=False, opinion="属异议范围")
    job.step(case_id, "team", "confirm_origin", origin="confirmed")


def settle(job: Job, case_id: str) -> RemedyView:
    """A remedy is quoted, offered, accepted by the customer and approved."""
    team = job.settlement("team")
    inputs = QuoteBodyInputs.from_dict(
        {"contract_price": "4200.00", "downgraded_price": "3850.00", "quantity": "60", "customer_consent": True}
    )
    quote = QuoteBody(remedy="price_difference", inputs=inputs)
    quoted = job.done(
        RemedyView,
        lambda position: quote_remedy.sync_detailed(
            case_id, client=team, body=quote, redress_position=position, idempotency_key=f"quote-{case_id}"
        ),
    )
    shown = HashBody(quote_hash=quoted.quote_hash)
    job.done(
        RemedyView,
        lambda position: offer_remedy.sync_detailed(
            quoted.remedy_id, client=team, body=shown, redress_position=position, idempotency_key=f"offer-{case_id}"
        ),
    )
    accepted = job.done(
        MyOfferView,
        lambda position: accept_own_offer.sync_detailed(
            case_id,
            quoted.remedy_id,
            client=job.settlement("customer"),
            body=AcceptBody(quote_hash=quoted.quote_hash),
            redress_position=position,
            idempotency_key=f"accept-{case_id}",
        ),
    )
    job.seen["offer"] = accepted.state
    return job.done(
        RemedyView,
        lambda position: approve_remedy.sync_detailed(
            quoted.remedy_id,
            client=job.settlement("leader"),
            body=shown,
            redress_position=position,
            idempotency_key=f"approve-{case_id}",
        ),
    )


def agree(job: Job, case_id: str) -> None:
    """The agreement is signed by both, and the result is announced."""
    job.step(case_id, "team", "record_liability", liability_basis="site_evidence")
    job.step(case_id, "team", "draft_agreement", mode="price_difference")
    job.step(case_id, "team", "sign_agreement", party="seller", signer="王工")
    signature = MyStepBody(input_=MyStepBodyInput.from_dict({"party": "customer", "signer": "李经理"}))
    job.done(
        MyCase,
        lambda position: take_own_step.sync_detailed(
            case_id,
            "sign_agreement",
            client=job.intake("customer"),
            body=signature,
            redress_position=position,
            idempotency_key=f"sign-{case_id}",
        ),
    )
    job.step(case_id, "team", "finalise_agreement")
    job.step(case_id, "team", "issue_result_notice")


def pay(job: Job, case_id: str, remedy: RemedyView) -> None:
    """The payment is requested; the feed of changes tells when the ERP has made it."""
    finance = job.settlement("finance")
    amount = MoneyBody(minor=remedy.amount.minor, currency=remedy.amount.currency)
    job.done(
        RemedyView,
        lambda position: request_payout.sync_detailed(
            remedy.remedy_id,
            client=finance,
            body=PayoutBody(amount=amount),
            redress_position=position,
            idempotency_key=f"pay-{case_id}",
        ),
    )
    events = job.done(
        Changes,
        lambda position: list_changes.sync_detailed(
            client=finance,
            wait=LONGEST_WAIT_SECONDS,
            type_=["remedy.executed.v1"],
            case_id=case_id,
            redress_position=position,
        ),
    )
    job.seen["paid"] = [event["type"] for event in events.items]


def look(job: Job, case_id: str) -> None:
    """What the pages show in the end."""
    page = job.done(
        CasePage,
        lambda position: show_case.sync_detailed(case_id, client=job.intake("clerk"), redress_position=position),
    )
    remedies = job.done(
        RemedyPage,
        lambda position: list_remedies_of_case.sync_detailed(
            case_id, client=job.settlement("finance"), redress_position=position
        ),
    )
    sla = Sla(base_url=job.services["sla"], token=job.tokens["clerk"])
    clocks = job.done(
        ClockPage,
        lambda position: list_clocks_of_case.sync_detailed(case_id, client=sla, redress_position=position),
    )
    notify = Notify(base_url=job.services["notify"], token=job.tokens["clerk"])
    messages = job.done(
        MessagePage,
        lambda position: list_messages_of_case.sync_detailed(case_id, client=notify, redress_position=position),
    )
    job.seen |= {
        "case_id": page.case_id,
        "status": page.status,
        "remedies": [(each.remedy, each.state, each.amount.minor, each.amount.currency) for each in remedies.items],
        "clocks": sorted(f"{each.clock}: {each.state}" for each in clocks.items),
        "told": sorted({each.on for each in messages.items}),
    }


def main() -> None:
    """Play it."""
    given = json.load(sys.stdin)
    job = Job(services=given["services"], tokens=given["tokens"])
    case_id = register(job)
    investigate(job, case_id)
    remedy = settle(job, case_id)
    agree(job, case_id)
    pay(job, case_id, remedy)
    look(job, case_id)
    json.dump(job.seen, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
