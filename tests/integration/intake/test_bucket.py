"""Evidence in a bucket: the same over the S3 protocol, against a server of its own; one that is silent is a 503 soon."""

import asyncio
import io
import time
from collections.abc import AsyncIterator, Callable, Iterator
from hashlib import sha256
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from services.intake.evidence.client import LONGEST_SECONDS, Objects, StorageUnavailable
from shared.kernel.ids import CaseId, OrgId, new_id
from tests.integration.intake.conftest import PNG, Intake

LARGE = b"\x89PNG" + bytes(range(256)) * 50_000  # beyond one part of a multipart upload
Point = Callable[[str], None]


@pytest.fixture
def pointed_at(monkeypatch: pytest.MonkeyPatch) -> Point:
    """Point the environment at an endpoint, as an operator would."""

    def point(endpoint: str) -> None:
        for name, value in {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)

    return point


def client(endpoint: str) -> Any:
    """Amazon's own client."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        region_name="us-east-1",
    )


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client(url).create_bucket(Bucket="evidence")
    yield url
    server.stop()


async def read(store: Objects, org: OrgId, case_id: CaseId, digest: str) -> bytes:
    return b"".join([piece async for piece in await store.get(org=org, case_id=case_id, sha256=digest)])


async def test_evidence_goes_into_the_bucket_and_comes_back(intake: Intake, s3: str, pointed_at: Point) -> None:
    pointed_at(s3)
    intake.app.state.objects = Objects("s3://evidence/prefix")
    case_id = await intake.register()
    filed = (await intake.send(case_id, PNG)).json()
    name = f"prefix/{intake.org}/{case_id}/{filed['sha256']}"
    stored = client(s3).get_object(Bucket="evidence", Key=name)["Body"].read()
    assert sha256(stored).hexdigest() == filed["sha256"] == sha256(PNG).hexdigest()
    back = await intake.get(f"/v1/cases/{case_id}/evidence/{filed['evidence_id']}")
    assert (back.status_code, back.content) == (200, PNG)
    again = await intake.send(case_id, PNG)
    assert (again.status_code, again.json()["evidence_id"]) == (200, filed["evidence_id"])


async def test_a_large_file_arrives_whole(s3: str, pointed_at: Point) -> None:
    pointed_at(s3)
    store, org, case_id = Objects("s3://evidence"), OrgId(new_id()), CaseId(new_id())
    digest = sha256(LARGE).hexdigest()
    for _ in range(2):
        await store.put(io.BytesIO(LARGE), org=org, case_id=case_id, sha256=digest)
    assert await read(store, org, case_id, digest) == LARGE


async def test_what_the_bucket_does_not_have_is_said_so(intake: Intake, s3: str, pointed_at: Point) -> None:
    pointed_at(s3)
    intake.app.state.objects = Objects("s3://evidence")
    case_id = await intake.register()
    filed = (await intake.send(case_id, PNG)).json()
    client(s3).delete_object(Bucket="evidence", Key=f"{intake.org}/{case_id}/{filed['sha256']}")
    answer = await intake.get(f"/v1/cases/{case_id}/evidence/{filed['evidence_id']}")
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")


async def test_no_such_bucket_files_nothing(intake: Intake, s3: str, pointed_at: Point) -> None:
    pointed_at(s3)
    intake.app.state.objects = Objects("s3://nowhere")
    case_id = await intake.register()
    answer = await intake.send(case_id, PNG)
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert (await intake.page(case_id))["evidence"] == []


@pytest.fixture
async def silent() -> AsyncIterator[str]:
    """Takes connections and never says a word."""

    async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            pass
        writer.close()

    server = await asyncio.start_server(nothing, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def test_a_silent_bucket_is_given_up_in_bounded_time(silent: str, pointed_at: Point) -> None:
    pointed_at(silent)
    store, org, case_id = Objects("s3://evidence", longest_seconds=0.5), OrgId(new_id()), CaseId(new_id())
    began = time.monotonic()
    with pytest.raises(StorageUnavailable):
        await store.put(io.BytesIO(PNG), org=org, case_id=case_id, sha256="a" * 64)
    with pytest.raises(StorageUnavailable):
        await store.get(org=org, case_id=case_id, sha256="a" * 64)
    assert time.monotonic() - began < 5
    assert LONGEST_SECONDS <= 30
