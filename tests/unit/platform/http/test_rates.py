"""Quotas refill evenly, each key has its own, and the memory for them is bounded."""

from typing import Any

import pytest

from shared.kernel.ids import OrgId
from shared.platform.auth.caller import Caller
from shared.platform.http.rates import Limiter, RateExceeded, Rates
from shared.platform.http.share import Share


class Watch:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def limiter(watch: Watch, **changes: Any) -> Limiter:
    chosen: dict[str, Any] = {"quota": 5, "window": 10, "monotonic": watch} | changes
    return Limiter("caller", **chosen)


def test_a_quota_is_a_burst_that_refills_evenly() -> None:
    watch = Watch()
    counts = limiter(watch)
    assert [counts.take("a").remaining for _ in range(5)] == [4, 3, 2, 1, 0]
    refused = counts.take("a")
    assert (refused.remaining, refused.retry, refused.reset) == (0, 2, 10)
    watch.now += 1.9
    assert counts.take("a").retry == 1
    watch.now += 0.1
    assert counts.take("a").retry is None
    watch.now += 100
    assert counts.take("a").remaining == 4


def test_each_key_has_its_own_quota() -> None:
    counts = limiter(Watch())
    for _ in range(6):
        counts.take("a")
    assert counts.take("b").retry is None


def test_the_key_that_was_used_longest_ago_is_forgotten() -> None:
    counts = limiter(Watch(), most_keys=2)
    for _ in range(5):
        counts.take("a")
    counts.take("b")
    assert counts.take("a").retry is not None  # refused and not moved
    counts.take("c")
    assert counts.take("a").remaining == 4


def share(subject: str, *, org: str = "org-1") -> Share:
    caller = Caller(org=OrgId(org), subject=subject, roles=frozenset(), scopes=frozenset())
    return Share(name=org, caller=caller)


def test_the_headers_name_each_policy_and_what_is_left_of_it() -> None:
    rates = Rates(window=10, per_caller=5, per_organisation=8, per_peer=2)
    assert dict(rates.count(share("li"))) == {
        b"ratelimit-policy": b'"caller";q=5;w=10, "organisation";q=8;w=10',
        b"ratelimit": b'"caller";r=4;t=2, "organisation";r=7;t=2',
    }
    assert dict(rates.count(Share(name="peer 192.0.2.7", caller=None))) == {
        b"ratelimit-policy": b'"peer";q=2;w=10',
        b"ratelimit": b'"peer";r=1;t=5',
    }


def test_an_organisation_has_a_quota_over_all_its_callers() -> None:
    rates = Rates(window=10, per_caller=5, per_organisation=8, per_peer=2)
    for subject in "abcdefgh":
        rates.count(share(subject))
    with pytest.raises(RateExceeded) as refused:
        rates.count(share("i"))
    assert (refused.value.fields, refused.value.retry_after) == ({"policy": "organisation"}, 2)
    assert dict(refused.value.headers)[b"ratelimit"] == b'"caller";r=4;t=2, "organisation";r=0;t=10'
    rates.count(share("a", org="org-2"))


def test_a_quota_of_nought_is_no_limit() -> None:
    rates = Rates(window=10, per_caller=0, per_organisation=0, per_peer=0)
    assert [rates.count(share("a")) for _ in range(100)] == [[]] * 100
