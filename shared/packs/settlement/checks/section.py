"""The settlement section as a whole: the approval table, gates by id, and what formulas read of tables."""

from collections.abc import Iterator

from shared.packs.language.types import Placed
from shared.packs.settlement.checks.currencies import currency_errors
from shared.packs.settlement.checks.looks import looks_errors, looks_warnings
from shared.packs.settlement.checks.own_approval import own_approval_errors, own_approval_warnings
from shared.packs.settlement.checks.tables import table_errors
from shared.packs.settlement.model.approval import Approval
from shared.packs.settlement.model.section import ACTIONS, Remedy, SettlementSection


def section_errors(section: SettlementSection) -> Iterator[Placed]:
    """What is wrong between the parts of the section."""
    if section.remedies and not section.approval:
        yield ("remedies",), "money needs an approval table"
    for i, remedy in enumerate(section.remedies):
        yield from ((("remedies", i, *path), message) for path, message in _gate_errors(section, remedy))
    yield from currency_errors(section)
    yield from own_approval_errors(section)
    yield from looks_errors(section)
    yield from table_errors(section)


def section_warnings(section: SettlementSection) -> Iterator[Placed]:
    """What is allowed but looks like a mistake."""
    yield from _open_actions(section)
    yield from own_approval_warnings(section)
    yield from looks_warnings(section)


def approval_errors(row: Approval) -> Iterator[Placed]:
    """A role stands once in a row."""
    seen = set(row.roles)
    if len(seen) < len(row.roles):
        yield ("roles",), "a role appears twice in a row of the approval table"
    if seen.intersection(row.instead) or len(set(row.instead)) < len(row.instead):
        yield ("instead",), "a role appears twice in a row of the approval table"


def _gate_errors(section: SettlementSection, remedy: Remedy) -> Iterator[Placed]:
    """A gate referred to reads only inputs that the remedy has."""
    named = {gate.id: gate for gate in section.gates}
    inputs = {declared.id for declared in remedy.inputs}
    for action in ACTIONS:
        for i, gate in enumerate(remedy.require.of(action)):
            if not isinstance(gate, str) or gate not in named:
                continue
            for variable in named[gate].that.variables:
                if variable[0] == "inputs" and not inputs.issuperset(variable[1:2]):
                    yield (
                        ("require", action, i),
                        f"gate `{gate}` reads `{'.'.join(variable)}`, which the remedy does not have",
                    )


def _open_actions(section: SettlementSection) -> Iterator[Placed]:
    """Actions on money or goods that the pack leaves open to every caller that may write settlements."""
    if not section.remedies:
        return
    wanted = ["quote", "offer"]
    if any(remedy.tax is not None and remedy.tax.certificate is not None for remedy in section.remedies):
        wanted.append("certificate")
    if any(remedy.mode == "replacement" for remedy in section.remedies):
        wanted += ["returns", "release"]
    for action in wanted:
        if getattr(section.who, action) is None:
            yield ("who",), f"`{action}` is open to every caller that may write settlements; name its roles"
