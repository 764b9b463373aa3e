"""Inside a service a folder is a feature, and files have the same names in each (ADR 0017)."""

import re
from pathlib import Path

import pytest

SERVICES = ("intake", "sla", "settlement", "notify")
ROOT = {"__init__", "__main__", "app", "worker", "service", "consumers", "announce", "settings", "metrics"}
"""Modules at a service's root."""
FEATURE = {"rules", "store", "client", "announce", "use_cases", "views", "routes", "handlers", "jobs", "metrics"}
"""Modules or packages of a feature; only those that it needs."""
ONE_FILE_EACH = {"services/notify/channels"}
"""Features that have, beside those, one module for each thing of a kind: a channel."""
PACKAGES_ONLY = {"use_cases"}
MODULES_ONLY = {"announce", "jobs", "metrics"}


def features(service: str) -> list[Path]:
    folders = [entry for entry in Path("services", service).iterdir() if entry.is_dir()]
    return sorted(folder for folder in folders if folder.name not in {"migrations", "__pycache__"})


def names_of(folder: Path) -> set[str]:
    """The modules and packages of a folder, by name."""
    modules = {file.stem for file in folder.glob("*.py")}
    packages = {entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name != "__pycache__"}
    assert modules & packages == set(), folder
    return modules | packages


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_only_its_edges_at_its_root(service: str) -> None:
    root = Path("services", service)
    assert {file.stem for file in root.glob("*.py")} <= ROOT
    assert {"__init__", "__main__", "app", "worker", "consumers", "settings", "metrics"} <= names_of(root)
    assert len(features(service)) > 1


@pytest.mark.parametrize("service", SERVICES)
def test_a_feature_has_only_files_of_the_agreed_names(service: str) -> None:
    checked = [folder for folder in features(service) if str(folder) not in ONE_FILE_EACH]
    strange = {str(folder): names_of(folder) - FEATURE - {"__init__"} for folder in checked}
    assert {folder: names for folder, names in strange.items() if names} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_use_cases_are_a_folder_with_one_verb_in_a_file(service: str) -> None:
    wrong = [
        str(folder / name)
        for folder in features(service)
        for name in names_of(folder)
        if (name in PACKAGES_ONLY and not (folder / name).is_dir())
        or (name in MODULES_ONLY and (folder / name).is_dir())
    ]
    assert wrong == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_feature_is_in_the_map_of_its_service(service: str) -> None:
    readme = Path("services", service, "README.md").read_text(encoding="utf-8")
    assert [folder.name for folder in features(service) if not re.search(rf"`{folder.name}/?`", readme)] == []


def test_a_package_marker_says_nothing() -> None:
    assert [str(file) for file in Path("services").rglob("__init__.py") if file.read_text(encoding="utf-8")] == []
