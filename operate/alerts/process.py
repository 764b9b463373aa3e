"""Alerts of processes and the database server."""

from typing import Final

from operate.alerts.alert import Alert, Proof
from operate.runtime.databases import SERVICES
from shared.kernel.text import Text

_OF: Final = 'job="redress",service="intake"'
_ONE: Final = f'{_OF},instance="a:1"'
_SERVICE: Final = {"service": "intake"}
_INSTANCE: Final = {**_SERVICE, "instance": "a:1"}
_GONE: Final = " or ".join(f'absent(up{{job="redress",service="{service}"}})' for service in SERVICES)

ALERTS: Final = (
    Alert(
        name="RedressProcessDown",
        severity="page",
        expr='sum by (service, instance) (up{job="redress"} == 0) == 0',
        for_="1m",
        summary=Text(
            en="{{ $labels.service }} at {{ $labels.instance }} does not answer",
            zh="{{ $labels.service }}（{{ $labels.instance }}）无应答",
        ),
        means=Text(
            en="The process has ended, or is too busy to serve its metrics.", zh="进程已退出，或繁忙到无法提供指标。"
        ),
        panel=("redress-overview", "Processes"),
        proof=Proof(
            series={f"up{{{_ONE}}}": "1x4 0x4 1x5"},
            quiet_at="4m",
            fires_at="7m",
            ended_at="10m",
            labels=_INSTANCE,
        ),
    ),
    Alert(
        name="RedressServiceGone",
        severity="page",
        expr=f"sum by (service) ({_GONE})",
        for_="5m",
        summary=Text(
            en="Prometheus knows no process of {{ $labels.service }}",
            zh="Prometheus 未发现 {{ $labels.service }} 的任何进程",
        ),
        means=Text(
            en="The last process of the service was removed, or discovery does not find it; a target that is gone is not down.",
            zh="该服务的最后一个进程已被移除，或服务发现未找到它；目标消失时不会显示为不可用。",
        ),
        panel=("redress-overview", "Processes"),
        proof=Proof(
            series={
                f"up{{{_ONE}}}": "1x4 stale _x9 1x8",
                **{f'up{{job="redress",service="{service}",instance="b:1"}}': "1x24" for service in SERVICES[1:]},
            },
            quiet_at="8m",
            fires_at="11m",
            ended_at="18m",
            labels=_SERVICE,
        ),
    ),
    Alert(
        name="RedressOverloaded",
        severity="page",
        expr='sum by (service) (rate(redress_http_requests_refused_total{reason=~"queue_full|shed|waited"}[5m])) > 0.1',
        for_="5m",
        summary=Text(en="{{ $labels.service }} refuses requests", zh="{{ $labels.service }} 正在拒绝请求"),
        means=Text(
            en="More requests come than the connections to PostgreSQL can carry; the oldest are refused with 503.",
            zh="请求超过数据库连接的处理能力；最早的请求被以 503 拒绝。",
        ),
        panel=("redress-overview", "Requests refused for want of room"),
        proof=Proof(
            series={f'redress_http_requests_refused_total{{{_OF},reason="shed"}}': "0x9 60+60x9 600x15"},
            quiet_at="9m",
            fires_at="17m",
            ended_at="30m",
            labels=_SERVICE,
        ),
    ),
    Alert(
        name="RedressPoolInUse",
        severity="ticket",
        expr="max by (service, instance) (redress_db_pool_connections_in_use / redress_db_pool_connections_max) > 0.9",
        for_="5m",
        summary=Text(
            en="{{ $labels.service }}: nearly all connections of the pool are in use",
            zh="{{ $labels.service }}：连接池几乎用尽",
        ),
        means=Text(
            en="Further requests wait; refusals follow when it stays so.", zh="后续请求将排队；若持续则会被拒绝。"
        ),
        panel=("redress-postgresql", "Connections of the pools"),
        proof=Proof(
            series={
                f"redress_db_pool_connections_in_use{{{_ONE}}}": "1x4 31x9 1x5",
                f"redress_db_pool_connections_max{{{_ONE}}}": "32x30",
            },
            quiet_at="4m",
            fires_at="11m",
            ended_at="15m",
            labels=_INSTANCE,
        ),
    ),
    Alert(
        name="RedressDatabaseConnections",
        severity="page",
        expr="max(redress_db_server_connections) / max(redress_db_server_connections_max) > 0.85",
        for_="2m",
        summary=Text(
            en="{{ $value | humanizePercentage }} of PostgreSQL's connections are taken",
            zh="PostgreSQL 连接已占用 {{ $value | humanizePercentage }}",
        ),
        means=Text(
            en="At 100 % every service answers 503 `database_unavailable`.",
            zh="达到 100% 时所有服务返回 503 `database_unavailable`。",
        ),
        panel=("redress-postgresql", "Connections to the server"),
        proof=Proof(
            series={
                f"redress_db_server_connections{{{_OF}}}": "40x4 95x4 40x5",
                f"redress_db_server_connections_max{{{_OF}}}": "100x30",
            },
            quiet_at="4m",
            fires_at="8m",
            ended_at="11m",
        ),
    ),
    Alert(
        name="RedressTransactionOld",
        severity="ticket",
        expr="max by (service) (redress_db_oldest_transaction_age_seconds) > 60",
        for_="1m",
        summary=Text(
            en="{{ $labels.service }} has a transaction of {{ $value | humanizeDuration }}",
            zh="{{ $labels.service }} 有一个持续 {{ $value | humanizeDuration }} 的事务",
        ),
        means=Text(
            en="It keeps locks and hinders vacuum. Services limit theirs to seconds, so a person or a tool has it.",
            zh="它持有锁并阻碍清理。服务自身的事务以秒为限，因此多为人工或工具所开。",
        ),
        panel=("redress-postgresql", "Oldest transaction"),
        proof=Proof(
            series={f"redress_db_oldest_transaction_age_seconds{{{_OF}}}": "0x4 60+60x4 0x5"},
            quiet_at="5m",
            fires_at="8m",
            ended_at="11m",
            labels=_SERVICE,
        ),
    ),
    Alert(
        name="RedressDiskFull",
        severity="page",
        expr="min by (service, instance, place) (redress_disk_free_bytes / redress_disk_size_bytes) < 0.1",
        for_="5m",
        summary=Text(
            en="{{ $labels.instance }}: {{ $value | humanizePercentage }} of the disk is free",
            zh="{{ $labels.instance }}：磁盘仅剩 {{ $value | humanizePercentage }}",
        ),
        means=Text(
            en="Uploads are spooled there. PostgreSQL's and Kafka's own disks are measured by their operators (node_exporter).",
            zh="上传内容暂存于此。PostgreSQL 与 Kafka 的磁盘由其运维（node_exporter）监控。",
        ),
        panel=("redress-overview", "Free disk"),
        proof=Proof(
            series={
                f'redress_disk_free_bytes{{{_ONE},place="temporary"}}': "50x4 5x9 50x5",
                f'redress_disk_size_bytes{{{_ONE},place="temporary"}}': "100x30",
            },
            quiet_at="4m",
            fires_at="11m",
            ended_at="15m",
            labels={**_INSTANCE, "place": "temporary"},
        ),
    ),
    Alert(
        name="RedressCertificateEnds",
        severity="ticket",
        expr="min by (service, certificate) (redress_certificate_expiry_timestamp_seconds) - time() < 14 * 86400",
        for_="5m",
        summary=Text(
            en="{{ $labels.service }}: certificate {{ $labels.certificate }} ends in {{ $value | humanizeDuration }}",
            zh="{{ $labels.service }}：证书 {{ $labels.certificate }} 将在 {{ $value | humanizeDuration }} 后到期",
        ),
        means=Text(
            en="From then on Kafka is not reached: events wait in the outbox.",
            zh="到期后无法连接 Kafka：事件积压在发件箱。",
        ),
        panel=("redress-kafka", "Days until certificates end"),
        proof=Proof(
            series={
                f'redress_certificate_expiry_timestamp_seconds{{{_OF},certificate="kafka"}}': "2000000x4 1000000x9 2000000x5"
            },
            quiet_at="4m",
            fires_at="11m",
            ended_at="15m",
            labels={**_SERVICE, "certificate": "kafka"},
        ),
    ),
    Alert(
        name="RedressLoopLate",
        severity="ticket",
        expr="histogram_quantile(0.99, sum by (service, instance, le) (rate(redress_event_loop_lag_seconds_bucket[5m]))) > 0.5",
        for_="10m",
        summary=Text(
            en="{{ $labels.service }} at {{ $labels.instance }} is short of processor time",
            zh="{{ $labels.service }}（{{ $labels.instance }}）处理器不足",
        ),
        means=Text(
            en="The event loop wakes half a second late: everything in the process is slow.",
            zh="事件循环唤醒延迟半秒：进程内一切变慢。",
        ),
        panel=("redress-overview", "Lag of the event loop"),
        proof=Proof(
            series={
                f'redress_event_loop_lag_seconds_bucket{{{_ONE},le="0.5"}}': "0+100x9 900x15 1000+100x20",
                f'redress_event_loop_lag_seconds_bucket{{{_ONE},le="1.0"}}': "0+100x60",
                f'redress_event_loop_lag_seconds_bucket{{{_ONE},le="+Inf"}}': "0+100x60",
            },
            quiet_at="9m",
            fires_at="24m",
            ended_at="40m",
            labels=_INSTANCE,
        ),
    ),
)
