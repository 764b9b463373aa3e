"""Looks at other remedies: keys that contradict each other, looks that are not there, looks that are not read."""

from collections import Counter
from collections.abc import Iterator

from shared.packs.language.types import Placed
from shared.packs.settlement.model.looks import RemedyLook, looks_read
from shared.packs.settlement.model.section import SettlementSection


def look_errors(look: RemedyLook) -> Iterator[Placed]:
    """Keys by which too much would be found, or nothing."""
    if look.within is not None and look.period is not None:
        yield ("period",), "write `within` or `period`"
    if not {"customer", "order"} & set(look.same):
        yield ("same",), "name `customer` or `order`: remedies are found by one of them"
    for part, times in Counter(look.same).items():
        if times > 1:
            yield ("same",), f"{part} stands twice"


def looks_errors(section: SettlementSection) -> Iterator[Placed]:
    """Ids that stand twice; rows of the approval table that add up by a look that is not there."""
    ids = [look.id for look in section.looks]
    for i, name in enumerate(ids):
        if name in ids[:i]:
            yield ("looks", i, "id"), f"two looks are called {name}"
    for i, row in enumerate(section.approval):
        if row.cumulative is not None and row.cumulative not in ids:
            yield ("approval", i, "cumulative"), f"no look `{row.cumulative}`"


def looks_warnings(section: SettlementSection) -> Iterator[Placed]:
    """Looks that nothing reads."""
    read = looks_read(section.looks, (section.gates, section.remedies))
    used = read | {row.cumulative for row in section.approval}
    for i, look in enumerate(section.looks):
        if look.id not in used:
            yield ("looks", i, "id"), f"neither an expression nor the approval table reads looks.{look.id}"
