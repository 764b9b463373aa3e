"""A case that becomes one of another type: its facts, what the new type asks for, and what must be decided before.

The case keeps its id, number, policy, first responder and channel. Facts that cases of the new type do not have become
absent; those that only the new type has begin with their initial values. What would refuse the registration of such a
case refuses the step: a fact that is missing, a gate of the new type.
"""

from dataclasses import replace
from typing import Final

from services.intake.cases.rules.classification import classified
from services.intake.dossier.rules.dossier import Dossier
from services.intake.entries.rules import gates
from services.intake.entries.rules.values import Context, Value, Values, refusal
from services.intake.workflow.rules.errors import RemediesUndecided
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import CaseType
from shared.packs.language.conditions import holds_or_is_true

_UNDECIDED: Final = frozenset({"offered", "accepted", "approved", "payout_requested", "in_doubt", "failed"})
"""States of a remedy that was promised and is not paid yet; a quote alone promises nothing."""


def require_decided(dossier: Dossier, *, cite: str) -> None:
    """Raise RemediesUndecided while a remedy is open: its approvals are those of the type that it was offered under."""
    undecided = [remedy.remedy_id for remedy in dossier.remedies if remedy.state in _UNDECIDED]
    if undecided:
        as_of = list(dossier.as_of[-gates.MOST_VERSIONS :])
        raise RemediesUndecided(cite=cite, fields={"remedies": undecided, "as_of": as_of})


def as_type(dossier: Dossier, case_type: str | None) -> Dossier:
    """The dossier as expressions see it from the change on; the same where the step changes no type."""
    return dossier if case_type is None else replace(dossier, case=replace(dossier.case, case_type=case_type))


def facts_as(section: IntakeSection, new: CaseType, facts: Values, *, of: str, seen: Context, cite: str) -> Values:
    """The facts of a case of the type `of` as one of the type `new`, classified anew. `seen` has the new type.

    Raises InputRefused for what is missing, GateRefused and RuleFailed.
    """
    kept = _kept(section, new, facts, of=of)
    _require_complete(section, new, kept, seen={**seen, "facts": kept}, cite=cite)
    known = classified(section, new.id, facts=kept, context=seen)
    gates.require(new.require, context={**seen, "facts": known})
    return known


def facts_left(before: Values, after: Values) -> dict[str, Value]:
    """What was known of the case and is no longer, for its history."""
    return {name: value for name, value in before.items() if value is not None and after.get(name) is None}


def _kept(section: IntakeSection, new: CaseType, facts: Values, *, of: str) -> dict[str, Value]:
    own = {fact.id: fact for fact in section.facts_of(new.id)}
    before = {fact.id for fact in section.facts_of(of)}
    kept: dict[str, Value] = {}
    for fact in section.facts:
        value = facts.get(fact.id) if fact.id in own else None
        is_new = fact.id in own and fact.id not in before
        kept[fact.id] = fact.initial if is_new and value is None else value
    return kept


def _require_complete(section: IntakeSection, new: CaseType, facts: Values, *, seen: Context, cite: str) -> None:
    """What must be known when such a case is registered, in the same words where it is missing."""
    asked = (fact for fact in section.facts_of(new.id) if fact.enterable)
    needed = {
        fact.id
        for fact in asked
        if fact.required or (fact.required_when is not None and holds_or_is_true(fact.required_when, seen))
    }
    missing = [
        fact.id for fact in section.facts if fact.id in needed | {*new.requires} and facts[fact.id] in (None, [])
    ]
    if missing:
        raise refusal(section.facts, dict.fromkeys(missing, "missing"), cite)
