"""Objectives of the API, by service: 99.9 % of requests answered without a 5xx, 99 % within half a second, over 30 days.

An alert compares how fast the budget of errors burns over a long and a short window (Google, The Site Reliability Workbook,
chapter 5): 14.4 times over an hour spends 2 % of the month's budget, 6 times over six hours 5 %, once over three days 10 %.
Requests for health and metrics are no part of it. A service that is asked nothing burns nothing.
"""

from collections.abc import Iterator
from typing import Final

from operate.alerts.alert import Alert, Proof, Recording, Severity
from shared.kernel.text import Text

AVAILABLE: Final = 0.999
FAST: Final = 0.99
WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
ASKED: Final = 'route!~"/health/.*|/metrics"'
_PAGE: Final = (("1h", "5m", 14.4), ("6h", "30m", 6.0))
_TICKET: Final = (("1d", "2h", 3.0), ("3d", "6h", 1.0))


def recordings() -> Iterator[Recording]:
    """Shares of requests that failed and that were slow, for each window and service."""
    for window in WINDOWS:
        requests = f"sum by (service) (rate(redress_http_requests_total{{{ASKED}}}[{window}]))"
        failed = f'sum by (service) (rate(redress_http_requests_total{{{ASKED},code="5xx"}}[{window}]))'
        yield Recording(record=f"service:redress_http_errors:ratio_rate{window}", expr=f"{failed} / ({requests} > 0)")
        counted = f"sum by (service) (rate(redress_http_request_duration_seconds_count{{{ASKED}}}[{window}]))"
        fast = f'sum by (service) (rate(redress_http_request_duration_seconds_bucket{{{ASKED},le="0.5"}}[{window}]))'
        yield Recording(record=f"service:redress_http_slow:ratio_rate{window}", expr=f"1 - {fast} / ({counted} > 0)")
    yield Recording(
        record="service:redress_http_requests:rate5m",
        expr=f"sum by (service, code) (rate(redress_http_requests_total{{{ASKED}}}[5m]))",
    )
    for quantile in (50, 99):
        yield Recording(
            record=f"service:redress_http_request_duration_seconds:p{quantile}_5m",
            expr=f"histogram_quantile({quantile / 100}, sum by (service, le) "
            f"(rate(redress_http_request_duration_seconds_bucket{{{ASKED}}}[5m])))",
        )


def _burns(of: str, budget: float, windows: tuple[tuple[str, str, float], ...]) -> str:
    """True while the budget burns faster than allowed over both windows of a pair."""
    pairs = [
        f"(service:redress_http_{of}:ratio_rate{long} > {times * budget:.6g} "
        f"and service:redress_http_{of}:ratio_rate{short} > {times * budget:.6g})"
        for long, short, times in windows
    ]
    return " or ".join(pairs)


_REQUESTS: Final = "redress_http_requests_total"
_DURATION: Final = "redress_http_request_duration_seconds"
_OF: Final = 'job="redress",service="intake",route="/v1/cases",method="POST"'


def _failing(minutes: int, *, well: int, failed: int) -> dict[str, str]:
    """An hour without errors, `minutes` in which `failed` of 100 requests a minute fail, then `well` minutes without."""
    return {
        f'{_REQUESTS}{{{_OF},code="2xx"}}': f"0+100x60 {6000 + 100 - failed}+{100 - failed}x{minutes - 1} "
        f"{6000 + minutes * (100 - failed) + 100}+100x{well}",
        f'{_REQUESTS}{{{_OF},code="5xx"}}': f"0x60 {failed}+{failed}x{minutes - 1} {minutes * failed}x{well + 1}",
    }


def _slow(minutes: int, *, well: int, slow: int) -> dict[str, str]:
    """The same with requests that took longer than half a second."""
    return {
        f"{_DURATION}_count{{{_OF}}}": f"0+100x{61 + minutes + well}",
        f'{_DURATION}_bucket{{{_OF},le="0.5"}}': f"0+100x60 {6000 + 100 - slow}+{100 - slow}x{minutes - 1} "
        f"{6000 + minutes * (100 - slow) + 100}+100x{well}",
    }


_FAST_TIMES: Final = ("60m", "75m", "110m")
_SLOW_TIMES: Final = ("60m", "8h", "14h30m")


def _alert(name: str, *, of: str, severity: Severity, summary: Text, means: Text, proof: Proof) -> Alert:
    budget = 1 - (AVAILABLE if of == "errors" else FAST)
    title = "Requests that failed" if of == "errors" else "Time of requests"
    return Alert(
        name=name,
        severity=severity,
        expr=_burns(of, round(budget, 6), _PAGE if severity == "page" else _TICKET),
        for_="2m" if severity == "page" else "15m",
        summary=summary,
        means=means,
        panel=("redress-overview", title),
        proof=proof,
    )


ALERTS: Final = (
    _alert(
        "RedressApiErrors",
        of="errors",
        severity="page",
        summary=Text(en="{{ $labels.service }}: too many requests fail", zh="{{ $labels.service }}：请求失败过多"),
        means=Text(
            en="At this rate the month's budget of errors (0.1 % of requests) is spent within days: clients get 5xx.",
            zh="按此速度，当月错误预算（请求的 0.1%）将在数日内耗尽：客户端收到 5xx。",
        ),
        proof=Proof(
            series=_failing(15, well=40, failed=50),
            quiet_at=_FAST_TIMES[0],
            fires_at=_FAST_TIMES[1],
            ended_at=_FAST_TIMES[2],
            labels={"service": "intake"},
        ),
    ),
    _alert(
        "RedressApiErrorsSlowly",
        of="errors",
        severity="ticket",
        summary=Text(
            en="{{ $labels.service }}: requests fail a little for long", zh="{{ $labels.service }}：请求持续少量失败"
        ),
        means=Text(
            en="The budget of errors is spent before the month ends; no single hour is bad.",
            zh="错误预算将在月底前耗尽；但没有哪一小时特别严重。",
        ),
        proof=Proof(
            series=_failing(420, well=420, failed=1),
            quiet_at=_SLOW_TIMES[0],
            fires_at=_SLOW_TIMES[1],
            ended_at=_SLOW_TIMES[2],
            labels={"service": "intake"},
        ),
    ),
    _alert(
        "RedressApiSlow",
        of="slow",
        severity="page",
        summary=Text(en="{{ $labels.service }}: too many requests are slow", zh="{{ $labels.service }}：慢请求过多"),
        means=Text(
            en="At this rate more than 1 % of the month's requests take longer than half a second.",
            zh="按此速度，当月将有超过 1% 的请求耗时超过 0.5 秒。",
        ),
        proof=Proof(
            series=_slow(15, well=40, slow=90),
            quiet_at=_FAST_TIMES[0],
            fires_at=_FAST_TIMES[1],
            ended_at=_FAST_TIMES[2],
            labels={"service": "intake"},
        ),
    ),
    _alert(
        "RedressApiSlowForLong",
        of="slow",
        severity="ticket",
        summary=Text(
            en="{{ $labels.service }}: requests are a little slow for long", zh="{{ $labels.service }}：请求持续偏慢"
        ),
        means=Text(en="The budget of slow requests is spent before the month ends.", zh="慢请求预算将在月底前耗尽。"),
        proof=Proof(
            series=_slow(420, well=420, slow=10),
            quiet_at=_SLOW_TIMES[0],
            fires_at=_SLOW_TIMES[1],
            ended_at=_SLOW_TIMES[2],
            labels={"service": "intake"},
        ),
    ),
)
