"""The refusal that a step must meet, compared with the answer that it got."""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import Field

from operate.scenarios.compare import citation_start, subset
from operate.scenarios.difference import Difference, refusal_text
from operate.scenarios.session import Answer
from operate.scenarios.values import Json, Strict


class Refused(Strict):
    """The refusal that this step must meet, and which must have no effect."""

    code: str
    status: int | None = None
    cite: str | None = Field(default=None, description="start of the citation, `LG-38`")
    fields: dict[str, Json] = {}


def refusal(expected: Refused, answer: Answer, *, element: str = "") -> list[Difference]:
    """Differences between the refusal that a step must meet and the answer it got."""
    if not answer.refused:
        came = f"accepted with {answer.status}"
        return [Difference("answer", f"refused with {expected.code}", came, element=element)]
    body = answer.body if isinstance(answer.body, Mapping) else {}
    came_body = {**body, "status": answer.status, "cite": citation_start(body.get("cite"), expected.cite)}
    found = subset("refusal", expected.model_dump(exclude_none=True), came_body)
    return [_placed(difference, answer, element) for difference in found]


def unexpected_refusal(answer: Answer, *, element: str = "") -> Difference:
    """The difference of a step that should have been accepted."""
    difference = Difference("answer", "accepted", f"refused with {refusal_text(answer)}")
    return _placed(difference, answer, element)


def _placed(difference: Difference, answer: Answer, element: str) -> Difference:
    body = answer.body if isinstance(answer.body, Mapping) else {}
    cite, text = (str(body.get(key) or "") for key in ("cite", "detail"))
    return replace(difference, cite=cite, element=element, text=text)
