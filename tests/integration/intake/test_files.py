"""Evidence over HTTP: bounded, inspected, stored once, given back as a download."""

import asyncio
import io
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from services.intake.evidence.client import Objects, StorageUnavailable
from shared.kernel.ids import CaseId, OrgId, new_id
from tests.integration.intake.conftest import PNG, Intake

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!" + b"$H+H*"
HTML = b"<html><script>alert(1)</script></html>"


async def test_a_photo_is_stored_and_comes_back_as_a_download(intake: Intake, tmp_path: Path) -> None:
    case_id = await intake.register()
    sent = await intake.send(case_id, PNG, filename="../裂纹.png")
    filed = sent.json()
    assert sent.status_code == 201
    assert (filed["sha256"], filed["size"], filed["filename"]) == (sha256(PNG).hexdigest(), len(PNG), "裂纹.png")
    assert (tmp_path / "objects" / intake.org / case_id / filed["sha256"]).read_bytes() == PNG
    [event] = await intake.events("evidence.added.v1")
    assert filed["sha256"] in event.payload
    assert "裂纹" not in event.payload

    back = await intake.get(f"/v1/cases/{case_id}/evidence/{filed['evidence_id']}")
    assert back.content == PNG
    assert back.headers["content-type"] == "image/png"
    assert back.headers["content-disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''%E8%A3%82%E7%BA%B9.png" in back.headers["content-disposition"]
    assert back.headers["x-content-type-options"] == "nosniff"


async def test_a_file_may_be_as_large_as_its_kind_allows(intake: Intake) -> None:
    case_id = await intake.register()
    largest = await intake.send(case_id, b"x" * (10 * 1024 * 1024), kind="contract", media_type="text/plain")
    beyond = await intake.send(case_id, b"x" * (10 * 1024 * 1024 + 1), kind="contract", media_type="text/plain")
    assert (largest.status_code, beyond.status_code) == (201, 413)


async def test_the_same_upload_twenty_times_makes_one_file(intake: Intake) -> None:
    case_id = await intake.register()
    key = new_id()
    answers = await asyncio.gather(*(intake.send(case_id, PNG, key=key) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["evidence_id"] for answer in answers}) == 1
    assert len(await intake.events("evidence.added.v1")) == 1


async def test_the_same_content_under_another_key_is_the_same_file(intake: Intake) -> None:
    case_id = await intake.register()
    first, second = await intake.send(case_id, PNG), await intake.send(case_id, PNG)
    other = await intake.send(case_id, PNG, kind="other")
    assert (first.status_code, second.status_code, other.status_code) == (201, 200, 201)
    assert first.json()["evidence_id"] == second.json()["evidence_id"] != other.json()["evidence_id"]
    assert (first.json()["created"], second.json()["created"]) == (True, False)


async def test_the_same_key_for_another_file_is_refused(intake: Intake) -> None:
    case_id = await intake.register()
    await intake.send(case_id, PNG, key="k")
    answer = await intake.send(case_id, PNG + b"x", key="k")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("content", "kind", "media_type", "status", "code"),
    [
        (PNG, "photo", "application/pdf", 415, "evidence_type_refused"),
        (PNG, "photo", "image/svg+xml", 415, "evidence_type_refused"),
        (PNG, "photo", "application/octet-stream", 415, "evidence_type_refused"),
        (PNG, "photo", "image/jpeg", 422, "evidence_type_mismatch"),
        (HTML, "photo", "image/png", 422, "evidence_unsafe"),
        (HTML, "contract", "text/plain", 422, "evidence_unsafe"),
        (EICAR, "contract", "text/plain", 422, "evidence_unsafe"),
        (b"", "contract", "text/plain", 422, "evidence_empty"),
        (PNG, "selfie", "image/png", 422, "evidence_kind_unknown"),
        (b"x" * (10 * 1024 * 1024 + 1), "contract", "text/plain", 413, "body_too_large"),
        (b"x" * (21 * 1024 * 1024), "photo", "image/png", 413, "body_too_large"),
    ],
)
async def test_refused(intake: Intake, content: bytes, kind: str, media_type: str, status: int, code: str) -> None:
    case_id = await intake.register()
    answer = await intake.send(case_id, content, kind=kind, media_type=media_type)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await intake.page(case_id))["evidence"] == []


async def test_a_body_that_does_not_say_how_long_it_is_ends_at_the_limit(intake: Intake) -> None:
    case_id = await intake.register()
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: image/png\r\n\r\n'
        while sent < 1_000:
            sent += 1
            yield b"x" * 100_000

    headers = intake.headers() | {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await intake.client.post(f"/v1/cases/{case_id}/evidence", content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"", "multipart/form-data", 400),
        (b"--b--\r\n", "multipart/form-data; boundary=b", 422),
        (
            b'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nphoto\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
            422,
        ),
        (
            b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nphoto\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
            422,
        ),
        (
            (
                b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nx\r\n'
                b'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nother\r\n'
                b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nx\r\n--b--\r\n'
            ),
            "multipart/form-data; boundary=b",
            422,
        ),
    ],
)
async def test_a_form_of_another_shape_is_refused(intake: Intake, body: bytes, media_type: str, status: int) -> None:
    case_id = await intake.register()
    headers = intake.headers() | {"Content-Type": media_type}
    answer = await intake.client.post(f"/v1/cases/{case_id}/evidence", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_another_media_type_is_refused_and_told_which_one_is_taken(intake: Intake) -> None:
    path = f"/v1/cases/{await intake.register()}/evidence"
    answer = await intake.client.post(path, json={}, headers=intake.headers())
    assert (answer.status_code, answer.json()["code"]) == (415, "media_type_unsupported")
    assert (answer.headers["accept"], answer.json()["fields"]) == (
        "multipart/form-data",
        {"accept": "multipart/form-data"},
    )


async def test_without_a_key_nothing_is_read(intake: Intake, tmp_path: Path) -> None:
    case_id = await intake.register()
    headers = intake.headers()
    del headers["Idempotency-Key"]
    answer = await intake.client.post(
        f"/v1/cases/{case_id}/evidence", files={"file": PNG}, data={"kind": "photo"}, headers=headers
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert list((tmp_path / "objects").rglob("*")) == []


async def test_a_file_that_is_gone_is_a_fault_of_ours_and_said_so(intake: Intake, tmp_path: Path) -> None:
    case_id = await intake.register()
    filed = (await intake.send(case_id, PNG)).json()
    (tmp_path / "objects" / intake.org / case_id / filed["sha256"]).unlink()
    answer = await intake.get(f"/v1/cases/{case_id}/evidence/{filed['evidence_id']}")
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")


async def test_a_store_that_cannot_be_written_keeps_the_row_out(intake: Intake) -> None:
    class Full(Objects):
        async def put(self, *_args: object, **_named: object) -> None:
            raise StorageUnavailable

    intake.app.state.objects = Full("memory:///")
    case_id = await intake.register()
    answer = await intake.send(case_id, PNG)
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert (await intake.page(case_id))["evidence"] == []


async def test_the_store_may_be_anything_that_obstore_knows() -> None:
    store = Objects("memory:///")
    org, case_id = OrgId(new_id()), CaseId(new_id())
    await store.put(io.BytesIO(PNG), org=org, case_id=case_id, sha256="a" * 64)
    pieces = [piece async for piece in await store.get(org=org, case_id=case_id, sha256="a" * 64)]
    assert b"".join(pieces) == PNG
