"""AUTHORING.md: prose by hand, and between markers what is generated, so that it cannot go stale."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from operate.authoring import guide
from operate.authoring.events import events
from operate.authoring.reference import reference
from operate.authoring.refusals import refusals
from operate.authoring.variables import variables
from shared.packs.language.yaml_reader import read_yaml
from shared.packs.publishing.load import load_pack

PLACE: Final = "deploy/policies/AUTHORING.md"
EXPRESSIONS: Final = Path(__file__).parent / "expressions.yaml"
_BLOCK: Final = re.compile(r"(<!-- begin: (\w+) -->\n).*?(<!-- end: \2 -->)", re.DOTALL)


def page(project: Path) -> str:
    """The page with every generated block as the code is now."""
    text = (project / PLACE).read_text(encoding="utf-8")
    blocks = {
        "expressions": _expressions(),
        "variables": _variables(text),
        "events": events(),
        "refusals": refusals(),
        "reference": reference(),
    }
    return _filled(text, blocks)


def expression_examples() -> list[Mapping[str, str]]:
    """Each with `write` and what it `gives`, perhaps with a `note`."""
    tree, _ = read_yaml(EXPRESSIONS.read_text(encoding="utf-8"), file=str(EXPRESSIONS))
    examples: Any = tree.plain()
    return list(examples["examples"])


def _filled(text: str, blocks: Mapping[str, str]) -> str:
    found = [name for _, name, _ in _BLOCK.findall(text)]
    if sorted(found) != sorted(blocks):
        raise ValueError(f"{PLACE} needs each of these blocks once: {', '.join(blocks)}")
    return _BLOCK.sub(lambda block: f"{block[1]}\n{blocks[block[2]]}\n\n{block[3]}", text)


def _expressions() -> str:
    lines = ["| expression | gives |", "| --- | --- |"]
    for example in expression_examples():
        note = f": {example['note']}" if "note" in example else ""
        gives = example["gives"] if example["gives"] == "fails" else f"`{example['gives']}`"
        lines.append(f"| `{example['write']}` | {gives}{note} |")
    return "\n".join(lines)


def _variables(text: str) -> str:
    """From the page's own example pack, which uses every place."""
    with tempfile.TemporaryDirectory() as folder:
        first = guide.write(text, Path(folder))[0]
        return variables(load_pack(first.parent).valid())
