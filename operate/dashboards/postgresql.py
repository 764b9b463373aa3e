"""PostgreSQL as the services see it: no further exporter is needed."""

from typing import Final

from operate.dashboards.panel import Board, Panel, Query, Row, line
from shared.kernel.text import Text

POSTGRESQL: Final = Board(
    uid="redress-postgresql",
    title=Text(en="Redress: PostgreSQL", zh="Redress 数据库"),
    rows=(
        Row(
            title=Text(en="Server", zh="服务器"),
            panels=(
                Panel(
                    title=Text(en="Connections to the server", zh="服务器连接"),
                    means=Text(en="All databases; the line is what the server accepts.", zh="全部数据库；横线为上限。"),
                    queries=(
                        Query(expr="max(redress_db_server_connections)", legend="connections"),
                        Query(expr="max(redress_db_server_connections_max)", legend="most"),
                    ),
                ),
                Panel(
                    title=Text(en="Size of the database", zh="数据库大小"),
                    means=Text(en="On disk.", zh="磁盘占用。"),
                    queries=line("max(redress_db_size_bytes)", "size"),
                    unit="bytes",
                ),
                Panel(
                    title=Text(en="Oldest transaction", zh="最久事务"),
                    means=Text(en="By service.", zh="按服务。"),
                    queries=line("max by (service) (redress_db_oldest_transaction_age_seconds)"),
                    unit="s",
                    warn=10,
                    bad=60,
                ),
            ),
        ),
        Row(
            title=Text(en="Services", zh="服务"),
            panels=(
                Panel(
                    title=Text(en="Connections of the pools", zh="连接池"),
                    means=Text(en="In use, as a part of what the pool may open.", zh="占用比例。"),
                    queries=line(
                        "max by (service) (redress_db_pool_connections_in_use / redress_db_pool_connections_max)"
                    ),
                    unit="percentunit",
                    warn=0.7,
                    bad=0.9,
                ),
                Panel(
                    title=Text(en="Rows", zh="行数"),
                    means=Text(en="Live, by PostgreSQL’s statistics.", zh="存活行（统计值）。"),
                    queries=line('max by (service) (redress_db_rows{state="live"})'),
                ),
                Panel(
                    title=Text(en="Dead rows", zh="死行"),
                    means=Text(en="As a part of all; vacuum takes them away.", zh="占比；由清理回收。"),
                    queries=line(
                        'max by (service) (redress_db_rows{state="dead"}) / (max by (service) (redress_db_rows{state="dead"}) + max by (service) (redress_db_rows{state="live"}) > 0)'
                    ),
                    unit="percentunit",
                    warn=0.2,
                    bad=0.5,
                ),
            ),
        ),
        Row(
            title=Text(en="Samples", zh="采样"),
            panels=(
                Panel(
                    title=Text(en="Time of samples", zh="采样耗时"),
                    means=Text(
                        en="99th percentile by sample; one over two seconds is given up.", zh="P99；超过两秒即放弃。"
                    ),
                    queries=line(
                        "histogram_quantile(0.99, sum by (service, sample, le) (rate(redress_sample_duration_seconds_bucket[$__rate_interval]))) >= 0",
                        "{{service}} {{sample}}",
                    ),
                    unit="s",
                    warn=0.5,
                    bad=2.0,
                ),
                Panel(
                    title=Text(en="Samples that failed", zh="失败的采样"),
                    means=Text(en="In an interval.", zh="每个间隔。"),
                    queries=line(
                        "sum by (service, sample) (increase(redress_sample_failures_total[$__rate_interval]))",
                        "{{service}} {{sample}}",
                    ),
                    warn=1,
                    bad=3,
                ),
                Panel(
                    title=Text(en="Since the last sample", zh="距上次采样"),
                    means=Text(en="By sample.", zh="按采样。"),
                    queries=line(
                        "time() - max by (service, sample) (redress_sample_timestamp_seconds)", "{{service}} {{sample}}"
                    ),
                    unit="s",
                    warn=120,
                    bad=300,
                ),
            ),
        ),
    ),
)
