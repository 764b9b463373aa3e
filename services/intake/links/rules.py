"""Links between cases: what a step opens, and what the case at the other end of a link looks like from here.

A link is made when the linked case is registered and never changes; a case has one parent at most.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.intake.cases.rules.case import Case
from services.intake.entries.rules.errors import RuleFailed
from services.intake.entries.rules.evaluation import holds, value
from services.intake.entries.rules.values import Context, Value, computed
from shared.kernel.errors import Rejected
from shared.kernel.text import Text
from shared.packs.intake.model.links import EACH, Opens
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import Step
from shared.packs.language.expression import ExpressionFailed
from shared.packs.language.types import Expr
from shared.packs.language.values import text


class LinkedTooMany(Rejected):
    """The step would open more linked cases than one step may; `fields.most`. 422."""

    code = "linked_too_many"
    title = Text(en="Too many linked cases", zh="一个步骤不能同时开立这么多关联案件")


class LinkedOwnerUnknown(Rejected):
    """The owner that was computed for a linked case is no role of the pack; `fields.allowed`. 422."""

    code = "linked_owner_unknown"
    title = Text(en="Unknown owner role for linked case", zh="关联案件的责任岗位在制度中不存在")


_MOST: Final = 100
"""Cases that one step may open; as many as an entered list may have items."""


_LONGEST_REF: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The case at the other end of a link. `relation` is what the linked case is to the one that opened it."""

    relation: str
    case_id: str
    number: str
    case_type: str
    status: str
    owner: str
    milestones: tuple[str, ...]
    facts: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A case that a step opens, decided but not yet registered. `owner` None: the owners' table decides."""

    relation: str
    case_type: str
    cite: str
    owner: str | None
    facts: Mapping[str, Value]
    description: str | None
    customer_ref: str | None = None
    """Whose case it is; None for the customer of the case that opens it."""


def openings(step: Step, section: IntakeSection, *, links: Sequence[Linked], seen: Context) -> tuple[Opening, ...]:
    """What the step opens, in the pack's order, beside the `links` that there are.

    Raises LinkedTooMany, FactInvalid, RuleFailed.
    """
    found: list[Opening] = []
    for item in step.opens:
        there = [linked.facts for linked in links if linked.relation == item.relation]
        for here in _each(item.for_each, seen):
            if not holds(item.when, here):
                continue
            opening = _opening(item, section, here)
            if item.once is not False and any(_is_same(item, opening.facts, facts) for facts in there):
                continue
            found.append(opening)
            there.append(opening.facts)
    if len(found) > _MOST:
        raise LinkedTooMany(cite=step.cite, fields={"most": _MOST})
    return tuple(found)


def _is_same(item: Opens, facts: Mapping[str, Value], others: Mapping[str, Value]) -> bool:
    """Whether a linked case of the relation is the one that `item` would open, by the facts that tell them apart."""
    return item.once is True or all(facts.get(name) == others.get(name) for name in item.once or ())


def _each(items: Expr | None, seen: Context) -> Iterator[Context]:
    if items is None:
        yield seen
        return
    found = value(items, seen)
    if found is not None and not isinstance(found, list):
        raise RuleFailed from ExpressionFailed(detail=f"{items.source!r} is no list")
    yield from ({**seen, EACH: item} for item in found or ())


def _opening(item: Opens, section: IntakeSection, seen: Context) -> Opening:
    given = {name: computed(section.facts_by_id[name], value(rule, seen)) for name, rule in item.facts.items()}
    return Opening(
        relation=item.relation,
        case_type=item.case_type,
        cite=item.cite,
        owner=item.owner if isinstance(item.owner, str) else _text(item.owner, seen),
        facts=given,
        description=_text(item.description, seen),
        customer_ref=_customer(item, seen),
    )


def _customer(item: Opens, seen: Context) -> str | None:
    if item.customer_ref is None:
        return None
    found = _text(item.customer_ref, seen)
    if not found or len(found) > _LONGEST_REF or not found.isprintable():
        raise RuleFailed(cite=item.cite, detail=f"{item.customer_ref.source!r} names no customer")
    return found


def _text(rule: Expr | None, seen: Context) -> str | None:
    found = value(rule, seen) if rule is not None else None
    return None if found is None else text(found)


def phase(linked: Linked, section: IntakeSection) -> str:
    """`open`, `closed` or `archived`."""
    return section.statuses_by_id[linked.status].phase


def seen_as(linked: Linked, section: IntakeSection) -> dict[str, object]:
    """The linked case, as expressions see it."""
    return {
        "case_id": linked.case_id,
        "number": linked.number,
        "case_type": linked.case_type,
        "status": linked.status,
        "phase": phase(linked, section),
        "owner": linked.owner,
        "milestones": list(linked.milestones),
        "facts": {field.id: linked.facts.get(field.id) for field in section.facts},
    }


def links_of(links: tuple[Linked, ...], section: IntakeSection) -> dict[str, list[dict[str, object]]]:
    """The cases that this one opened, by what they are to it; a list for every relation of the pack."""
    return {
        relation: [seen_as(item, section) for item in links if item.relation == relation]
        for relation in sorted(section.relations)
    }


def other_end(case: Case, *, relation: str, elsewhere: tuple[str, ...] = ()) -> Linked:
    """The case as those at the other end of its links see it; `elsewhere` are milestones from other services."""
    return Linked(
        relation=relation,
        case_id=case.case_id,
        number=case.number,
        case_type=case.case_type,
        status=case.status,
        owner=case.owner,
        milestones=(*(reached.name for reached in case.milestones), *elsewhere),
        facts=case.facts,
    )
