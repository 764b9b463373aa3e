"""Comparing what a scenario expects with what came; every difference says both.

What is compared the same way stands in the words of the scenario file on both sides: local instants, grouped amounts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from operate.scenarios.difference import Difference, differing, said
from operate.scenarios.expectations import Refused
from operate.scenarios.session import Answer

Shown = Mapping[str, Any]


def subset(where: str, expected: object, came: object) -> Iterator[Difference]:
    """Everything in `expected` must be in `came`: objects may hold more, lists are compared whole."""
    if isinstance(expected, Mapping) and isinstance(came, Mapping):
        for key, value in expected.items():
            yield from subset(f"{where}.{key}", value, came.get(key))
    elif isinstance(expected, list) and isinstance(came, list) and len(expected) == len(came):
        for index, (one, other) in enumerate(zip(expected, came, strict=True)):
            yield from subset(f"{where}[{index}]", one, other)
    elif not _same(expected, came):
        yield differing(where, expected, came)


def numbers(where: str, expected: Mapping[str, str], came: Mapping[str, str | None]) -> Iterator[Difference]:
    """Numbers are compared by value: `120.50` is `120.5`."""
    for key, wanted in expected.items():
        if _number(wanted) != _number(came.get(key)):
            yield differing(f"{where}.{key}", wanted, came.get(key))


def _number(text: str | None) -> Decimal | str | None:
    try:
        return text if text is None else Decimal(text)
    except InvalidOperation:
        return text


def _same(expected: object, came: object) -> bool:
    """Whether one value is the other; a decimal is text in the APIs and a number to people."""
    if isinstance(expected, int) and isinstance(came, str) and not isinstance(expected, bool):
        return str(expected) == came
    return expected == came and isinstance(expected, bool) == isinstance(came, bool)


def repetition(first: Answer, again: Answer) -> list[Difference]:
    """Differences between a request's answer and that to the same request again; each refusal has an id of its own."""
    body, came = ({"status": answer.status, "body": answer.body} for answer in (first, again))
    if first.refused and isinstance(first.body, Mapping):
        body["body"] = {key: value for key, value in first.body.items() if key != "request_id"}
    return list(subset("repeated answer", body, came))


def refusal(expected: Refused, answer: Answer) -> list[Difference]:
    """Differences between the refusal that a step must meet and the answer it got."""
    if not answer.refused:
        return [Difference("answer", f"refused with {expected.code}", f"accepted with {answer.status}")]
    body = answer.body if isinstance(answer.body, Mapping) else {}
    came = {**body, "status": answer.status, "cite": _start(body.get("cite"), expected.cite)}
    found = subset("refusal", expected.model_dump(exclude_none=True), came)
    return [replace(difference, cite=str(body.get("cite") or "")) for difference in found]


def _start(cite: object, expected: str | None) -> object:
    """A citation is expected by its start (`LG-38`); more of it does not differ."""
    return expected if expected and str(cite or "").startswith(expected) else cite


def named(kind: str, wanted: Mapping[str, dict[str, Any]], shown: Mapping[str, Shown]) -> Iterator[Difference]:
    for name, expected in wanted.items():
        came = shown.get(name)
        absent = expected.pop("absent", False)
        if absent and came is not None:
            yield Difference(f"{kind} {name}", "none", said(came))
        elif not absent and came is None:
            yield Difference(f"{kind} {name}", "one", f"none; there are {said(sorted(shown))}")
        elif came is not None:
            cite = {"cite": _start(came.get("cite"), expected.get("cite"))}
            for difference in subset(f"{kind} {name}", expected, {**came, **cite}):
                yield replace(difference, cite=str(came.get("cite") or ""))


def unordered(value: object) -> object:
    """A list whose order says nothing, in an order of its own."""
    return sorted(value) if isinstance(value, list) else value
