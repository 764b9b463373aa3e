"""The service settlement."""

from typing import Final

from operate.dashboards.panel import Board, Panel, Row, line
from operate.dashboards.service import rows_of
from shared.kernel.text import Text

SETTLEMENT: Final = Board(
    uid="redress-settlement",
    title=Text(en="Redress: settlement", zh="Redress 结算服务"),
    rows=(
        Row(
            title=Text(en="Payouts", zh="付款"),
            panels=(
                Panel(
                    title=Text(en="Payouts by state", zh="按状态的付款"),
                    means=Text(en="Not executed.", zh="未执行完成。"),
                    queries=line("sum by (state) (redress_settlement_payouts)", "{{state}}"),
                    width=6,
                ),
                Panel(
                    title=Text(en="Age of the oldest payout in doubt", zh="最早存疑付款时长"),
                    means=Text(en="Unknown or quarantined.", zh="未知或隔离。"),
                    queries=line("max(redress_settlement_payout_in_doubt_age_seconds)", "in doubt"),
                    unit="s",
                    warn=300,
                    bad=900,
                    width=6,
                ),
                Panel(
                    title=Text(en="Age of the oldest pending payout", zh="最早待付款时长"),
                    means=Text(en="The ERP has accepted it and not paid.", zh="ERP 已接受尚未支付。"),
                    queries=line("max(redress_settlement_payout_pending_age_seconds)", "pending"),
                    unit="s",
                    width=6,
                ),
                Panel(
                    title=Text(en="Currencies that do not balance", zh="不平衡的币种"),
                    means=Text(en="More than 0 is a fault.", zh="大于 0 即为故障。"),
                    queries=line("max(redress_settlement_ledger_unbalanced_currencies)", "currencies"),
                    kind="stat",
                    warn=1,
                    bad=1,
                    width=6,
                ),
                Panel(
                    title=Text(en="Answers of ERPs", zh="ERP 应答"),
                    means=Text(en="To payments and questions, by outcome.", zh="对付款与查询，按结果。"),
                    queries=line(
                        "sum by (outcome) (increase(redress_settlement_payout_answers_total[$__rate_interval]))",
                        "{{outcome}}",
                    ),
                    width=12,
                ),
                Panel(
                    title=Text(en="Callbacks of ERPs", zh="ERP 回调"),
                    means=Text(en="By result.", zh="按结果。"),
                    queries=line(
                        "sum by (result) (increase(redress_settlement_erp_callbacks_total[$__rate_interval]))",
                        "{{result}}",
                    ),
                    width=12,
                ),
            ),
        ),
        Row(
            title=Text(en="Approvals", zh="审批"),
            panels=(
                Panel(
                    title=Text(en="Approvals of one's own cases", zh="经手人自行审批"),
                    means=Text(
                        en="Under an exception to four eyes that the pack states.", zh="依据规则包载明的回避例外。"
                    ),
                    queries=line(
                        "sum(increase(redress_settlement_own_approvals_total[$__rate_interval]))", "approvals"
                    ),
                    width=12,
                ),
            ),
        ),
        Row(
            title=Text(en="Withdrawals", zh="撤回"),
            panels=(
                Panel(
                    title=Text(en="Remedies withdrawn by steps", zh="案件步骤撤回的处理方案"),
                    means=Text(
                        en="not_withdrawn: their money or goods were on their way.",
                        zh="not_withdrawn：款项或货物已在途，未能撤回。",
                    ),
                    queries=line(
                        "sum by (result) (increase(redress_settlement_withdrawals_total[$__rate_interval]))",
                        "{{result}}",
                    ),
                    width=12,
                ),
            ),
        ),
        *rows_of("settlement"),
    ),
)
