"""Which remedies a step of the case ends, and which it finds on their way: what moves is never touched."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.settlement.remedies.rules.events import RemedyNotWithdrawn
from services.settlement.remedies.rules.remedy import Change, Remedy, changed, withdraw
from services.settlement.remedies.rules.states import State
from services.settlement.remedies.rules.withdrawal import Withdrawal
from shared.kernel.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraws:
    """Remedies that a step ends, by their ids in the pack (None: of every id), why, and under which rule.

    With `earlier_than`, the id of a remedy of the case, only those quoted before it.
    """

    remedies: frozenset[str] | None
    earlier_than: str | None
    reason: Text
    cite: str

    def means(self, remedy: Remedy, all_of_case: Sequence[Remedy]) -> bool:
        """Whether it is about the remedy; `all_of_case` are in the order in which they were quoted."""
        if self.remedies is not None and remedy.remedy not in self.remedies:
            return False
        ids = [each.remedy_id for each in all_of_case]
        if self.earlier_than is None or self.earlier_than not in ids:
            return self.earlier_than is None
        return ids.index(remedy.remedy_id) < ids.index(self.earlier_than)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """A step that withdraws remedies, by the first row that is about each; `at` is when it was recorded."""

    step: str
    at: datetime
    rows: tuple[Withdraws, ...]


def withdrawn_by(taken: StepTaken, all_of_case: Sequence[Remedy], *, lost: frozenset[str]) -> Iterator[Change]:
    """What the step makes of the remedies of its case; `lost` are those that a lost payment may have paid.

    Each remedy keeps the first step that was to end it, so that it is told once.
    """
    for remedy in all_of_case:
        row = next((row for row in taken.rows if row.means(remedy, all_of_case)), None)
        if row is None or remedy.withdrawal is not None:
            continue
        said = Withdrawal(step=taken.step, reason=row.reason, cite=row.cite, at=taken.at, found=remedy.state)
        change = _after(remedy, said, is_lost=remedy.remedy_id in lost)
        if change.events:
            yield change


def _after(remedy: Remedy, said: Withdrawal, *, is_lost: bool) -> Change:
    match remedy.state:
        case State.QUOTED | State.OFFERED | State.ACCEPTED | State.APPROVED:
            has_moved = is_lost or remedy.returned > 0 or remedy.released > 0
            return _kept(remedy, said) if has_moved else withdraw(remedy, said)
        case State.PAYOUT_REQUESTED | State.IN_DOUBT:
            return _kept(remedy, said)
        case State.EXECUTED:
            return changed(remedy) if remedy.quote.is_nothing_to_pay else _kept(remedy, said)
        case State.FAILED | State.REJECTED | State.DECLINED | State.EXPIRED | State.WITHDRAWN:
            return changed(remedy)


def _kept(remedy: Remedy, said: Withdrawal) -> Change:
    return changed(replace(remedy, withdrawal=said), RemedyNotWithdrawn(withdrawal=said))
