"""Clients that are generated from the published documents are accepted by strict type checkers, and play the main job.

Only the generated clients speak to the services: the programs are `tests/clients/python/main_job.py` and
`tests/clients/typescript/main_job.ts` (ADR 0059).
"""

import json
import shutil
from pathlib import Path
from typing import Any

import httpx2
import pytest

from operate.runtime.databases import SERVICES
from operate.runtime.stack import Stack
from operate.scenarios.organisation import create_organisation, publish
from operate.scenarios.session import Session, TokenRequest
from operate.scenarios.stack import of_running
from operate.token_commands import USUAL_SCOPES
from shared.packs.publishing.load import load_pack
from tests.e2e.story import CUSTOMER, ZONE
from tests.support.clients import LOCKED, TOOLS, node_tools, published, python_tools, run

DOCUMENTS = {service: published(service) for service in SERVICES}
PEOPLE = {
    "clerk": ("business_staff", "quality_objection_clerk"),
    "team": ("objection_team",),
    "leader": ("centre_leader",),
    "finance": ("finance",),
}
# 60 t, downgraded from 4,200.00 to 3,850.00 yuan: 60 · 350.00 = 21,000.00.
SEEN = {
    "status": "notice_issued",
    "task": ["analyse", "confirm_origin"],
    "offer": "accepted",
    "paid": ["remedy.executed.v1"],
    "remedies": [["price_difference", "executed", 2_100_000, "CNY"]],
    "clocks": ["cycle: met"],
    "told": [
        "agreement.signed",
        "case.accepted",
        "case.registered",
        "remedy.accepted",
        "remedy.offered",
        "result_notice.issued",
    ],
}


@pytest.fixture(scope="module")
def python_clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with a generated package for each service."""
    place = tmp_path_factory.mktemp("python")
    generator = python_tools() / "openapi-python-client"
    for service, document in DOCUMENTS.items():
        options = ("--path", document, "--output-path", place / f"redress_{service}", "--meta", "none")
        said = run(generator, "generate", *options, "--config", LOCKED / "generate.yaml")
        assert "Warning" not in said, f"a part of the document was left out\n{said}"
    shutil.copy(LOCKED / "python" / "main_job.py", place)
    return place


@pytest.fixture(scope="module")
def typescript_types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the generated types of each service, and the packages that use them."""
    place = tmp_path_factory.mktemp("typescript")
    node, packages = node_tools()
    (place / "node_modules").symlink_to(packages)
    (place / "package.json").write_text('{"type": "module"}')
    for service, document in DOCUMENTS.items():
        generator = packages / "openapi-typescript" / "bin" / "cli.js"
        run(node, generator, document, "--output", place / f"{service}.ts", "--default-non-nullable", "false")
    for name in ("main_job.ts", "tsconfig.json"):
        shutil.copy(LOCKED / "typescript" / name, place)
    return place


@pytest.fixture
async def given(e2e_stack: Stack) -> str:
    """What a program reads: the addresses, and the tokens of people of a new organisation."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        session = Session(of_running(e2e_stack), http, organisation="", zone=ZONE)
        session.organisation = await create_organisation(session, "Generated clients", None)
        await publish(session, load_pack("laigang").documents, effective_from=None)

    def token(person: str, roles: tuple[str, ...], scope: str, customer: str = "") -> str:
        request = TokenRequest(
            organisation=session.organisation, subject=person, roles=roles, scope=scope, customer_ref=customer
        )
        return session.token(request)

    tokens = {person: token(person, roles, f"{USUAL_SCOPES} changes:read") for person, roles in PEOPLE.items()}
    tokens["customer"] = token("buyer", ("customer",), "my:read my:write", CUSTOMER["ref"])
    return json.dumps({"services": dict(session.stack.services), "tokens": tokens})


def test_python_clients_are_strictly_typed(python_clients: Path) -> None:
    packages = [python_clients / f"redress_{service}" for service in SERVICES]
    mypy = (python_tools() / "mypy", "--strict", "--cache-dir", TOOLS / "mypy")
    run(*mypy, *packages, python_clients / "main_job.py", cwd=python_clients)


def test_a_python_client_plays_the_main_job(python_clients: Path, given: str) -> None:
    assert saw(run(python_tools() / "python", python_clients / "main_job.py", given=given)) == SEEN


def test_typescript_types_are_strict(typescript_types: Path) -> None:
    node, packages = node_tools()
    run(node, packages / "typescript" / "bin" / "tsc", cwd=typescript_types)


def test_a_typescript_client_plays_the_main_job(typescript_types: Path, given: str) -> None:
    node, _ = node_tools()
    assert saw(run(node, "main_job.ts", cwd=typescript_types, given=given)) == SEEN


def saw(printed: str) -> dict[str, Any]:
    """What the program saw, but for the id of its case and the message about the payment.

    That message follows a payment by itself, which no position waits for: it may come after the program's look.
    """
    found: dict[str, Any] = json.loads(printed)
    found["told"] = [each for each in found["told"] if each != "remedy.executed"]
    assert len(found.pop("case_id")) == 36
    return found
