"""The service intake."""

from typing import Final

from operate.dashboards.panel import Board, Panel, Row, line
from operate.dashboards.service import rows_of
from shared.kernel.text import Text

INTAKE: Final = Board(
    uid="redress-intake",
    title=Text(en="Redress: intake", zh="Redress 受理服务"),
    rows=(
        Row(
            title=Text(en="Cases", zh="案件"),
            panels=(
                Panel(
                    title=Text(en="Cases by status", zh="按状态的案件"),
                    means=Text(en="All types.", zh="所有类型。"),
                    queries=line("sum by (status) (redress_intake_cases)", "{{status}}"),
                    stacked=True,
                    width=12,
                ),
                Panel(
                    title=Text(en="Contacts by kind", zh="按种类的来访"),
                    means=Text(en="Noted so far.", zh="累计登记。"),
                    queries=line("sum by (kind) (redress_intake_contacts)", "{{kind}}"),
                    width=12,
                ),
            ),
        ),
        *rows_of("intake"),
    ),
)
