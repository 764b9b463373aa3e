"""Which series a query in PromQL asks for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import promql_parser

INTERVAL = "$__rate_interval"


@dataclass(frozen=True)
class Asked:
    """A selector: the name of the series, and the labels that it is chosen by, with their operator and value."""

    name: str
    matchers: tuple[tuple[str, str, str], ...]

    @property
    def labels(self) -> set[str]:
        return {label for label, _, _ in self.matchers}


def selectors(expr: str) -> list[Asked]:
    """The selectors of a query; raises ValueError for one that cannot be parsed."""
    return list(_selectors(promql_parser.parse(expr.replace(INTERVAL, "1m"))))


def grouped_by(expr: str) -> set[str]:
    """The labels that aggregations keep."""
    return set(_grouped(promql_parser.parse(expr.replace(INTERVAL, "1m"))))


def _parts(node: Any) -> Iterator[Any]:
    for name in ("expr", "param", "lhs", "rhs", "vector_selector", "vs"):
        part = getattr(node, name, None)
        if part is not None:
            yield part
    yield from getattr(node, "args", None) or ()


def _selectors(node: Any) -> Iterator[Asked]:
    if isinstance(node, promql_parser.VectorSelector):
        found = tuple((each.name, str(each.op), each.value) for each in node.matchers.matchers)
        yield Asked(node.name or "", found)
        return
    for part in _parts(node):
        yield from _selectors(part)


def _grouped(node: Any) -> Iterator[str]:
    if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
        yield from node.modifier.labels
    for part in _parts(node):
        yield from _grouped(part)
