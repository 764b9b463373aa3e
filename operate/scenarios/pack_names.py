"""The things of packs that a scenario may name, by kind."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from operate.scenarios.verb import Kind, PackName
from shared.contracts.catalogue import BY_NAME
from shared.packs.documents import Sections

Known = Mapping[Kind, frozenset[str]]


def known_names(packs: Iterable[Sections]) -> Known:
    """The ids that at least one of the packs declares."""
    found: dict[Kind, set[str]] = {}
    for sections in packs:
        declared: dict[Kind, Iterable[object]] = {
            "case_type": sections.intake.case_types,
            "step": sections.intake.steps,
            "evidence": sections.intake.evidence,
            "document": sections.intake.documents,
            "remedy": sections.settlement.remedies,
            "clock": sections.sla.clocks,
            "indicator": sections.sla.indicators,
            "account": sections.settlement.accounts,
            "message_rule": sections.notify.rules,
            "status": sections.intake.statuses,
        }
        for kind, things in declared.items():
            found.setdefault(kind, set()).update(str(getattr(thing, "id")) for thing in things)  # noqa: B009
        for kind, names in _inner(sections).items():
            found.setdefault(kind, set()).update(names)
    return {kind: frozenset(ids) for kind, ids in found.items()}


def _inner(sections: Sections) -> Mapping[Kind, Iterable[str]]:
    """Names that are no ids of their own: milestones, relations, and what belongs to one document or clock."""
    return {
        "milestone": {name for step in sections.intake.steps for name in step.reached()} | set(BY_NAME),
        "relation": sections.intake.relations,
        "document_field": [f"{each.id}.{field.id}" for each in sections.intake.documents for field in each.fields],
        "goal": [f"{clock.id}.{goal.id}" for clock in sections.sla.clocks for goal in clock.goals],
    }


def unknown(names: Iterable[PackName], known: Known) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each name that no pack declares, with its path and the nearest that one does. References are not looked at."""
    for name in names:
        ids = known.get(name.kind, frozenset())
        if name.id in ids or "{" in name.id:
            continue
        near = get_close_matches(name.id, sorted(ids), n=1)
        kind = name.kind.replace("_", " ")
        guess = f" (is `{near[0]}` meant?)" if near else f": {', '.join(sorted(ids)) or 'it has none'}"
        yield name.path, f"the pack has no {kind} `{name.id}`{guess}"
