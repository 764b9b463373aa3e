"""AUTHORING.md: prose by hand, and between markers what is generated, so that it cannot go stale."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from operate.authoring import guide
from operate.authoring.blocks import with_blocks
from operate.authoring.events import events
from operate.authoring.reference import reference
from operate.authoring.refusals import refusals
from operate.authoring.variables import variables
from shared.packs.language.yaml_reader import read_yaml
from shared.packs.publishing.load import load_pack

PLACE: Final = "deploy/policies/AUTHORING.md"
EXPRESSIONS: Final = Path(__file__).parent / "expressions.yaml"


def page(project: Path) -> str:
    """The page with every generated block as the code is now."""
    text = (project / PLACE).read_text(encoding="utf-8")
    blocks = {
        "expressions": lambda: _expressions("examples"),
        "words": lambda: _expressions("defined"),
        "variables": lambda: _variables(text),
        "events": events,
        "refusals": refusals,
        "reference": reference,
    }
    return with_blocks(text, blocks, place=PLACE)


def expression_examples(of: Literal["examples", "defined"]) -> list[Mapping[str, str]]:
    """Each with `write`, what it `gives`, perhaps a `note`; those `defined` use the words of the page's pieces."""
    tree, _ = read_yaml(EXPRESSIONS.read_text(encoding="utf-8"), file=str(EXPRESSIONS))
    examples: Any = tree.plain()
    return list(examples[of])


def _expressions(of: Literal["examples", "defined"]) -> str:
    lines = ["| expression | gives |", "| --- | --- |"]
    for example in expression_examples(of):
        note = f": {example['note']}" if "note" in example else ""
        gives = example["gives"] if example["gives"] == "fails" else f"`{example['gives']}`"
        lines.append(f"| `{example['write']}` | {gives}{note} |")
    return "\n".join(lines)


def _variables(text: str) -> str:
    """From the page's own example pack, which uses every place."""
    with tempfile.TemporaryDirectory() as folder:
        first = guide.write(text, Path(folder))[0]
        return variables(load_pack(first.parent).valid())
