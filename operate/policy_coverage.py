"""Which rules a pack carries out, where, and which of its scenarios prove them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final

from operate.scenarios.format import Scenario
from operate.scenarios.located import Located, ScenarioInvalid, read
from shared.packs.publishing.cited_rules import cited_rules, rule_ids
from shared.packs.publishing.load import LoadedPack

_NONE: Final = "no scenario"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where something is written; `what` is the element of the pack, or the scenario's title."""

    what: str
    file: str
    line: int

    @property
    def place(self) -> str:
        """`file:line`."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One rule id: the elements of the pack that cite it, and the scenarios that name it."""

    rule: str
    carried: tuple[Written, ...]
    proved: tuple[Written, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """All rule ids of a pack and of its scenarios."""

    pack: str
    rules: tuple[Covered, ...]
    faults: tuple[str, ...] = ()
    """What is wrong in scenario files, which prove nothing."""

    @property
    def carried(self) -> tuple[Covered, ...]:
        """The rules that the pack carries out."""
        return tuple(rule for rule in self.rules if rule.carried)

    @property
    def unproved(self) -> tuple[Covered, ...]:
        """Rules that the pack carries out and no scenario names."""
        return tuple(rule for rule in self.carried if not rule.proved)

    @property
    def unknown(self) -> tuple[Covered, ...]:
        """Rules that scenarios name and the pack does not carry out."""
        return tuple(rule for rule in self.rules if not rule.carried)

    @property
    def is_whole(self) -> bool:
        """Each rule is carried out and proved."""
        return not self.unproved and not self.unknown and not self.faults


def coverage(loaded: LoadedPack) -> Coverage:
    """The coverage of a pack by the scenarios in its folder, without the faulty ones. Raises PackInvalid."""
    carried: dict[str, list[Written]] = {}
    for cited in cited_rules(loaded.valid()):
        file, line = loaded.place(cited.section, cited.path)
        carried.setdefault(cited.rule, []).append(Written(what=cited.where, file=_near(loaded, file), line=line))
    proved: dict[str, list[Written]] = {}
    faults: list[str] = []
    for scenario in sorted((loaded.folder / "scenarios").glob("*.yaml")):
        try:
            found = list(_named(read(scenario), shown=_near(loaded, str(scenario))))
        except ScenarioInvalid as invalid:
            faults += invalid.findings
            continue
        for rule, named in found:
            proved.setdefault(rule, []).append(named)
    return Coverage(
        pack=loaded.folder.resolve().name,
        rules=tuple(
            Covered(rule=rule, carried=tuple(carried.get(rule, ())), proved=tuple(proved.get(rule, ())))
            for rule in sorted({*carried, *proved})
        ),
        faults=tuple(faults),
    )


def _near(loaded: LoadedPack, file: str) -> str:
    """The file as seen from the pack's folder when it lies inside."""
    path, folder = Path(file).resolve(), loaded.folder.resolve()
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else file


def _named(located: Located, *, shown: str) -> Iterator[tuple[str, Written]]:
    """Each rule id of a scenario once: at the first step that proves it, else where the scenario names it."""
    scenario = located.parse(Scenario)
    lines: dict[str, int] = {}
    for number, step in enumerate(scenario.steps):
        for rule in rule_ids(step.rule or ""):
            lines.setdefault(rule, located.line("steps", number, "rule"))
    for name in scenario.rules:
        for rule in rule_ids(name):
            lines.setdefault(rule, located.line("rules"))
    for rule, line in lines.items():
        yield rule, Written(what=scenario.scenario, file=shown, line=line)


def table(found: Coverage) -> list[str]:
    """The coverage as lines of text."""
    proved = len(found.carried) - len(found.unproved)
    lines = [f"{found.pack}: {len(found.carried)} rules carried out, {proved} of them proved by a scenario", ""]
    lines += _aligned(
        [("rule", "carried out by", "where", "proved by"), *(row for rule in found.carried for row in _rows(rule))]
    )
    if found.unproved:
        lines += ["", f"Without a scenario: {', '.join(rule.rule for rule in found.unproved)}"]
    if found.unknown:
        lines += ["", "Named by scenarios, but not carried out by the pack:"]
        lines += _aligned([(rule.rule, named.place) for rule in found.unknown for named in rule.proved])
    if found.faults:
        lines += ["", "Faulty scenarios, which prove nothing:", *found.faults]
    return lines


def _rows(rule: Covered) -> Iterator[tuple[str, str, str, str]]:
    proofs = [named.place for named in rule.proved] or [_NONE]
    for number, (carried, proof) in enumerate(zip_longest(rule.carried, proofs)):
        where = (carried.what, carried.place) if carried else ("", "")
        yield ("" if number else rule.rule, *where, proof or "")


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
