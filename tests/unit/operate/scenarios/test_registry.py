"""A verb is one file: its arguments, its request, what it refers to."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

from operate.scenarios import expectations, verbs
from operate.scenarios.registry import EXPECTATIONS, VERBS, verbs_in

PING = """
from typing import ClassVar

from operate.scenarios.session import Answer
from operate.scenarios.verb import Verb
from operate.scenarios.verb_call import VerbCall


class Ping(Verb):
    NAME: ClassVar[str] = "ping"
    REQUEST: ClassVar[str] = "GET /v1/ping"

    async def perform(self, call: VerbCall) -> Answer:
        return await call.get("intake", "/v1/ping")
"""


def modules(package: Path) -> list[str]:
    return sorted(file.stem for file in package.glob("*.py") if file.stem != "__init__")


def test_a_new_verb_is_one_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "extra_verbs").mkdir()
    (tmp_path / "extra_verbs" / "__init__.py").touch()
    (tmp_path / "extra_verbs" / "ping.py").write_text(PING, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))

    found = verbs_in(import_module("extra_verbs"))

    assert list(found) == ["ping"]
    assert found["ping"]().title() == "ping"
    for name in ("extra_verbs", "extra_verbs.ping"):
        del sys.modules[name]


def test_every_file_of_a_verb_holds_the_verb_of_its_name() -> None:
    assert sorted(VERBS) == modules(Path(verbs.__path__[0]))


def test_every_file_of_an_expectation_holds_the_expectation_of_its_name() -> None:
    assert sorted(EXPECTATIONS) == modules(Path(expectations.__path__[0]))


def test_every_verb_is_documented() -> None:
    assert [verb.NAME for verb in VERBS.values() if not verb.__doc__ or not verb.REQUEST] == []
