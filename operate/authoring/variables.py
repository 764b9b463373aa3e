"""What expressions may name, place by place: read from the scopes that publication checks with."""

from collections.abc import Iterator, Mapping
from typing import Final

from shared.packs.documents import KEYS, Sections
from shared.packs.language.types import Path
from shared.packs.publishing.registry import scopes

MEANING: Final[Mapping[str, str]] = {
    "facts": "`facts.<id>`: the case's facts; outside intake only those with `shared: true`",
    "case": "the case itself",
    "milestones": "list of the events that the case has reached",
    "documents": "`documents.<template>`: null, or `state`, `number`, `fields.<id>`, `signed_by` of its valid version",
    "records": "`records.<kind>`: list of entries, oldest first, each with its fields",
    "visits": "list of visits, oldest first, each with `state` and what was entered at its steps",
    "evidence": "`evidence.count`, `evidence.kinds` (list)",
    "files": "`files.<checklist>.required`, `files.<checklist>.missing`: lists of kinds of evidence",
    "remedies": "list with `remedy`, `mode`, `state`, `amount_minor`, `currency`, `quantity` (text)",
    "clocks": "`clocks.<id>.state`, `clocks.<id>.due_at`",
    "actor": "who acts: `actor.subject`, `actor.roles` (list)",
    "now": "the instant of the call, as text; in settlement that of the action, for inputs that of the quote",
    "at": "the instant at which it happened, as text; in settlement the same as `now`",
    "input": "what is entered: `input.<id>`, null when left out",
    "event": "the event that caused it; fields as under Events",
    "contact": "`contact.channel`, `contact.kind`",
    "caller": "`caller.organisation`, `caller.name`, `caller.phone`, `caller.email`",
    "inputs": "`inputs.<id>` of the remedy: numbers, not text",
    "steps": "`steps.<id>`: the values of the lines above",
    "remedy": "now: `state`, `amount_minor`, `currency`, `consent`, `certificate`, `returned`, `released`, `round`",
    "document": "the paper that the step touched: `template`, `number`, `state`, `fields.<id>`, …",
    "links": "`links.<relation>`: list of the linked cases that steps opened; fields as `parent`",
    "looks": "`looks.<id>`: null, or `count`, `sum`, `cases` (list of `number`, `case_type`, `status`, `received_at`); "
    "in settlement null, or `count` and `sum`, a number in major units",
    "standing": "`standing.<id>`: the value on record of the subject, or null",
    "balances": "`balances.<id>`: null, or `limit`, `carried`, `used`, `left`",
    "other": "another case, in a look: `case_type`, `status`, `number`, `received_at`, `facts.<id>`, `milestones`",
    "parent": "the case that opened this one, or null: `case_id`, `number`, `case_type`, `status`, `phase`, …",
    "each": "the item of the list for which a linked case is opened",
    "period": "`period.start`, `period.end` (instants, UTC), `period.label` (`2026-03`, `2026-Q1`, …)",
    "sample": "`sample.population`, `sample.size`: how many cases there were, how many were drawn",
    "record": "the entry that the step made: `kind`, `fields.<id>`",
}


def variables(sections: Sections) -> str:
    """Two tables: what each name means, and where it is known; `sections` is a pack that uses every place."""
    places = dict(_places(sections))
    known = sorted({root for roots in places.values() for root in roots}, key=list(MEANING).index)
    lines = ["| name | is |", "| --- | --- |", *(f"| `{root}` | {MEANING[root]} |" for root in known)]
    lines += ["", "| in | besides `facts`, which the steps of a remedy do not see |", "| --- | --- |"]
    lines += [f"| {place} | {', '.join(_shown(roots))} |" for place, roots in places.items()]
    return "\n".join(lines)


def _places(sections: Sections) -> Iterator[tuple[str, Mapping[str, frozenset[str] | None]]]:
    for key in KEYS:
        for scope in scopes(getattr(sections, key)):
            place = _place(key, scope.path)
            yield place, {root: names if root == "case" else None for root, names in scope.roots.items()}


def _place(key: str, path: Path) -> str:
    """`intake: steps[].on`; a section's own scope is its `everywhere else`."""
    shown = "".join("[]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    return f"{key}: `{shown}`" if shown else f"{key}: everywhere else"


def _shown(roots: Mapping[str, frozenset[str] | None]) -> Iterator[str]:
    for root, names in roots.items():
        if root == "facts":
            continue
        yield f"`{root}` ({', '.join(sorted(names))})" if names else f"`{root}`"
