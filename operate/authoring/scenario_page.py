"""The page about scenario files: prose by hand; the tables of verbs and expectations from the code."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic.fields import FieldInfo

from operate.authoring.blocks import with_blocks
from operate.scenarios.registry import EXPECTATIONS, VERBS
from operate.scenarios.verb import Verb

PLACE: Final = "tests/scenarios/README.md"
_EXAMPLE: Final = re.compile(r"^`(\w+\.yaml)`:\n\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def page(project: Path) -> str:
    """The page with its tables as the code is now."""
    text = (project / PLACE).read_text(encoding="utf-8")
    return with_blocks(text, {"verbs": _verbs, "expectations": _expectations}, place=PLACE)


def examples(text: str) -> Mapping[str, str]:
    """File name to content of every example that stands on the page with its file name above it."""
    return dict(_EXAMPLE.findall(text))


def _verbs() -> str:
    lines = ["| verb | request | arguments | what it does |", "| --- | --- | --- | --- |"]
    for name, verb in sorted(VERBS.items()):
        arguments = "; ".join(_arguments(verb)) or "none"
        lines.append(f"| `{name}` | {_code(verb.REQUEST)} | {arguments} | {_one_line(verb.__doc__ or '')} |")
    return "\n".join(lines)


def _code(request: str) -> str:
    return request if request.startswith(("(", "any")) else f"`{request}`"


def _arguments(verb: type[Verb]) -> Iterator[str]:
    for name, field in verb.model_fields.items():
        yield f"`{field.alias or name}`{_default(field)}{_meaning(field)}"


def _default(field: FieldInfo) -> str:
    """`(required)`, or the default when it says something."""
    if field.is_required():
        return " (required)"
    if field.default in (None, {}, []):
        return ""
    return f" (default `{json.dumps(field.default, ensure_ascii=False)}`)"


def _meaning(field: FieldInfo) -> str:
    return f": {_one_line(field.description).rstrip('.')}" if field.description else ""


def _expectations() -> str:
    lines = ["| key | compared with |", "| --- | --- |"]
    lines += [f"| `{name}` | {expectation.meaning} |" for name, expectation in EXPECTATIONS.items()]
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
