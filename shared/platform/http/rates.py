"""Rates: how many requests a caller, an organisation and a peer without a token may send, told in every answer.

GCRA (ITU-T I.371): one instant for each key, so a quota is a burst that refills evenly over its window. The headers
are those of draft-ietf-httpapi-ratelimit-headers. The counts are of one process.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from shared.kernel.text import Text
from shared.platform.http.problems import TooManyRequests
from shared.platform.http.share import Share

MOST_KEYS: Final = 100_000
"""Of each policy; the key that was used longest ago is forgotten first, and begins with a full quota again."""

Header = tuple[bytes, bytes]


class RateExceeded(TooManyRequests):
    """The quota of `fields.policy` is used up; Retry-After says when a request is accepted again. 429."""

    code = "rate_exceeded"
    title = Text(en="Too many requests", zh="请求过于频繁")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is left of a quota after a request: `remaining` requests, the whole quota after `reset` seconds; a refused
    request is accepted after `retry` seconds.
    """

    remaining: int
    reset: int
    retry: int | None = None


class Limiter:
    """One policy: `quota` requests at once, refilled evenly over `window` seconds."""

    def __init__(
        self,
        name: str,
        *,
        quota: int,
        window: int,
        most_keys: int = MOST_KEYS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.policy = f'"{name}";q={quota};w={window}'
        self._window = window
        self._each = window / quota
        self._most_keys = most_keys
        self._monotonic = monotonic
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str) -> Standing:
        """Count a request of `key`; one that is refused is not counted."""
        now = self._monotonic()
        before = max(self._full_at.get(key, now), now)
        after = before + self._each
        if after - now > self._window + 1e-9:
            retry = math.ceil(after - now - self._window)
            return Standing(remaining=0, reset=math.ceil(before - now), retry=max(1, retry))
        self._full_at[key] = after
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._most_keys:
            self._full_at.popitem(last=False)
        left = int((self._window - (after - now)) / self._each + 1e-6)
        return Standing(remaining=left, reset=math.ceil(after - now))


class Rates:
    """The policies of a service. `per_caller`, `per_organisation` and `per_peer` are quotas; 0 is no limit."""

    def __init__(self, *, window: int, per_caller: int, per_organisation: int, per_peer: int) -> None:
        def limiter(name: str, quota: int) -> list[Limiter]:
            return [Limiter(name, quota=quota, window=window)] if quota else []

        self._of_callers = limiter("caller", per_caller)
        self._of_organisations = limiter("organisation", per_organisation)
        self._of_peers = limiter("peer", per_peer)

    def count(self, share: Share) -> list[Header]:
        """The headers that tell what is left. Raises RateExceeded, which carries them too."""
        if share.caller is None:
            return _taken([(limiter, share.name) for limiter in self._of_peers])
        keys = [(limiter, f"{share.name} {share.caller.subject}") for limiter in self._of_callers]
        return _taken([*keys, *((limiter, share.name) for limiter in self._of_organisations)])


def _taken(keys: Sequence[tuple[Limiter, str]]) -> list[Header]:
    found: list[tuple[Limiter, Standing]] = []
    for limiter, key in keys:
        found.append((limiter, limiter.take(key)))
        if found[-1][1].retry is not None:
            break
    if not found:
        return []
    policies = ", ".join(limiter.policy for limiter, _ in found)
    standings = ", ".join(f'"{limiter.name}";r={each.remaining};t={each.reset}' for limiter, each in found)
    headers = [(b"ratelimit-policy", policies.encode()), (b"ratelimit", standings.encode())]
    limiter, last = found[-1]
    if last.retry is not None:
        raise RateExceeded(retry_after=last.retry, headers=headers, fields={"policy": limiter.name})
    return headers
