"""The service notify."""

from typing import Final

from operate.dashboards.panel import Board, Panel, Row, line
from operate.dashboards.service import rows_of
from shared.kernel.text import Text

NOTIFY: Final = Board(
    uid="redress-notify",
    title=Text(en="Redress: notify", zh="Redress 通知服务"),
    rows=(
        Row(
            title=Text(en="Messages", zh="消息"),
            panels=(
                Panel(
                    title=Text(en="Attempts by channel and result", zh="按渠道与结果的尝试"),
                    means=Text(en="A permanent failure is a task for a person.", zh="永久失败转人工任务。"),
                    queries=line(
                        "sum by (channel, result) (increase(redress_notify_messages_total[$__rate_interval]))",
                        "{{channel}} {{result}}",
                    ),
                    width=12,
                ),
                Panel(
                    title=Text(en="How late messages are", zh="消息延迟"),
                    means=Text(en="The one that is due longest, by channel.", zh="最久未交付者，按渠道。"),
                    queries=line("max by (channel) (redress_notify_message_overdue_seconds)", "{{channel}}"),
                    unit="s",
                    warn=60,
                    bad=300,
                    width=6,
                ),
                Panel(
                    title=Text(en="Messages due", zh="到期消息"),
                    means=Text(en="Due and not handed over.", zh="到期未交付。"),
                    queries=line("sum by (channel) (redress_notify_messages_due)", "{{channel}}"),
                    width=6,
                ),
                Panel(
                    title=Text(en="Messages of unknown outcome", zh="结果未知的消息"),
                    means=Text(en="By what they wait for.", zh="按等待对象。"),
                    queries=line("sum by (waits_for) (redress_notify_messages_outcome_unknown)", "{{waits_for}}"),
                    warn=1,
                    bad=10,
                    width=12,
                ),
                Panel(
                    title=Text(en="Deliveries to webhooks", zh="Webhook 投递"),
                    means=Text(en="By result.", zh="按结果。"),
                    queries=line(
                        "sum by (result) (increase(redress_notify_webhook_attempts_total[$__rate_interval]))",
                        "{{result}}",
                    ),
                    width=12,
                ),
            ),
        ),
        *rows_of("notify"),
    ),
)
