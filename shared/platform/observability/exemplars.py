"""Exemplars: the trace of one observation of a latency, with which a panel leads to a trace (OpenMetrics 1.0)."""

import re
from typing import Final

_SAMPLED: Final = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f][13579bdf]")
"""A `traceparent` whose lowest flag is set (W3C Trace Context level 1)."""


def exemplar_of(traceparent: str | None) -> dict[str, str] | None:
    """`{"trace_id": …}` of a sampled trace; None of any other, because there is nothing to look at."""
    match = _SAMPLED.fullmatch(traceparent) if traceparent else None
    return None if match is None else {"trace_id": match[1]}
