"""Which cases of a period are drawn: pure, and the same whenever it is repeated (ADR 0087).

The rank of a case is SHA-256 over the seed and the case's id; the seed is SHA-256 over organisation, pack, sample and
period. No clock and no source of chance has a part in it: what was drawn can be worked out again from the record.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import Final, Literal

from services.intake.entries.rules.evaluation import value
from services.intake.entries.rules.values import Context, Value, computed
from services.intake.links.rules import Opening
from shared.kernel.errors import Conflict, Rejected
from shared.kernel.instants import instant_text
from shared.kernel.periods import Period
from shared.kernel.text import Text
from shared.packs.intake.model.samples import MOST_DRAWN, Drawing, SampleRule
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.values import text

MOST_MEMBERS: Final = 100_000
"""Cases that one draw is made from: the id, number and values of `each` of every one are held at once, about 30 MB."""
MOST_STRATA: Final = 200
_LONGEST_STRATUM: Final = 200

Outcome = Literal["drawn", "refused"]
"""What became of a period: the draw was made, or it was refused with a code."""
Done = Literal["waiting", "given", "refused"]
"""What became of a drawn case: not yet the role's, the role's, or refused by the rules of the case's pack."""


class SampleTooLarge(Rejected):
    """A draw would be made from too many cases, draw too many, or by too many values; `fields.most`. 422."""

    code = "sample_too_large"
    title = Text(en="Too many cases for one draw", zh="单次抽样的案件过多")


class DrawnByLaterRule(Conflict):
    """The version of the pack to which the drawn case is pinned does not know what is to be done with it. 409."""

    code = "drawn_by_later_rule"
    title = Text(en="The drawn case's version of the rules lacks this", zh="该案件适用的制度版本没有此项处理")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A case that may be drawn. `strata` are its values of `each`."""

    case_id: str
    number: str
    strata: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSample:
    """A draw: how many there were to draw from, how many `rate`, `least` and `most` want, and the drawn, by number."""

    population: int
    seed: str
    wanted: int
    strata: int
    members: tuple[Member, ...]

    @property
    def numbers(self) -> list[str]:
        """The numbers of the drawn cases, in ascending order."""
        return [member.number for member in self.members]


def seed_of(*parts: str) -> str:
    """SHA-256, in hexadecimal, over organisation, pack, sample and period, one on a line."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def rank(seed: str, case_id: str) -> bytes:
    """The place of a case in the order of drawing: SHA-256 over the bytes of the seed and the id's text."""
    return hashlib.sha256(bytes.fromhex(seed) + case_id.encode()).digest()


def wanted_of(drawing: Drawing, population: int) -> int:
    """How many `rate`, `least` and `most` draw from so many."""
    rounding = ROUND_CEILING if drawing.rounding == "up" else ROUND_FLOOR
    share = 0 if drawing.rate is None else int((drawing.rate * population).to_integral_value(rounding))
    bounded = max(share, drawing.least or 0)
    return min(bounded, population, drawing.most or population)


def draw(members: Iterable[Member], drawing: Drawing, *, seed: str) -> DrawnSample:
    """The lowest ranked of each stratum, then the lowest ranked of all up to the number. Raises SampleTooLarge."""
    by_id = {member.case_id: member for member in members}
    ranked = sorted(by_id.values(), key=lambda member: rank(seed, member.case_id))
    wanted = wanted_of(drawing, len(ranked))
    chosen = _one_of_each(ranked)
    strata = {name for member in ranked for name in member.strata}
    if len(strata) > MOST_STRATA:
        raise SampleTooLarge(fields={"most_values": MOST_STRATA})
    for member in ranked:
        if len(chosen) >= wanted:
            break
        chosen.setdefault(member.case_id, member)
    if len(chosen) > MOST_DRAWN:
        raise SampleTooLarge(fields={"most_drawn": MOST_DRAWN})
    drawn = tuple(sorted(chosen.values(), key=lambda member: member.number))
    return DrawnSample(population=len(ranked), seed=seed, wanted=wanted, strata=len(strata), members=drawn)


def _one_of_each(ranked: Sequence[Member]) -> dict[str, Member]:
    """Going down the ranks: every case that brings a stratum which no case before it has."""
    chosen: dict[str, Member] = {}
    covered: set[str] = set()
    for member in ranked:
        if not covered.issuperset(member.strata):
            chosen[member.case_id] = member
            covered.update(member.strata)
    return chosen


def strata_of(drawing: Drawing, seen: Context) -> tuple[str, ...]:
    """The values of `each` for a case; none for one without a value. Raises RuleFailed."""
    if drawing.each is None:
        return ()
    found = value(drawing.each, seen)
    items = found if isinstance(found, list) else [found]
    return tuple(dict.fromkeys(text(item)[:_LONGEST_STRATUM] for item in items if item not in (None, "")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What expressions see of a draw when its cases are carried out."""

    period: Period
    population: int
    size: int

    def seen(self) -> dict[str, object]:
        """`period` and `sample`, as recurring cases see them."""
        return {**period_seen(self.period), "sample": {"population": self.population, "size": self.size}}


def period_seen(period: Period) -> dict[str, object]:
    """`period` as expressions see it."""
    return {
        "period": {"start": instant_text(period.starts_at), "end": instant_text(period.ends_at), "label": period.label}
    }


def opening(rule: SampleRule, section: IntakeSection, *, seen: Context) -> Opening | None:
    """The case that is opened for a drawn one under `section`, its own; None where a step is taken instead.

    Raises DrawnByLaterRule, RuleFailed, FactInvalid.
    """
    if rule.step is not None and rule.step not in section.steps_by_id:
        raise DrawnByLaterRule(cite=rule.cite)
    if rule.opens is None:
        return None
    opens = rule.opens
    if opens.case_type not in section.case_types_by_id or not opens.facts.keys() <= section.facts_by_id.keys():
        raise DrawnByLaterRule(cite=rule.cite)
    facts: Mapping[str, Value] = {
        name: computed(section.facts_by_id[name], value(formula, seen)) for name, formula in opens.facts.items()
    }
    return Opening(
        relation=opens.relation,
        case_type=opens.case_type,
        cite=rule.cite,
        owner=rule.by,
        facts=facts,
        description=None,
    )
