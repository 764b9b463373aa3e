"""Which code a process was started from: a digest for each part of the checkout that it is made of."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

_MADE_BY_PYTHON = "__pycache__"


def code_of(service: str, project: Path) -> dict[str, str]:
    """The digests of a service's own folder, of what all services share, and of the locked packages, by their names."""
    return {name: _digest(project / name) for name in (f"services/{service}", "shared", "uv.lock")}


def changed_parts(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The parts that are not as they were; all of them for a process of which they were not written down."""
    return [name for name, digest in now.items() if before.get(name) != digest]


def _digest(place: Path) -> str:
    """Of a file, or of every file below a folder with its name."""
    files = [place] if place.is_file() else sorted(place.rglob("*"))
    digest = hashlib.sha256()
    for file in files:
        if file.is_file() and _MADE_BY_PYTHON not in file.parts:
            digest.update(f"{file.relative_to(place)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]
