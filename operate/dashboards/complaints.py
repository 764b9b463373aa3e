"""What the business sees: what comes in, what is due, what was missed, what was paid, by type."""

from typing import Final

from operate.dashboards.panel import Board, Panel, Row, line
from shared.kernel.text import Text

COMPLAINTS: Final = Board(
    uid="redress-complaints",
    title=Text(en="Redress: complaints", zh="Redress 投诉业务"),
    rows=(
        Row(
            title=Text(en="Now", zh="当前状态"),
            panels=(
                Panel(
                    title=Text(en="Cases", zh="案件总数"),
                    means=Text(en="All that were registered.", zh="全部已登记案件。"),
                    queries=line("sum(redress_intake_cases)", "cases"),
                    kind="stat",
                    width=6,
                    height=5,
                ),
                Panel(
                    title=Text(en="Due within an hour", zh="一小时内到期"),
                    means=Text(en="Clocks of open cases.", zh="未结案件的时限。"),
                    queries=line('sum(redress_sla_clocks_due{due="hour"}) or vector(0)', "clocks"),
                    kind="stat",
                    warn=1,
                    bad=20,
                    width=6,
                    height=5,
                ),
                Panel(
                    title=Text(en="Overdue", zh="已超期"),
                    means=Text(en="Clocks that run past their due instant.", zh="已过到期时刻仍在运行的时限。"),
                    queries=line('sum(redress_sla_clocks_due{due="overdue"}) or vector(0)', "clocks"),
                    kind="stat",
                    warn=1,
                    bad=1,
                    width=6,
                    height=5,
                ),
                Panel(
                    title=Text(en="Paid", zh="已支付"),
                    means=Text(
                        en="Sum of executed remedies, in major units of the currency.",
                        zh="已执行补偿合计（主币单位）。",
                    ),
                    queries=line(
                        'sum by (currency) (redress_settlement_remedy_amount{state="executed"})', "{{currency}}"
                    ),
                    kind="stat",
                    width=6,
                    height=5,
                ),
            ),
        ),
        Row(
            title=Text(en="Intake", zh="受理"),
            panels=(
                Panel(
                    title=Text(en="Cases by type", zh="按类型的案件"),
                    means=Text(en="Registered so far.", zh="累计登记。"),
                    queries=line("sum by (case_type) (redress_intake_cases)", "{{case_type}}"),
                    stacked=True,
                ),
                Panel(
                    title=Text(en="New cases in an hour", zh="每小时新增案件"),
                    means=Text(en="By type.", zh="按类型。"),
                    queries=line("sum by (case_type) (delta(redress_intake_cases[1h])) >= 0", "{{case_type}}"),
                ),
                Panel(
                    title=Text(en="Cases by status", zh="按状态的案件"),
                    means=Text(en="Statuses are those of the packs.", zh="状态由规则包定义。"),
                    queries=line("sum by (status) (redress_intake_cases)", "{{status}}"),
                    stacked=True,
                ),
                Panel(
                    title=Text(en="Changes of type", zh="类型变更"),
                    means=Text(
                        en="Cases that became cases of another type, so far.",
                        zh="累计转为其他类型的案件。",
                    ),
                    queries=line("sum(redress_intake_type_changes) or vector(0)", "cases"),
                ),
                Panel(
                    title=Text(en="Contacts by kind", zh="按种类的来访"),
                    means=Text(
                        en="Customers who chase are a kind of their own where the pack has it.",
                        zh="若规则包定义，则催办为单独种类。",
                    ),
                    queries=line("sum by (kind) (redress_intake_contacts)", "{{kind}}"),
                ),
            ),
        ),
        Row(
            title=Text(en="Time", zh="时限"),
            panels=(
                Panel(
                    title=Text(en="Clocks by when they are due", zh="按到期时间的时限"),
                    means=Text(
                        en="Open clocks: overdue, within an hour, within a day, later, undated.",
                        zh="未结时限：超期、一小时、一天、更晚、未定。",
                    ),
                    queries=line("sum by (due) (redress_sla_clocks_due)", "{{due}}"),
                    stacked=True,
                ),
                Panel(
                    title=Text(en="Due within a day, by type", zh="一天内到期（按类型）"),
                    means=Text(en="Overdue, within an hour and within a day.", zh="含超期与一小时内。"),
                    queries=line(
                        'sum by (case_type) (redress_sla_clocks_due{due=~"overdue|hour|day"}) '
                        'or label_replace(vector(0), "case_type", "none", "", "")',
                        "{{case_type}}",
                    ),
                ),
                Panel(
                    title=Text(en="Missed due instants", zh="超期次数"),
                    means=Text(en="In an hour, by severity.", zh="每小时，按严重程度。"),
                    queries=line("sum by (severity) (increase(redress_sla_breaches_total[1h]))", "{{severity}}"),
                    warn=5,
                ),
                Panel(
                    title=Text(en="Extensions", zh="延期"),
                    means=Text(en="Asked for, by state.", zh="申请数，按状态。"),
                    queries=line("sum by (state) (redress_sla_extensions)", "{{state}}"),
                ),
            ),
        ),
        Row(
            title=Text(en="Remedies", zh="补偿"),
            panels=(
                Panel(
                    title=Text(en="Remedies by state", zh="按状态的补偿"),
                    means=Text(en="What cases come to.", zh="案件结果。"),
                    queries=line("sum by (state) (redress_settlement_remedies)", "{{state}}"),
                    stacked=True,
                ),
                Panel(
                    title=Text(en="Amounts by state", zh="按状态的金额"),
                    means=Text(en="Major units of the currency.", zh="主币单位。"),
                    queries=line(
                        "sum by (currency, state) (redress_settlement_remedy_amount)", "{{currency}} {{state}}"
                    ),
                ),
                Panel(
                    title=Text(en="Paid by type", zh="按类型已支付"),
                    means=Text(en="Executed remedies.", zh="已执行补偿。"),
                    queries=line(
                        'sum by (case_type, currency) (redress_settlement_remedy_amount{state="executed"})',
                        "{{case_type}} {{currency}}",
                    ),
                ),
                Panel(
                    title=Text(en="Messages to customers and departments", zh="对客户与部门的消息"),
                    means=Text(en="Attempts in an hour, by channel and result.", zh="每小时尝试数，按渠道与结果。"),
                    queries=line(
                        "sum by (channel, result) (increase(redress_notify_messages_total[1h]))",
                        "{{channel}} {{result}}",
                    ),
                ),
            ),
        ),
    ),
)
