"""Looks at other cases: which are found, what the pack's expressions see of them, and which of them is in the way.

Days are counted in the pack's zone. What cannot be computed over one of the others refuses; nothing is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.intake.entries.rules.errors import GateRefused, RuleFailed
from services.intake.entries.rules.evaluation import cited, holds
from services.intake.entries.rules.values import Value, Values
from shared.kernel.errors import Conflict, ServiceError, Unavailable
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.instants import instant_text
from shared.kernel.text import Text
from shared.packs.intake.model.looks import OF_FACT, OTHER, Look, SameCases, Unique
from shared.packs.language.expression import ExpressionFailed
from shared.packs.language.windows import window_start

MOST_OTHERS: Final = 1_000
"""Others that one look reads; of more no answer is given."""
MOST_RECORDED: Final = 20
"""Numbers of cases that the history keeps of one answer."""


class LookTooLarge(Conflict):
    """So many other cases have the same keys that a look does not read them all; `fields.look`, `fields.most`. 409."""

    code = "look_too_large"
    title = Text(en="Too many other cases to look at", zh="符合条件的其他案件过多，无法核对")


class LookNotReady(Unavailable):
    """A new version of the pack looks at what earlier cases are still being indexed by; `fields.look`. 503."""

    code = "look_not_ready"
    title = Text(en="Earlier cases are being indexed", zh="历史案件正在建立索引，请稍后重试")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """The case that looks, as it stands when the decision is made. `owner` is None before one is decided."""

    org: OrgId
    case_id: CaseId
    pack: str
    case_type: str
    customer_ref: str
    order_ref: str | None
    owner: str | None
    facts: Values

    def values(self, of: SameCases) -> tuple[Value, ...]:
        """What it has of `same`."""
        return tuple(self._value(part) for part in of.same)

    def _value(self, part: str) -> Value:
        own: dict[str, Value] = {
            "customer": self.customer_ref,
            "order": self.order_ref,
            "case_type": self.case_type,
            "owner": self.owner,
        }
        return own[part] if part in own else self.facts.get(part.removeprefix(OF_FACT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another case as it stands now."""

    case_id: CaseId
    number: str
    case_type: str
    status: str
    received_at: datetime
    facts: Values
    milestones: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The others that count, in the order of receipt, and the sum over them; None where the look has none."""

    cases: tuple[Other, ...]
    total: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What looks answered, by id, and when; None for one of which a key is absent."""

    at: datetime
    of: Mapping[str, Answer | None] = field(default_factory=dict)


def earliest(item: SameCases, *, at: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant of receipt that is looked at from `at`; None when there is none."""
    return window_start(item.within, item.period, at=at, zone=zone)


def answered(look: Look, others: Sequence[Other]) -> Answer:
    """The answer over the others that have the same keys. Raises LookTooLarge, RuleFailed."""
    require_few(look, others)
    with cited(look.cite):
        counting = tuple(other for other in others if holds(look.when, {OTHER: _seen(other)}))
        total = sum((_number(look, other) for other in counting), Decimal(0)) if look.sum is not None else None
    return Answer(cases=counting, total=total)


def require_filled(item: SameCases, *, is_filled: bool) -> None:
    """Raise LookNotReady while earlier cases are not indexed by the key."""
    if not is_filled:
        raise LookNotReady(cite=item.cite, fields={"look": item.id})


def require_few(item: SameCases, others: Sequence[Other]) -> None:
    """Raise LookTooLarge when there are more than are read."""
    if len(others) > MOST_OTHERS:
        raise LookTooLarge(cite=item.cite, fields={"look": item.id, "most": MOST_OTHERS})


def _number(look: Look, other: Other) -> Decimal:
    try:
        return look.sum.decimal({OTHER: _seen(other)}) if look.sum is not None else Decimal(0)
    except ExpressionFailed as failure:
        raise RuleFailed from failure


def _seen(other: Other) -> dict[str, object]:
    return {**_listed(other), "facts": other.facts, "milestones": list(other.milestones)}


def _listed(other: Other) -> dict[str, object]:
    return {
        "number": other.number,
        "case_type": other.case_type,
        "status": other.status,
        "received_at": instant_text(other.received_at),
    }


def seen_as(answers: Answers) -> dict[str, object]:
    """The answers as expressions see them: `looks.<id>`."""
    return {name: None if answer is None else _as_seen(answer) for name, answer in answers.of.items()}


def _as_seen(answer: Answer) -> dict[str, object]:
    summed = {} if answer.total is None else {"sum": answer.total}
    return {"count": len(answer.cases), "cases": [_listed(other) for other in answer.cases], **summed}


def recorded(answers: Answers) -> dict[str, Any]:
    """The answers as the case's history keeps them."""
    return {
        name: {
            "count": None if answer is None else len(answer.cases),
            "sum": None if answer is None or answer.total is None else format(answer.total, "f"),
            "cases": [] if answer is None else [other.number for other in answer.cases[:MOST_RECORDED]],
            "as_of": instant_text(answers.at),
        }
        for name, answer in answers.of.items()
    }


def require_alone(
    item: Unique,
    others: Sequence[Other],
    *,
    received_at: datetime,
    zone: ZoneInfo,
    refusal: type[ServiceError] = GateRefused,
) -> None:
    """Raise `refusal` with the pack's code when one of the others is in the way of a case received then.

    Raises LookTooLarge, RuleFailed as well.
    """
    require_few(item, others)
    for other in _near(item, others, received_at=received_at, zone=zone):
        with cited(item.cite):
            if not holds(item.among, {OTHER: _seen(other)}):
                continue
        fields = {"case": other.number, "case_id": other.case_id}
        raise refusal(code=item.code, title=item.message, cite=item.cite, fields=fields)


def _near(item: Unique, others: Sequence[Other], *, received_at: datetime, zone: ZoneInfo) -> Iterator[Other]:
    """Those of which the earlier one of the two lies within what is looked at from the later one."""
    for other in others:
        earlier, later = sorted((received_at, other.received_at))
        since = earliest(item, at=later, zone=zone)
        if since is None or earlier >= since:
            yield other
