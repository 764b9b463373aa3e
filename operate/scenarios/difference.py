"""One difference between what a scenario expects and what came, as a policy owner reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from operate.scenarios.session import Answer

_LONGEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """What was looked at, what was expected there, what came; both as they would stand in the file."""

    where: str
    expected: str
    came: str
    cite: str = ""
    """The citation that the stack gives for what was looked at, if it gives one."""
    element: str = ""
    """The element of the pack that was looked at: `sla.clocks[departure]`."""
    text: str = ""
    """The pack's text that came with it (a refusal's message): it distinguishes the elements that cite one rule."""

    def __str__(self) -> str:
        return f"{self.where}: expected {self.expected}, came {self.came}"


def differing(where: str, expected: object, came: object, *, element: str = "") -> Difference:
    """The difference between two values."""
    return Difference(where, as_written(expected), as_written(came), element=element)


def as_written(value: object) -> str:
    """A value as it would stand in the scenario file; `nothing` for none."""
    if value is None:
        return "nothing"
    return shortened(orjson.dumps(value, default=str).decode())


def shortened(text: str) -> str:
    """`text`, cut when it is longer than a person reads."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def refusal_text(answer: Answer) -> str:
    """A refusal as a person reads it: status, code, title, detail and the citation."""
    if not isinstance(answer.body, Mapping):
        return f"{answer.status}: {answer.body}"
    body = answer.body
    parts = [str(body[key]) for key in ("title", "detail", "cite") if body.get(key)]
    parts = list({part.casefold(): part for part in parts}.values())
    fields = f" {as_written(body['fields'])}" if body.get("fields") else ""
    return f"{answer.status} `{body.get('code')}`: {'; '.join(parts)}{fields}"
