"""The service sla."""

from typing import Final

from operate.dashboards.panel import Board, Panel, Query, Row, line
from operate.dashboards.service import rows_of
from shared.kernel.text import Text

SLA: Final = Board(
    uid="redress-sla",
    title=Text(en="Redress: SLA", zh="Redress 时限服务"),
    rows=(
        Row(
            title=Text(en="Clocks and timers", zh="时限与定时器"),
            panels=(
                Panel(
                    title=Text(en="Clocks by status", zh="按状态的时限"),
                    means=Text(en="Not ended.", zh="未结束。"),
                    queries=line("sum by (status) (redress_sla_clocks)", "{{status}}"),
                    stacked=True,
                    width=6,
                ),
                Panel(
                    title=Text(en="Timers armed", zh="已设定时器"),
                    means=Text(en="Warnings and breaches to come.", zh="将来的预警与超期。"),
                    queries=line("sum(redress_sla_timers_open)", "armed"),
                    width=6,
                ),
                Panel(
                    title=Text(en="How late timers fire", zh="定时器触发延迟"),
                    means=Text(en="99th percentile, and the one that is due longest.", zh="P99，以及最久未触发者。"),
                    queries=(
                        Query(
                            expr="histogram_quantile(0.99, sum by (le) (rate(redress_sla_timer_fire_lag_seconds_bucket[$__rate_interval]))) >= 0",
                            legend="p99",
                        ),
                        Query(expr="max(redress_sla_timer_overdue_seconds)", legend="due longest"),
                    ),
                    unit="s",
                    warn=2,
                    bad=10,
                    width=6,
                ),
                Panel(
                    title=Text(en="Warnings overtaken", zh="被取代的预警"),
                    means=Text(
                        en="Due and not told when their clock ended or got another goal, in an hour.",
                        zh="时限已结束或改期而未发出的预警，每小时。",
                    ),
                    queries=line("sum(increase(redress_sla_warnings_overtaken_total[1h]))", "overtaken"),
                    width=6,
                ),
                Panel(
                    title=Text(en="Extensions", zh="延期"),
                    means=Text(en="By state.", zh="按状态。"),
                    queries=line("sum by (state) (redress_sla_extensions)", "{{state}}"),
                    width=6,
                ),
            ),
        ),
        *rows_of("sla"),
    ),
)
