"""One thing that a scenario expected otherwise than it came, in words that a policy owner reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from operate.scenarios.session import Answer

_LONGEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """What was looked at, what was expected there, what came; both as people read them."""

    where: str
    expected: str
    came: str
    cite: str = ""
    """The rule that what was looked at names itself, if it does."""

    def __str__(self) -> str:
        return f"{self.where}: expected {self.expected}, came {self.came}"


def differing(where: str, expected: object, came: object) -> Difference:
    """The difference between two values."""
    return Difference(where, said(expected), said(came))


def said(value: object) -> str:
    """A value as it would stand in the scenario file; `nothing` for none."""
    if value is None:
        return "nothing"
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def refused_in_words(answer: Answer) -> str:
    """A refusal as a person reads it: status, code, title, detail and the citation."""
    if not isinstance(answer.body, Mapping):
        return f"{answer.status}: {answer.body}"
    body = answer.body
    words = [str(body[key]) for key in ("title", "detail", "cite") if body.get(key)]
    words = list({word.casefold(): word for word in words}.values())
    fields = f" {said(body['fields'])}" if body.get("fields") else ""
    return f"{answer.status} `{body.get('code')}`: {'; '.join(words)}{fields}"
