"""Files: what is what, by content and not by name."""

import hashlib

import pytest

from services.intake.evidence.rules import EvidenceEmpty, EvidenceTypeRefused, EvidenceUnsafe, Inspection, safe_name
from shared.kernel.errors import Rejected
from shared.packs.intake.model.fields import EvidenceKind
from tests.unit.intake.builders import text

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 40
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01" + b"\0" * 40
WEBP = b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 30
PDF = b"%PDF-1.7\n1 0 obj" + b" " * 50
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!" + b"$H+H*"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
TYPES = ["application/pdf", "image/png", "image/jpeg", "image/webp", "text/plain"]
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
