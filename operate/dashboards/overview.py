"""Is it well, in one look."""

from typing import Final

from operate.dashboards.panel import Board, Panel, Query, Row, line, quantiles
from shared.kernel.text import Text

OVERVIEW: Final = Board(
    uid="redress-overview",
    title=Text(en="Redress: overview", zh="Redress 总览"),
    rows=(
        Row(
            title=Text(en="Now", zh="当前状态"),
            panels=(
                Panel(
                    title=Text(en="Processes", zh="进程"),
                    means=Text(en="Processes that answer, by service.", zh="各服务可应答的进程数。"),
                    queries=line('sum by (service) (up{job="redress"})'),
                    kind="stat",
                    warn=1,
                    bad=1,
                    low_is_bad=True,
                    width=6,
                    height=5,
                ),
                Panel(
                    title=Text(en="Alerts firing", zh="触发的告警"),
                    means=Text(en="By severity.", zh="按级别。"),
                    queries=line(
                        'sum by (severity) (ALERTS{alertstate="firing"}) or label_replace(vector(0), "severity", "none", "", "")',
                        "{{severity}}",
                    ),
                    kind="stat",
                    warn=1,
                    bad=1,
                    width=4,
                    height=5,
                ),
                Panel(
                    title=Text(en="Errors of the last hour", zh="最近一小时错误率"),
                    means=Text(
                        en="Share of requests answered with 5xx; the objective is 0.1 %. No data while there are no requests.",
                        zh="5xx 请求占比；目标 0.1%。没有请求时无数据。",
                    ),
                    queries=line("service:redress_http_errors:ratio_rate1h"),
                    kind="stat",
                    unit="percentunit",
                    warn=0.001,
                    bad=0.0144,
                    width=7,
                    height=5,
                ),
                Panel(
                    title=Text(en="Overdue timers", zh="逾期未触发定时器"),
                    means=Text(
                        en="How long the timer that is due longest has not fired.", zh="最久未触发的到期定时器时长。"
                    ),
                    queries=line("max(redress_sla_timer_overdue_seconds)", "sla"),
                    kind="stat",
                    unit="s",
                    warn=2,
                    bad=10,
                    width=3,
                    height=5,
                ),
                Panel(
                    title=Text(en="Payouts in doubt", zh="存疑付款"),
                    means=Text(en="Unknown or quarantined.", zh="结果未知或已隔离。"),
                    queries=line('sum(redress_settlement_payouts{state=~"unknown|quarantined"})', "settlement"),
                    kind="stat",
                    warn=1,
                    bad=5,
                    width=4,
                    height=5,
                ),
            ),
        ),
        Row(
            title=Text(en="API", zh="接口"),
            panels=(
                Panel(
                    title=Text(en="Requests", zh="请求量"),
                    means=Text(en="By service and class of status.", zh="按服务与状态类别。"),
                    queries=line(
                        'sum by (service, code) (rate(redress_http_requests_total{route!~"/health/.*|/metrics"}[$__rate_interval]))',
                        "{{service}} {{code}}",
                    ),
                    unit="reqps",
                ),
                Panel(
                    title=Text(en="Requests that failed", zh="失败的请求"),
                    means=Text(
                        en="Share of 5xx over five minutes; red is where a page begins. No data while there are no requests.",
                        zh="五分钟内 5xx 占比；红线为告警线。没有请求时无数据。",
                    ),
                    queries=line("service:redress_http_errors:ratio_rate5m"),
                    unit="percentunit",
                    warn=0.001,
                    bad=0.0144,
                ),
                Panel(
                    title=Text(en="Time of requests", zh="请求耗时"),
                    means=Text(
                        en="Median and 99th percentile; points lead to traces.", zh="中位数与 P99；点可进入链路。"
                    ),
                    queries=quantiles("redress_http_request_duration_seconds", of='route!~"/health/.*|/metrics"'),
                    unit="s",
                    warn=0.5,
                    bad=1.0,
                ),
                Panel(
                    title=Text(en="Requests refused for want of room", zh="因过载被拒绝的请求"),
                    means=Text(en="By reason.", zh="按原因。"),
                    queries=line(
                        "sum by (service, reason) (rate(redress_http_requests_refused_total[$__rate_interval]))",
                        "{{service}} {{reason}}",
                    ),
                    unit="reqps",
                ),
                Panel(
                    title=Text(en="Requests in hand and waiting", zh="处理中与排队的请求"),
                    means=Text(en="Waiting ones have no connection yet.", zh="排队者尚未获得连接。"),
                    queries=(
                        Query(expr="sum by (service) (redress_http_requests_in_flight)", legend="{{service}} in hand"),
                        Query(expr="sum by (service) (redress_http_requests_waiting)", legend="{{service}} waiting"),
                    ),
                ),
                Panel(
                    title=Text(en="Waits for events of other services", zh="等待其他服务事件"),
                    means=Text(
                        en="99th percentile of requests that had to wait, by whether the event came.",
                        zh="需等待的请求 P99，按是否等到。",
                    ),
                    queries=line(
                        "histogram_quantile(0.99, sum by (service, result, le) (rate(redress_http_catch_up_seconds_bucket[$__rate_interval])))",
                        "{{service}} {{result}}",
                    ),
                    unit="s",
                    warn=0.5,
                    bad=2.0,
                ),
                Panel(
                    title=Text(en="Answers of which the outcome is unknown", zh="结果未知的应答"),
                    means=Text(
                        en="The connection broke during COMMIT; clients repeat under their key.",
                        zh="提交时连接中断；客户端以同一键重试。",
                    ),
                    queries=line("sum by (service) (increase(redress_http_outcomes_unknown_total[$__rate_interval]))"),
                ),
            ),
        ),
        Row(
            title=Text(en="Flow of events", zh="事件流"),
            panels=(
                Panel(
                    title=Text(en="Age of the oldest unpublished event", zh="最早未发布事件时长"),
                    means=Text(en="By service.", zh="按服务。"),
                    queries=line("max by (service) (redress_outbox_oldest_age_seconds)"),
                    unit="s",
                    warn=10,
                    bad=60,
                ),
                Panel(
                    title=Text(en="How far consumers are behind", zh="消费滞后"),
                    means=Text(en="By group.", zh="按消费组。"),
                    queries=line("max by (group) (redress_consumer_lag_seconds)", "{{group}}"),
                    unit="s",
                    warn=10,
                    bad=60,
                ),
                Panel(
                    title=Text(en="Parked keys and dead letters", zh="搁置的键与死信"),
                    means=Text(en="Each stops one case.", zh="每个使一个案件停住。"),
                    queries=(
                        Query(expr="sum by (service) (redress_parked_keys)", legend="{{service}} parked"),
                        Query(expr="sum by (service) (redress_dead_letters)", legend="{{service}} dead letters"),
                    ),
                    warn=1,
                    bad=10,
                ),
            ),
        ),
        Row(
            title=Text(en="Processes", zh="进程资源"),
            panels=(
                Panel(
                    title=Text(en="Lag of the event loop", zh="事件循环延迟"),
                    means=Text(en="99th percentile.", zh="P99。"),
                    queries=line(
                        "histogram_quantile(0.99, sum by (service, le) (rate(redress_event_loop_lag_seconds_bucket[$__rate_interval])))"
                    ),
                    unit="s",
                    warn=0.1,
                    bad=0.5,
                    width=6,
                ),
                Panel(
                    title=Text(en="Processor", zh="处理器"),
                    means=Text(en="Cores in use.", zh="占用核数。"),
                    queries=line('sum by (service) (rate(process_cpu_seconds_total{job="redress"}[$__rate_interval]))'),
                    width=6,
                ),
                Panel(
                    title=Text(en="Memory", zh="内存"),
                    means=Text(en="Resident.", zh="常驻内存。"),
                    queries=line('sum by (service) (process_resident_memory_bytes{job="redress"})'),
                    unit="bytes",
                    width=6,
                ),
                Panel(
                    title=Text(en="Free disk", zh="磁盘剩余"),
                    means=Text(en="Where request bodies are spooled.", zh="请求体暂存盘。"),
                    queries=line("min by (service) (redress_disk_free_bytes / redress_disk_size_bytes)"),
                    unit="percentunit",
                    warn=0.2,
                    bad=0.1,
                    low_is_bad=True,
                    width=6,
                ),
            ),
        ),
    ),
)
