"""What the dashboard of every service shows: its API, its events, its jobs."""

from operate.dashboards.panel import Panel, Query, Row, line, quantiles
from shared.kernel.text import Text


def rows_of(service: str) -> tuple[Row, ...]:
    """The rows of a service."""
    return (
        Row(
            title=Text(en="API", zh="接口"),
            panels=(
                Panel(
                    title=Text(en="Requests by route", zh="按路由的请求"),
                    means=Text(en="The ten most frequent.", zh="最频繁的十个。"),
                    queries=line(
                        f'topk(10, sum by (method, route) (rate(redress_http_requests_total{{service="{service}",route!~"/health/.*|/metrics"}}[$__rate_interval])))',
                        "{{method}} {{route}}",
                    ),
                    unit="reqps",
                    width=12,
                ),
                Panel(
                    title=Text(en="Slowest routes", zh="最慢的路由"),
                    means=Text(en="99th percentile, the ten slowest.", zh="P99 最慢的十个。"),
                    queries=line(
                        f'topk(10, histogram_quantile(0.99, sum by (method, route, le) (rate(redress_http_request_duration_seconds_bucket{{service="{service}",route!~"/health/.*|/metrics"}}[$__rate_interval]))) >= 0)',
                        "{{method}} {{route}}",
                    ),
                    unit="s",
                    warn=0.5,
                    bad=1.0,
                    width=12,
                ),
                Panel(
                    title=Text(en="Time of requests", zh="请求耗时"),
                    means=Text(en="All routes; points lead to traces.", zh="全部路由；点可进入链路。"),
                    queries=quantiles(
                        "redress_http_request_duration_seconds", of=f'service="{service}",route!~"/health/.*|/metrics"'
                    ),
                    unit="s",
                    warn=0.5,
                    bad=1.0,
                ),
                Panel(
                    title=Text(en="Failures and refusals", zh="失败与拒绝"),
                    means=Text(en="Requests by class of status, without 2xx.", zh="非 2xx 请求。"),
                    queries=line(
                        f'sum by (code) (rate(redress_http_requests_total{{service="{service}",route!~"/health/.*|/metrics",code!="2xx"}}[$__rate_interval]))',
                        "{{code}}",
                    ),
                    unit="reqps",
                ),
                Panel(
                    title=Text(en="Tokens refused, replays", zh="拒绝的令牌与重放"),
                    means=Text(en="Replays are answers from a stored idempotency key.", zh="重放指幂等键的已存应答。"),
                    queries=(
                        Query(
                            expr=f'sum by (reason) (rate(redress_auth_refused_total{{service="{service}"}}[$__rate_interval]))',
                            legend="{{reason}}",
                        ),
                        Query(
                            expr=f'sum(rate(redress_http_replays_total{{service="{service}"}}[$__rate_interval]))',
                            legend="replays",
                        ),
                    ),
                    unit="reqps",
                ),
            ),
        ),
        Row(
            title=Text(en="Events", zh="事件"),
            panels=(
                Panel(
                    title=Text(en="Events handled", zh="处理的事件"),
                    means=Text(en="By type.", zh="按类型。"),
                    queries=line(
                        f'sum by (type) (rate(redress_inbox_handled_total{{service="{service}"}}[$__rate_interval]))',
                        "{{type}}",
                    ),
                    unit="ops",
                ),
                Panel(
                    title=Text(en="Time to handle an event", zh="事件处理耗时"),
                    means=Text(en="99th percentile by type.", zh="P99，按类型。"),
                    queries=line(
                        f'histogram_quantile(0.99, sum by (type, le) (rate(redress_consumer_handler_duration_seconds_bucket{{service="{service}"}}[$__rate_interval]))) >= 0',
                        "{{type}}",
                    ),
                    unit="s",
                ),
                Panel(
                    title=Text(en="Failures of handlers", zh="处理失败"),
                    means=Text(en="By kind.", zh="按种类。"),
                    queries=line(
                        f'sum by (kind) (rate(redress_consumer_handler_failures_total{{service="{service}"}}[$__rate_interval]))',
                        "{{kind}}",
                    ),
                    unit="ops",
                ),
            ),
        ),
        Row(
            title=Text(en="Jobs", zh="任务"),
            panels=(
                Panel(
                    title=Text(en="Items done by jobs", zh="任务处理量"),
                    means=Text(en="By job.", zh="按任务。"),
                    queries=line(
                        f'sum by (job_name) (rate(redress_job_items_total{{service="{service}"}}[$__rate_interval]))',
                        "{{job_name}}",
                    ),
                    unit="ops",
                ),
                Panel(
                    title=Text(en="Time of a round", zh="每轮耗时"),
                    means=Text(en="99th percentile by job.", zh="P99，按任务。"),
                    queries=line(
                        f'histogram_quantile(0.99, sum by (job_name, le) (rate(redress_job_duration_seconds_bucket{{service="{service}"}}[$__rate_interval]))) >= 0',
                        "{{job_name}}",
                    ),
                    unit="s",
                ),
                Panel(
                    title=Text(en="Failures of jobs", zh="任务失败"),
                    means=Text(en="In ten minutes, by job.", zh="十分钟内，按任务。"),
                    queries=line(
                        f'sum by (job_name) (increase(redress_job_failures_total{{service="{service}"}}[10m]))',
                        "{{job_name}}",
                    ),
                    warn=1,
                    bad=5,
                ),
            ),
        ),
    )
