"""Reads a scenario and its packs, and checks everything that can be checked before it runs."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from operate.scenarios import check_references
from operate.scenarios.format import STEP_KEYS, Person, Request, Scenario, Step
from operate.scenarios.located import Finding, Located, ScenarioInvalid, message, read
from operate.scenarios.pack_names import known_names
from operate.scenarios.registry import VERBS
from operate.scenarios.values import When
from operate.scenarios.verbs.publish import Publish
from shared.packs.documents import Sections
from shared.packs.language.diagnostics import PackInvalid
from shared.packs.publishing.cited_rules import cited_rules, rule_ids
from shared.packs.publishing.load import ROOT, LoadedPack, load_pack, pack_folder
from shared.packs.publishing.mended import Edits, is_below, mended


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedScenario:
    """A scenario, where its values stand in the file, its pack, and the packs that its steps publish."""

    scenario: Scenario
    located: Located
    zone: ZoneInfo
    pack: LoadedPack
    published: dict[str, LoadedPack]
    warnings: tuple[str, ...] = ()

    @property
    def file(self) -> Path:
        """Where it was read from."""
        return self.located.file

    @property
    def currency(self) -> str:
        """The currency of amounts in the file."""
        return self.pack.valid().pack.currency


def load_scenario(file: Path) -> LoadedScenario:
    """Read a scenario and its packs; raises ScenarioInvalid with file and line of everything wrong in them."""
    located = read(file)
    scenario, findings = located.parse_part(Scenario)
    parts = _Parts.of(located, scenario)
    findings += parts.findings
    found = [*check_references.reference_findings(parts.steps, parts.people, faulty=parts.faulty_steps)]
    packs = _Packs(located)
    own = packs.load(parts.pack, ("pack",)) if parts.pack is not None else None
    published = {name: pack for name, path in parts.published() if (pack := packs.load(name, path)) is not None}
    valid = [loaded.valid() for loaded in packs.loaded]
    zone = ZoneInfo(own.valid().pack.zone) if own is not None else None
    if zone is not None and parts.start is not None:
        found += check_references.time_findings(parts.steps, parts.start, zone)
    if not packs.faulty and valid and not parts.publishes_otherwise():
        found += check_references.name_findings(parts.steps, known_names(valid))
    findings += parts.about_what_is_written(found)
    if located.faults or findings or packs.findings or packs.texts or scenario is None or own is None or zone is None:
        raise ScenarioInvalid([*located.faults, *located.ordered([*findings, *packs.findings]), *packs.texts])
    warnings = tuple(located.ordered(_doubts(scenario, valid)))
    return LoadedScenario(
        scenario=scenario, located=located, zone=zone, pack=own, published=published, warnings=warnings
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What of a scenario can be checked: a faulty step with stand-ins for what is malformed in it, or None."""

    steps: list[Step | None]
    people: Mapping[str, Person | None]
    pack: str | None
    start: str | None
    findings: list[Finding] = field(default_factory=list)
    """Faults that show only once others are mended."""
    edits: Edits = field(default_factory=Edits)
    """What stands in for what is written."""
    faulty: list[Any] = field(default_factory=list)
    """The faulty steps as they are written."""
    faulty_steps: frozenset[int] = frozenset()
    """Their positions."""

    @staticmethod
    def of(located: Located, scenario: Scenario | None) -> "_Parts":
        if scenario is not None:
            people: Mapping[str, Person | None] = scenario.people
            return _Parts(steps=list(scenario.steps), people=people, pack=scenario.pack, start=scenario.start)
        plain: Any = located.root.plain()
        steps = plain.get("steps") if isinstance(plain.get("steps"), list) else []
        names = plain.get("people") if isinstance(plain.get("people"), dict) else {}
        pack = plain.get("pack")
        known = {**plain, "steps": [_known_keys(step, STEP_KEYS) for step in steps]}
        read = mended(Scenario, known, Scenario.model_validate, fills=False)
        malformed = read.edits.touched()
        faulty = {int(path[1]) for path in malformed if len(path) > 1 and path[0] == "steps"}
        faulty |= {i for i, step in enumerate(steps) if known["steps"][i] != step}
        whole: dict[int | str, Step] = {
            read.edits.written_at(("steps", i))[1]: step
            for i, step in enumerate(read.value.steps if read.value else ())
        }
        return _Parts(
            steps=[whole.get(index) for index in range(len(steps))],
            people=dict.fromkeys(names),
            pack=pack if isinstance(pack, str) else None,
            start=_instant(plain.get("start")),
            findings=[
                (fault.path, message(fault.details, Scenario))
                for fault in (*read.faults, *read.later)
                if not _lost_keys(fault.path, plain, known)
            ],
            edits=read.edits,
            faulty=[step for index, step in enumerate(steps) if index in faulty or index not in whole],
            faulty_steps=frozenset(faulty | {index for index in range(len(steps)) if index not in whole}),
        )

    def about_what_is_written(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """The findings, at their places in the file, that are not about a stand-in."""
        malformed = self.edits.touched()
        for path, text in findings:
            match path:
                case ("steps", int(step), "at_once", int(request), *rest):
                    written = self.edits.index_written(("steps", step, "at_once"), request)
                    place: tuple[str | int, ...] = ("steps", step, "at_once", written, *rest)
                case _:
                    place = path
            if not is_below(place, malformed):
                yield place, text

    def published(self) -> Iterator[tuple[str, tuple[str | int, ...]]]:
        """The packs that steps publish, with their places."""
        for index, step in enumerate(self.steps):
            for number, request in enumerate(step.requests() if step else []):
                verb = request.verb()
                if isinstance(verb, Publish):
                    listed = ("at_once", number) if step and isinstance(step.at_once, list) else ()
                    yield verb.pack, ("steps", index, *listed, "publish", "pack")

    def publishes_otherwise(self) -> bool:
        """Whether a step may publish a pack that is not known here: by `call`, or in a faulty step."""
        verbs = [request.verb() for step in self.steps if step for request in step.requests()]
        called = any(str(getattr(verb, "path", "")).startswith("/v1/policies") for verb in verbs)
        return called or any("publish" in str(step) or "/v1/policies" in str(step) for step in self.faulty)


def _known_keys(step: Any, keys: AbstractSet[str]) -> Any:
    """A step, or a request side by side with others, without the keys that are reported as unknown."""
    if not isinstance(step, dict):
        return step
    kept = {key: value for key, value in step.items() if key in keys}
    if isinstance(kept.get("at_once"), list):
        kept["at_once"] = [_known_keys(request, {*Request.OWN_KEYS, *VERBS}) for request in kept["at_once"]]
    return kept


def _lost_keys(path: tuple[str | int, ...], plain: Any, known: Any) -> bool:
    """Whether a fault is about a whole step or request of which unknown keys were left out: these are reported."""
    if path[-1:] and not isinstance(path[-1], int):
        return False
    for part in path:
        plain, known = plain[part], known[part]
    return bool(path) and plain != known


def _instant(value: object) -> str | None:
    try:
        return TypeAdapter(When).validate_python(value)
    except ValidationError:
        return None


@dataclass(slots=True)
class _Packs:
    """The packs of a file: loaded ones that are valid, and the faults of the others."""

    located: Located
    loaded: list[LoadedPack] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def faulty(self) -> bool:
        return bool(self.findings or self.texts)

    def load(self, reference: str, path: tuple[str | int, ...]) -> LoadedPack | None:
        """A pack by its name, or by its path: relative to the scenario file, or as given."""
        beside = (self.located.file.parent / Path(reference).expanduser()).resolve()
        is_path = "/" in reference or reference in {".", ".."}
        place = str(beside) if is_path and (beside / "pack.yaml").is_file() else reference
        try:
            pack = _loaded(place, _written(pack_folder(place)))
        except PackInvalid as invalid:
            self.findings += [(path, fault) for fault in invalid.faults]
            return None
        try:
            pack.valid()
        except PackInvalid as invalid:
            self.texts.append(self.located.finding(path, f"{pack.folder} has faults:"))
            self.texts += [f"  {fault}" for fault in invalid.faults]
            return None
        self.loaded.append(pack)
        return pack


@lru_cache(maxsize=32)
def _loaded(place: str, _written: tuple[tuple[Path, int], ...]) -> LoadedPack:
    """Read once while its files stay as they are: loading takes a second, and many scenarios use the same pack."""
    return load_pack(place)


def _written(folder: Path) -> tuple[tuple[Path, int], ...]:
    """When each file was last written, of this pack and of those that it may extend."""
    files = {*folder.resolve().parent.glob("*/*.yaml"), *ROOT.resolve().glob("*/*.yaml")}
    return tuple((file, file.stat().st_mtime_ns) for file in sorted(files))


def _doubts(scenario: Scenario, packs: list[Sections]) -> Iterator[Finding]:
    """Roles and rules that no pack has: allowed, because a scenario may show that a stranger is refused."""
    roles = {role.id for sections in packs for role in sections.pack.roles}
    for name, person in scenario.people.items():
        for role in person.roles:
            if role not in roles:
                yield ("people", name), f"the pack has no role `{role}`"
    carried = {cited.rule for sections in packs for cited in cited_rules(sections)}
    for index, text in enumerate(scenario.rules):
        for rule in rule_ids(text) or (text,):
            if rule not in carried:
                yield ("rules", index), f"the pack does not carry out a rule `{rule}`"
