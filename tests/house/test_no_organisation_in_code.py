"""Redress is an interpreter: no organisation's name stands in a service or in the kernel."""

import re
from pathlib import Path

PACKS = Path("deploy/policies")
# Names as the packs' owners write them, Chinese and Latin; a new pack adds its own here.
NAMES = {"laigang": ("莱钢",)}


def test_every_pack_has_its_names_here() -> None:
    packs = {folder.name for folder in PACKS.iterdir() if (folder / "pack.yaml").exists()}

    assert packs == set(NAMES)


def test_no_code_names_an_organisation() -> None:
    words = [word for pack, names in NAMES.items() for word in (pack, *names)]
    pattern = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    files = [
        file for root in ("services", "shared") for file in Path(root).rglob("*") if file.suffix in {".py", ".sql"}
    ]

    found = [str(file) for file in files if pattern.search(file.read_text(encoding="utf-8"))]

    assert files
    assert found == []
