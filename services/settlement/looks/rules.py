"""Looks at the remedies of other cases: by what they are found, since when, and what the pack's expressions see.

Nothing is counted here: one statement counts and adds, however many there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from services.settlement.cases.rules import Case, Fact
from shared.kernel.instants import instant_text
from shared.kernel.money import Money
from shared.packs.language.windows import window_start
from shared.packs.settlement.model.looks import RemedyLook

MOST_SHOWN: Final = 20
"""Remedies that are kept of one answer by their ids, the newest; all of them count."""

COUNTING: Final[Mapping[str, tuple[str, ...]]] = {
    "approved": ("approved", "payout_requested", "in_doubt", "executed"),
    "executed": ("executed",),
}
"""The states of a remedy that a look counts, by what it says in `counts`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a case has of `same`; what is None is not compared."""

    customer: str | None
    order: str | None
    case_type: str | None
    facts: Mapping[str, Fact]

    def text(self) -> str:
        """The canonical text that is held while a decision is made."""
        parts = {"customer": self.customer, "order": self.order, "type": self.case_type, "facts": dict(self.facts)}
        return orjson.dumps(parts, option=orjson.OPT_SORT_KEYS).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How many remedies count, and the sum of those in the currency of the one that asks. `remedies` are the newest."""

    count: int
    total: Money
    remedies: tuple[str, ...]
    at: datetime


Answers = Mapping[str, Answer | None]
"""What looks answered, by id; None for one of which a key is absent."""


def key_of(look: RemedyLook, case: Case) -> Key | None:
    """What the case has of `same`; None while something of it is absent."""
    facts = {name: case.facts.get(name) for name in look.facts}
    own = {"customer": case.customer_ref, "order": case.order_ref, "case_type": case.case_type}
    if any(not own[part] for part in look.same if part in own) or any(value is None for value in facts.values()):
        return None
    found = {part: value if part in look.same else None for part, value in own.items()}
    return Key(**found, facts=facts)


def since(look: RemedyLook, *, at: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant of approval that counts from `at`; None when all do."""
    return window_start(look.within, look.period, at=at, zone=zone)


def seen_as(answers: Answers) -> dict[str, object]:
    """The answers as expressions see them: `looks.<id>`."""
    return {
        name: None if answer is None else {"count": answer.count, "sum": answer.total.decimal()}
        for name, answer in answers.items()
    }


def cumulated(worth: Money | None, *, look: str | None, taken: Sequence[Answers]) -> Money | None:
    """The worth with the sum of the look that the approval table adds, by the newest of `taken` that has it.

    None, which needs the strictest row, where either is unknown; `worth` alone before the look was ever taken.
    """
    answers = next((each for each in taken if look is not None and look in each), None)
    if answers is None or look is None or worth is None:
        return worth
    answer = answers[look]
    if answer is None:
        return None
    return Money(minor=worth.minor + answer.total.minor, currency=worth.currency)


def recorded(answers: Answers) -> dict[str, Any]:
    """The answers as the remedy keeps them."""
    return {name: None if answer is None else _recorded(answer) for name, answer in answers.items()}


def _recorded(answer: Answer) -> dict[str, Any]:
    return {
        "count": answer.count,
        "sum": answer.total.minor,
        "currency": answer.total.currency,
        "remedies": list(answer.remedies),
        "at": instant_text(answer.at),
    }


def from_record(stored: Mapping[str, Any]) -> dict[str, Answer | None]:
    """What `recorded` made."""
    return {name: None if each is None else _answer(each) for name, each in stored.items()}


def _answer(stored: Mapping[str, Any]) -> Answer:
    return Answer(
        count=stored["count"],
        total=Money(minor=stored["sum"], currency=stored["currency"]),
        remedies=tuple(stored["remedies"]),
        at=datetime.fromisoformat(stored["at"]),
    )


def newest(answers: Answers, also: Answers) -> dict[str, Answer | None]:
    """`answers`, and of `also` those that they lack."""
    return {**also, **answers}
