"""A task as it is answered."""

from datetime import datetime

from pydantic import BaseModel, Field

from services.intake.copies.views import AmountView
from services.intake.entries.views import TextView
from services.intake.tasks.rules import TaskKind
from services.intake.tasks.store import COUNTED, NEVER, TaskRow
from shared.kernel.instants import instant_text
from shared.kernel.money import Money
from shared.platform.http.paging import Key


class TaskView(BaseModel):
    """Something to do on a case."""

    kind: TaskKind
    case_id: str
    number: str
    case_type: str
    customer_ref: str
    customer_name: str | None
    order_ref: str | None
    owner: str = Field(description="The role that owns the case.")
    what: str = Field(description="The step, clock, remedy, paper or message rule, by its name in the pack.")
    label: TextView
    roles: list[str] = Field(
        description="Who may do it; where empty `person`, and without one every caller with the scope."
    )
    person: str | None = Field(description="The one person who does it.")
    due_at: datetime | None
    clock: str | None = Field(description="The clock that is due then, by its name in the pack.")
    amount: AmountView | None
    link: str = Field(description="The path at which it is done, at the service that has it.")
    cite: str


class TaskPage(BaseModel):
    """One page of tasks; `counts` are of all kinds under the same conditions."""

    items: list[TaskView]
    next: str | None
    counts: dict[TaskKind, int]
    counts_are_minimum: bool = Field(
        description=f"Whether there may be more: where very many cases contain `q`, the first {COUNTED:,} are counted."
    )


_LINKS = {
    TaskKind.STEP: "/v1/cases/{case}/steps/{ref}",
    TaskKind.PAPER: "/v1/cases/{case}",
    TaskKind.EXTENSION: "/v1/extensions/{ref}/decision",
    TaskKind.APPROVAL: "/v1/remedies/{ref}/approve",
    TaskKind.PAYOUT: "/v1/remedies/{ref}/payout",
    TaskKind.IN_DOUBT: "/v1/remedies/{ref}",
    TaskKind.MESSAGE: "/v1/messages/{ref}/done",
    TaskKind.SAMPLE: "/v1/cases/{case}/steps/{ref}",
}


def task_view(row: TaskRow) -> TaskView:
    """A task for a reader."""
    kind = TaskKind(row.kind)
    return TaskView(
        kind=kind,
        case_id=row.case_id,
        number=row.number,
        case_type=row.case_type,
        customer_ref=row.customer_ref,
        customer_name=row.customer_name,
        order_ref=row.order_ref,
        owner=row.owner,
        what=row.what,
        label=TextView(zh=row.label_zh, en=row.label_en),
        roles=row.roles,
        person=row.person,
        due_at=None if row.due_at == NEVER else row.due_at,
        clock=row.clock,
        amount=_amount(row),
        link=_LINKS[kind].format(case=row.case_id, ref=row.ref),
        cite=row.cite,
    )


def _amount(row: TaskRow) -> AmountView | None:
    if row.amount_minor is None or row.currency is None:
        return None
    money = Money(minor=row.amount_minor, currency=row.currency)
    return AmountView(minor=money.minor, currency=money.currency, text=money.text())


def task_key(row: TaskRow) -> Key:
    """Its place in the list."""
    return instant_text(row.due_at), row.case_id, row.kind, row.ref
