"""Old names of events, from before they were called after their aggregate; what is published has the present names."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from shared.packs.documents import Documents
from shared.packs.language.diagnostics import Diagnostic
from shared.packs.language.types import Path

RENAMED: Final[Mapping[str, str]] = {
    "timer.started": "clock.started",
    "timer.retargeted": "clock.retargeted",
    "timer.stopped": "clock.stopped",
    "timer.cancelled": "clock.cancelled",
    "timer.warned": "clock.warned",
    "timer.breached": "clock.breached",
    "timer.extended": "clock.extended",
    "timer.excused": "clock.excused",
    "settlement.quoted": "remedy.quoted",
    "quote.expired": "remedy.quote_expired",
    "proposal.offered": "remedy.offered",
    "proposal.accepted": "remedy.accepted",
    "proposal.rejected": "remedy.rejected",
    "approval.recorded": "remedy.approval_recorded",
    "settlement.approved": "remedy.approved",
    "settlement.declined": "remedy.declined",
    "settlement.executed": "remedy.executed",
    "certificate.recorded": "remedy.certificate_recorded",
    "payout.requested": "remedy.payout_requested",
    "payout.in_doubt": "remedy.payout_in_doubt",
    "payout.failed": "remedy.payout_failed",
    "goods.returned": "remedy.goods_returned",
    "replacement.released": "remedy.replacement_released",
}
"""Old name to new one; read until version 1.0."""

_QUOTED: Final = re.compile(rf"""(?P<quote>['"])(?P<name>{"|".join(map(re.escape, RENAMED))})(?P=quote)""")
_FOR_PEOPLE: Final = frozenset({"zh", "en"})
"""Keys of texts, in which a name is only a word."""


def renamed(documents: Documents) -> tuple[Documents, list[Diagnostic]]:
    """`documents` with the new names, alone or quoted in expressions and texts, and a warning for each old one."""
    found: list[Diagnostic] = []
    result = {key: _renamed(key, (), document, found) for key, document in documents.items()}
    return (result if found else documents), found  # type: ignore[return-value]


def _renamed(section: str, path: Path, thing: object, found: list[Diagnostic]) -> object:
    match thing:
        case Mapping():
            return {key: _renamed(section, (*path, key), item, found) for key, item in thing.items()}
        case list():
            return [_renamed(section, (*path, index), item, found) for index, item in enumerate(thing)]
        case str() if path and path[-1] not in _FOR_PEOPLE:
            found += (_warning(section, path, name) for name in dict.fromkeys(_old_names(thing)))
            return RENAMED.get(thing) or _QUOTED.sub(_new_name, thing)
        case _:
            return thing


def _old_names(text: str) -> Iterator[str]:
    if text in RENAMED:
        yield text
    yield from (match["name"] for match in _QUOTED.finditer(text))


def _new_name(match: re.Match[str]) -> str:
    return f"{match['quote']}{RENAMED[match['name']]}{match['quote']}"


def _warning(section: str, path: Path, name: str) -> Diagnostic:
    message = f"{name} is called {RENAMED[name]}; the old name is read until version 1.0"
    return Diagnostic(severity="warning", code="renamed", section=section, path=path, message=message)
