"""Facts by which settlement finds other remedies: they exist, are shared with other services, and can be equal."""

from collections.abc import Iterator
from typing import Final

from shared.packs.intake.model.fields import FactField
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.diagnostics import Diagnostic
from shared.packs.publishing.draft import Draft
from shared.packs.settlement.model.looks import OF_FACT
from shared.packs.settlement.model.section import SettlementSection

_NO_KEY: Final = frozenset({"list", "boolean", "decimal"})


def check_keys(draft: Draft) -> Iterator[Diagnostic]:
    """An error for each fact of a look at remedies that is no key."""
    intake, settlement = draft.part("intake", IntakeSection), draft.part("settlement", SettlementSection)
    if intake is None or settlement is None or "facts" in draft.uncertain:
        return
    for i, look in enumerate(settlement.looks):
        for j, part in enumerate(look.same):
            name = part.removeprefix(OF_FACT)
            fault = _fault(name, intake.facts_by_id.get(name)) if part.startswith(OF_FACT) else None
            if fault is not None:
                path = ("looks", i, "same", j)
                yield Diagnostic(severity="error", code="no_key", section="settlement", path=path, message=fault)


def _fault(name: str, fact: FactField | None) -> str | None:
    if fact is None:
        return f"no fact {name}"
    if not fact.shared:
        return f"facts.{name} is not shared with other services: set `shared: true`"
    return f"{name} is of type {fact.type}, which is no key" if fact.type in _NO_KEY else None
