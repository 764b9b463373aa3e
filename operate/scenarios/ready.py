"""A scenario ready to be played: the file, its pack and everything it refers to have been read and found good."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from operate.scenarios import order
from operate.scenarios.format import Scenario
from operate.scenarios.located import Located, ScenarioInvalid, read
from operate.scenarios.verbs import Publish
from shared.packs.language.diagnostics import PackInvalid
from shared.packs.publishing.load import ROOT, LoadedPack, load_pack, pack_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A scenario, where its values stand in the file, its pack, and the packs that its steps publish."""

    scenario: Scenario
    located: Located
    zone: ZoneInfo
    pack: LoadedPack
    published: dict[str, LoadedPack]

    @property
    def file(self) -> Path:
        """Where it was read from."""
        return self.located.file

    @property
    def currency(self) -> str:
        """What amounts in the file are amounts of."""
        return self.pack.valid().pack.currency


def load(file: Path) -> Ready:
    """Read a scenario and its packs; raises ScenarioInvalid with file and line of everything wrong in them."""
    located = read(file)
    scenario: Scenario = located.parse(Scenario)
    _refuse(located, order.findings(scenario))
    pack = _pack(scenario.pack, located, "pack")
    try:
        zone = ZoneInfo(pack.valid().pack.zone)
    except PackInvalid as invalid:
        heading = located.finding(("pack",), f"{pack.folder} has faults:")
        raise ScenarioInvalid([heading, *(f"  {fault}" for fault in invalid.faults)]) from None
    _refuse(located, order.times(scenario, zone))
    published = {
        step.publish.pack: _pack(step.publish.pack, located, "steps", index, "publish", "pack")
        for index, step in enumerate(scenario.steps)
        if isinstance(step.publish, Publish)
    }
    return Ready(scenario=scenario, located=located, zone=zone, pack=pack, published=published)


def _pack(pack: str, located: Located, *path: str | int) -> LoadedPack:
    """A pack is named, or is a path: relative to the scenario file, or as given."""
    beside = (located.file.parent / Path(pack).expanduser()).resolve()
    place = str(beside) if ("/" in pack or pack in {".", ".."}) and (beside / "pack.yaml").is_file() else pack
    try:
        return _loaded(place, _written(pack_folder(place)))
    except PackInvalid as invalid:
        raise ScenarioInvalid([located.finding(path, fault) for fault in invalid.faults]) from None


@lru_cache(maxsize=32)
def _loaded(place: str, _written: tuple[tuple[Path, int], ...]) -> LoadedPack:
    """Read once while its files stay as they are: a pack costs a second, and many scenarios play the same one."""
    return load_pack(place)


def _written(folder: Path) -> tuple[tuple[Path, int], ...]:
    """When each file was last written, of this pack and of those that it may extend."""
    files = {*folder.resolve().parent.glob("*/*.yaml"), *ROOT.resolve().glob("*/*.yaml")}
    return tuple((file, file.stat().st_mtime_ns) for file in sorted(files))


def _refuse(located: Located, findings: Iterable[order.Finding]) -> None:
    if found := [located.finding(path, message) for path, message in findings]:
        raise ScenarioInvalid(found)
