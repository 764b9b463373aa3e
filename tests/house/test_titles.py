"""Every refusal that our code can make is said in Chinese and in English; only packs bring codes of their own."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from services.intake.api.registry_titles import REGISTRY_TITLES
from services.intake.api.titles import TITLES as INTAKE
from services.notify.app import TITLES as NOTIFY
from services.settlement.api.titles import TITLES as SETTLEMENT
from services.sla.api.titles import TITLES as SLA
from shared.kernel.errors import ServiceError, Title
from shared.platform.http.titles import CATALOGUE

OURS = {"intake": {**REGISTRY_TITLES, **INTAKE}, "sla": SLA, "settlement": SETTLEMENT, "notify": NOTIFY}
PLAIN_500 = {"error", "ledger_unbalanced", "published_policy_unreadable", "calendar_missing", "expression_failed"}
STAND_FOR_ANOTHER = {"gate_refused", "contact_refused", "instant_not_trusted", "commit_unknown"}
BY_EVENTS_ONLY = {"case_not_here_yet"}
FINDINGS_IN_A_PACK = {"expression_invalid", "wording_invalid"}
NEVER_SAID = PLAIN_500 | STAND_FOR_ANOTHER | BY_EVENTS_ONLY | FINDINGS_IN_A_PACK
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def modules(root: str) -> list[str]:
    files = sorted(Path(root).rglob("*.py"))
    return [".".join(file.with_suffix("").parts) for file in files if "migrations" not in file.parts]


def codes_of_classes(root: str) -> set[str]:
    """The `code` of every refusal that is defined under `root`."""
    found: set[str] = set()
    for name in modules(root):
        if name.endswith(("__init__", "__main__")):
            continue
        for thing in vars(import_module(name)).values():
            if isinstance(thing, type) and issubclass(thing, ServiceError) and thing.__module__ == name:
                found.add(thing.code)
    return found


def codes_in_words(root: str) -> set[str]:
    """Every code that is given as a literal where a refusal is made."""
    found: set[str] = set()
    for file in Path(root).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.keyword(arg="code", value=ast.Constant(value=str(code))):
                    found.add(code)
    return found


@pytest.mark.parametrize("service", OURS)
def test_each_code_of_a_service_has_its_title(service: str) -> None:
    root = f"services/{service}"
    codes = codes_of_classes(root) | codes_in_words(root)
    assert codes
    assert codes - NEVER_SAID - set(OURS[service]) - set(CATALOGUE) == set()


def test_each_code_of_the_kernel_has_its_title_in_every_service() -> None:
    rooms = ("platform/http", "platform/auth", "platform/db", "packs")
    codes = {code for room in rooms for code in codes_of_classes(f"shared/{room}")}
    assert codes - NEVER_SAID - {"pack_invalid", "pack_too_large"} - set(CATALOGUE) == set()
    assert {"pack_invalid", "pack_too_large"} <= set(REGISTRY_TITLES)


@pytest.mark.parametrize("titles", [CATALOGUE, *OURS.values()])
def test_each_title_is_in_two_languages(titles: dict[str, Title]) -> None:
    for code, title in titles.items():
        assert title.en.isascii(), code
        assert CHINESE.search(title.zh), code
