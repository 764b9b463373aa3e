"""Files: what is what, by content and not by name."""

import hashlib

import pytest

from operate.published import unconnected_app
from services.intake.evidence.rules import EvidenceEmpty, EvidenceTypeRefused, EvidenceUnsafe, Inspection, safe_name
from shared.kernel.errors import Rejected
from shared.packs.intake.model.fields import LARGEST_FILE, EvidenceKind
from tests.unit.intake.builders import text

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 40
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01" + b"\0" * 40
WEBP = b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 30
PDF = b"%PDF-1.7\n1 0 obj" + b" " * 50
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!" + b"$H+H*"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64
HEIC_BY_COMPATIBILITY = b"\0\0\0\x1cftypmif1\0\0\0\0mif1miafheic" + b"\0" * 64
AVIF = b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + b"\0" * 64
MP4 = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41" + b"\0" * 64
MOV = b"\0\0\0\x14ftypqt  \x20\x05\x03\0qt  " + b"\0" * 64
TYPES = [
    "application/pdf",
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/heic",
    "video/mp4",
    "video/quicktime",
    "text/plain",
]
KIND = EvidenceKind.parse({"id": "paper", "label": text("材料"), "media_types": TYPES})


def inspected(content: bytes, *, piece: int = 7) -> Inspection:
    inspection = Inspection()
    for start in range(0, len(content), piece):
        inspection.feed(content[start : start + piece])
    return inspection


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (WEBP, "image/webp"),
        (HEIC, "image/heic"),
        (HEIC_BY_COMPATIBILITY, "image/heic"),
        (MP4, "video/mp4"),
        (MOV, "video/quicktime"),
        (PDF, "application/pdf"),
        ("质量异议函\r\n边部裂纹\t60 吨".encode(), "text/plain"),
        (b"a < b and c > d", "text/plain"),
    ],
)
def test_taken(content: bytes, declared: str) -> None:
    inspection = inspected(content)
    inspection.judge(KIND, declared=declared)
    assert inspection.size == len(content)
    assert inspection.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("content", "declared", "refusal"),
    [
        (b"", "text/plain", EvidenceEmpty),
        (PNG, "image/gif", EvidenceTypeRefused),
        (PNG, "", EvidenceTypeRefused),
        (PNG, "image/jpeg", EvidenceTypeRefused),
        (AVIF, "image/heic", EvidenceTypeRefused),
        (MOV, "video/mp4", EvidenceTypeRefused),
        (HEIC, "video/mp4", EvidenceTypeRefused),
        (MP4, "image/heic", EvidenceTypeRefused),
        (b"\0\0\0\x18ftyp", "video/mp4", EvidenceTypeRefused),
        (PDF, "image/png", EvidenceTypeRefused),
        (b"MZ\x90\x00" + b"\0" * 60, "image/png", EvidenceTypeRefused),
        (b"PK\x03\x04" + b"\0" * 60, "application/pdf", EvidenceTypeRefused),
        (PNG, "text/plain", EvidenceTypeRefused),
        (b"\xff\xfe\x28\x8d", "text/plain", EvidenceTypeRefused),
        (b"half a character \xe8\xb4", "text/plain", EvidenceTypeRefused),
        (b"nul \x00 inside", "text/plain", EvidenceTypeRefused),
        (b"#!/bin/sh\nrm -rf /", "text/plain", EvidenceTypeRefused),
        (HTML, "image/png", EvidenceUnsafe),
        (SVG, "image/png", EvidenceUnsafe),
        (SVG, "text/plain", EvidenceUnsafe),
        (b"harmless " * 300 + b"<ScRiPt >", "text/plain", EvidenceUnsafe),
        (EICAR, "text/plain", EvidenceUnsafe),
        (PDF + b"x" * 300_000 + EICAR, "application/pdf", EvidenceUnsafe),
    ],
)
def test_refused(content: bytes, declared: str, refusal: type[Rejected]) -> None:
    with pytest.raises(refusal):
        inspected(content, piece=4096 if len(content) > 1000 else 7).judge(KIND, declared=declared)


@pytest.mark.parametrize(
    ("content", "declared", "code", "cite", "fields"),
    [
        (PNG, "image/gif", "evidence_type_refused", "X-3 Art.3", {"allowed": TYPES}),
        (PNG, "image/jpeg", "evidence_type_mismatch", "X-3 Art.3", {"allowed": TYPES}),
        (b"MZ executable", "text/plain", "evidence_type_mismatch", "X-3 Art.3", {"allowed": TYPES}),
        (b"\x01\x02", "image/png", "evidence_type_mismatch", "X-3 Art.3", {"allowed": TYPES}),
        (EICAR, "text/plain", "evidence_unsafe", None, {"reason": "test_virus"}),
        (HTML, "image/png", "evidence_unsafe", None, {"reason": "active_content"}),
        (b"", "image/png", "evidence_empty", None, {}),
    ],
)
def test_a_refusal_says_what_is_accepted_or_what_is_unsafe(
    content: bytes, declared: str, code: str, cite: str | None, fields: dict[str, object]
) -> None:
    kind = KIND.model_copy(update={"cite": "X-3 Art.3"})
    with pytest.raises(Rejected) as refused:
        inspected(content, piece=4096).judge(kind, declared=declared)
    assert (refused.value.code, refused.value.cite, refused.value.fields) == (code, cite, fields)


@pytest.mark.parametrize("piece", [1, 10, 33, 34, 35, 200])
def test_a_threat_is_found_across_any_seam(piece: int) -> None:
    with pytest.raises(EvidenceUnsafe):
        inspected(b"a" * 20 + EICAR, piece=piece).judge(KIND, declared="text/plain")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("异议函 1.pdf", "异议函 1.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.png", "a.png"),
        ('a"b\r\nSet-Cookie: x.png', "a_b_Set-Cookie_ x.png"),
        ("photo\u202egnp.exe", "photo_gnp.exe"),
        (" .X-1.png. ", "X-1.png"),
        ("...", None),
        ("", None),
        (None, None),
    ],
)
def test_names_are_made_safe(name: str | None, safe: str | None) -> None:
    assert safe_name(name) == safe


def test_the_document_names_the_limit_and_the_media_types_of_files() -> None:
    operation = unconnected_app("intake").openapi()["paths"]["/v1/cases/{case_id}/evidence"]["post"]
    body = operation["requestBody"]
    form = body["content"]["multipart/form-data"]
    assert form["schema"]["properties"]["file"]["maxLength"] == LARGEST_FILE
    assert {"image/heic", "video/mp4"} <= set(form["encoding"]["file"]["contentType"].split(", "))
    assert str(LARGEST_FILE) in body["description"]


def test_a_refusal_names_the_media_types_that_are_accepted() -> None:
    with pytest.raises(EvidenceTypeRefused) as refused:
        inspected(MP4).judge(KIND, declared="video/x-msvideo")
    assert refused.value.fields == {"allowed": TYPES}
