"""The packs in this repository, their schemas for editors, and the commands on them."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from typer.testing import CliRunner

from operate.errors import OperatorError
from operate.policy_commands import app
from shared.packs.documents import KEYS
from shared.packs.publishing.cited_rules import cited_rules
from shared.packs.publishing.load import ROOT, load_pack
from shared.packs.publishing.schemas import schema_files
from tests.support.packs import edited, write_pack

PACKS = sorted(folder.parent.name for folder in ROOT.glob("*/pack.yaml"))
runner = CliRunner()


@pytest.mark.parametrize("pack", PACKS)
def test_every_pack_is_sound(pack: str) -> None:
    assert [str(fault) for fault in load_pack(pack).errors] == []


@pytest.mark.parametrize("pack", PACKS)
def test_every_file_names_its_schema(pack: str) -> None:
    for key in KEYS:
        file = ROOT / pack / f"{key}.yaml"
        if file.exists():
            assert file.read_text(encoding="utf-8").startswith(
                f"# yaml-language-server: $schema=../schemas/{key}.json\n"
            ), file


@pytest.mark.parametrize(("name", "content"), schema_files().items())
def test_schemas_are_current(name: str, content: bytes) -> None:
    assert (ROOT / "schemas" / name).read_bytes() == content, "run `redress policy schemas`"


def test_lint_says_where_and_fails(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "small", **edited("pack", "owner: Somebody", "owner: 5"))
    result = runner.invoke(app, ["lint", str(folder)])
    assert result.exit_code == 1
    assert f"{folder}/pack.yaml:3: owner: write text" in result.output


def test_lint_of_a_sound_pack_and_of_warnings(tmp_path: Path) -> None:
    assert runner.invoke(app, ["lint", str(write_pack(tmp_path / "small"))]).exit_code == 0
    warned = runner.invoke(app, ["lint", str(write_pack(tmp_path / "other"))])
    assert warned.exit_code == 0
    assert "warning: id: the folder is called other" in warned.output


def test_no_such_pack() -> None:
    result = runner.invoke(app, ["lint", "nowhere"])
    assert isinstance(result.exception, OperatorError)


def test_show_names_rules_and_gaps(tmp_path: Path) -> None:
    result = runner.invoke(app, ["show", str(write_pack(tmp_path / "small"))])
    assert result.exit_code == 0
    for word in ("X-2", "Art.2", "intake.steps[accept]", "A1", "Missing"):
        assert word in result.output


def test_every_cite_is_found(tmp_path: Path) -> None:
    rules = cited_rules(load_pack(write_pack(tmp_path / "small")).valid())
    assert [(rule.rule, rule.where) for rule in rules if rule.rule == "X-3"] == [
        ("X-3", "intake.steps[close]"),
        ("X-3", "intake.steps[close].require[0]"),
    ]


def test_publish_needs_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDRESS_TOKEN", raising=False)
    result = runner.invoke(app, ["publish", str(write_pack(tmp_path / "small")), "--url", "http://127.0.0.1:1"])
    assert "Who publishes?" in str(result.exception)


class _Intake(BaseHTTPRequestHandler):
    asked: ClassVar[list[tuple[str, dict[str, str], dict[str, object]]]] = []
    answer: ClassVar[tuple[int, dict[str, object]]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, dict(self.headers), body))
        status, said = self.answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def intake_url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Intake)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_publish_posts_the_pack(tmp_path: Path, intake_url: str) -> None:
    _Intake.answer = (201, {"pack": "small", "version": 3, "effective_from": "2026-04-01", "digest": "d"})
    folder = write_pack(tmp_path / "small")
    result = runner.invoke(
        app, ["publish", str(folder), "--url", intake_url, "--token", "t", "--effective-from", "2026-04-01"]
    )
    assert result.output == "small version 3, effective from 2026-04-01, d\n"
    path, headers, body = _Intake.asked[-1]
    loaded = load_pack(folder)
    assert (path, headers["Authorization"]) == ("/v1/policies", "Bearer t")
    assert headers["Idempotency-Key"] == f"{loaded.digest}-2026-04-01"
    assert body == {"documents": loaded.documents, "effective_from": "2026-04-01"}


def test_a_refusal_is_shown(tmp_path: Path, intake_url: str) -> None:
    _Intake.answer = (409, {"code": "effective_from_past", "detail": "no", "fields": {"earliest": "2026-03-02"}})
    result = runner.invoke(app, ["publish", str(write_pack(tmp_path / "small")), "--url", intake_url, "--token", "t"])
    assert "effective_from_past: no" in str(result.exception)
    assert "2026-03-02" in str(result.exception)


def test_a_wrong_pack_is_never_sent(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "small", **edited("pack", "owner: Somebody", "owner: 5"))
    result = runner.invoke(app, ["publish", str(folder), "--url", "http://127.0.0.1:1", "--token", "t"])
    assert f"{folder}/pack.yaml:3: owner" in str(result.exception)
