"""The names of a pack by kind: which are declared, which are named and not declared, which lists are missing."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

from shared.contracts.catalogue import BY_NAME
from shared.packs.language.declarations import Names
from shared.packs.language.types import Path, Placed
from shared.packs.publishing.draft import Draft
from shared.packs.publishing.registry import declared, referenced

KIND: Final = {
    "events": "event",
    "roles": "role",
    "case_types": "case type",
    "statuses": "status",
    "steps": "step",
    "facts": "fact",
    "documents": "document",
    "records": "record",
    "calendars": "calendar",
    "clocks": "clock",
    "remedies": "remedy",
    "accounts": "account",
    "certificates": "certificate",
    "templates": "template",
    "channels": "channel",
    "gaps": "gap",
    "gates": "gate",
    "settlement_gates": "gate",
    "evidence": "kind of evidence",
    "balances": "balance",
}
_DECLARED_BY: Final = {
    **dict.fromkeys(("roles", "gaps"), "pack"),
    **dict.fromkeys(("events", "case_types", "statuses", "steps", "facts", "documents", "records"), "intake"),
    **dict.fromkeys(("gates", "evidence", "balances"), "intake"),
    **dict.fromkeys(("calendars", "clocks"), "sla"),
    **dict.fromkeys(("remedies", "accounts", "certificates", "settlement_gates"), "settlement"),
    **dict.fromkeys(("templates", "channels"), "notify"),
}
"""The section that declares the names of each kind."""
_SEVERAL: Final = 3
"""From so many unknown names on, where none of their kind is declared, the missing list is the fault."""
_LIST_OF: Final[Mapping[str, str]] = {"events": "steps", "settlement_gates": "gates", "certificates": "remedies"}
"""The list that declares names of a kind, where it is called otherwise."""


def placed(names: Names, kind: str) -> Iterable[Placed]:
    """The names of one kind."""
    found: Iterable[Placed] = getattr(names, kind)
    return found


def known_names(draft: Draft, kind: str) -> frozenset[str]:
    """Every name of a kind that some section declares or may declare; published events are always there."""
    own = {name for part in draft.parts.values() for _, name in placed(declared(part), kind)}
    return frozenset(own | draft.words | (frozenset(BY_NAME) if kind == "events" else frozenset()))


def unknown_names(draft: Draft, kind: str) -> list[tuple[str, Path, str]]:
    """The names of a kind that no section declares: section, path, name. None when it is not known what is declared."""
    if _DECLARED_BY[kind] in draft.unreadable or kind in draft.uncertain:
        return []
    known = known_names(draft, kind)
    return [
        (key, path, name)
        for key, part in draft.parts.items()
        for path, name in placed(referenced(part), kind)
        if name not in known
    ]


def missing_lists(draft: Draft) -> Mapping[str, tuple[str, str, str]]:
    """The kinds of which several names are unknown because their list is not there: section, list and first name."""
    missing: dict[str, tuple[str, str, str]] = {}
    for kind, section in _DECLARED_BY.items():
        part, unknown_ones = draft.parts.get(section), unknown_names(draft, kind)
        if len(unknown_ones) >= _SEVERAL and part is not None and not placed(declared(part), kind):
            missing[kind] = (section, _LIST_OF.get(kind, kind), unknown_ones[0][2])
    return missing


def unknown(kind: str, name: str, *, known: Iterable[str]) -> str:
    """`no role finace; finance?`."""
    return near(f"no {kind} {name}", name, known=known)


def near(message: str, name: str, *, known: Iterable[str]) -> str:
    """`message` with the known name that is most like `name`."""
    found = get_close_matches(name, sorted(known), n=1, cutoff=0.75)
    return f"{message}; {found[0]}?" if found else message
