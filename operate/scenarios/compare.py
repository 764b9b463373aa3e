"""Comparing what a scenario expects with what came.

Numbers are compared by value: `60` is `"60"` is `"60.00"`. An object may hold more than expected; a list is compared
whole, or by what it `contains` and by its `count`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from operate.scenarios.difference import Difference, as_written, differing
from operate.scenarios.session import Answer
from operate.scenarios.values import ListMatch
from shared.packs.language.citations import citations

Shown = Mapping[str, Any]

_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
"""Text with a leading zero is no number: it is a telephone number or a reference."""


def subset(where: str, expected: object, came: object) -> Iterator[Difference]:
    """Everything in `expected` must be in `came`: objects may hold more, lists are compared whole or by a match."""
    if isinstance(expected, Mapping) and isinstance(came, Mapping):
        for key, value in expected.items():
            yield from subset(f"{where}.{key}", value, came.get(key))
    elif isinstance(expected, list) and isinstance(came, list) and len(expected) == len(came):
        for index, (one, other) in enumerate(zip(expected, came, strict=True)):
            yield from subset(f"{where}[{index}]", one, other)
    elif isinstance(came, list) and (match := _list_match(expected)) is not None:
        yield from _matching(where, match, came)
    elif not _same(expected, came):
        yield differing(where, expected, came)


def _list_match(expected: object) -> ListMatch | None:
    """`{contains: [...], count: n}`, when that is what is expected of a list."""
    if not isinstance(expected, Mapping) or not expected or not set(expected) <= set(ListMatch.model_fields):
        return None
    if not isinstance(expected.get("contains", []), list) or not isinstance(expected.get("count", 0), int):
        return None
    return ListMatch.model_construct(contains=expected.get("contains"), count=expected.get("count"))


def _matching(where: str, match: ListMatch, came: list[object]) -> Iterator[Difference]:
    for wanted in match.contains or []:
        if not any(not list(subset("", wanted, item)) for item in came):
            yield Difference(f"{where} contains", as_written(wanted), f"{len(came)} without it: {as_written(came)}")
    if match.count is not None and match.count != len(came):
        yield Difference(f"{where} count", str(match.count), f"{len(came)}: {as_written(came)}")


def _same(expected: object, came: object) -> bool:
    if isinstance(expected, bool) or isinstance(came, bool):
        return expected is came
    numbers = (_number(expected), _number(came))
    return numbers[0] == numbers[1] if None not in numbers else expected == came


def _number(value: object) -> Decimal | None:
    """The value of a number, or of text that is nothing but one."""
    text = str(value) if isinstance(value, int | float | str) else ""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def repetition(first: Answer, again: Answer) -> list[Difference]:
    """Differences between a request's answer and that to the same request again; each refusal has an id of its own."""
    body, came = ({"status": answer.status, "body": answer.body} for answer in (first, again))
    if first.refused and isinstance(first.body, Mapping):
        body["body"] = {key: value for key, value in first.body.items() if key != "request_id"}
    return list(subset("repeated answer", body, came))


def citation_start(cite: object, expected: str | None) -> object:
    """`expected` when `cite`, or one of several, starts with it: a citation is expected by its start (`LG-38`)."""
    came = str(cite or "")
    starts = (came, *citations(came))
    return expected if expected and any(each.startswith(expected) for each in starts) else cite


def named(
    kind: str, wanted: Mapping[str, dict[str, Any]], shown: Mapping[str, Shown], *, element: str = ""
) -> Iterator[Difference]:
    """Each wanted thing against the one of its name; `element` is the part of the pack that declares them."""
    for name, expected in wanted.items():
        came = shown.get(name)
        place = f"{element}[{name}]" if element else ""
        absent = expected.pop("absent", False)
        if absent and came is not None:
            yield Difference(f"{kind} {name}", "none", as_written(came), element=place)
        elif not absent and came is None:
            there = as_written(sorted(shown))
            yield Difference(f"{kind} {name}", "one", f"none; there are {there}", element=place)
        elif came is not None:
            cite = {"cite": citation_start(came.get("cite"), expected.get("cite"))}
            for difference in subset(f"{kind} {name}", expected, {**came, **cite}):
                yield replace(difference, cite=str(came.get("cite") or ""), element=place)


def unordered(value: object) -> object:
    """A list sorted, where its order has no meaning."""
    return sorted(value) if isinstance(value, list) else value
