"""Runbooks of payouts in doubt and of ERPs that do not answer."""

from typing import Final

from operate.runbooks import looks
from operate.runbooks.commands import event, get, post, promql, sql
from operate.runbooks.runbook import Runbook, Step, step
from shared.kernel.text import Text

_SHOWN: Final = ".items[] | [.payout_id, .case_id, .amount, .requested_at, .attempt, .next_at, .reason]"
_UNKNOWN: Final = step(
    "The payouts of an organisation without an answer, with how often the ERP was asked, when it is asked next, and why it is in doubt. `unknown` is asked about "
    "by itself: at once, then after 5 s, doubling to an hour.",
    "该组织无应答的付款：已询问次数、下次询问时间、存疑原因。`unknown` 会自动询问：立即一次，之后从 5 秒倍增至一小时。",
    get("settlement", "/v1/payouts?state=unknown", _SHOWN),
)
_QUARANTINED: Final = step(
    "Those that wait for a person: the ERP answered with another amount, with a number that cannot be stored, or its address was changed meanwhile.",
    "等待人工的付款：ERP 答复的金额不符、编号无法保存，或期间更换了地址。",
    get("settlement", "/v1/payouts?state=quarantined", _SHOWN),
)
_ALL_ORGANISATIONS: Final = step(
    "All organisations: whose ERP it is. One organisation alone points to its ERP, all of them to the network.",
    "所有组织：看是谁的 ERP。仅一个组织为其 ERP 问题，全部为网络问题。",
    sql(
        "SELECT org_id, state, reason, count(*), min(requested_at) AS first FROM settlement.payout WHERE state IN ('unknown', 'quarantined', 'pending') "
        "GROUP BY 1, 2, 3 ORDER BY 4 DESC"
    ),
)
_CONTRACT: Final = step(
    "Whether an ERP keeps the contract, played against its test system (`redress erp check URL`); without an address the simulator of a development machine.",
    "ERP 是否遵守接口约定：对其测试系统执行（`redress erp check URL`）；不带地址时检查开发机的模拟器。",
    "redress erp check",
)
_NEVER_TWICE: Final = step(
    "Never pay by another way while a payout is in doubt: the ERP may have paid. The payout's id is the ERP's payment key; the ERP pays once for one key, and Redress never "
    "uses another key for the same payout.",
    "付款存疑期间，切勿以其他方式付款：ERP 可能已付。付款 id 即 ERP 的付款键；ERP 对同一键只付一次，Redress 对同一付款绝不更换键。",
)
_ASK: Final = step(
    "First ask the ERP again at once. An answer `paid`, `failed` or `not there` brings the payout to its end by itself.",
    "首先立即再次询问 ERP。得到 `paid`、`failed` 或不存在的答复后，付款自动了结。",
    post(
        "settlement",
        "/v1/payouts/$PAYOUT/resolution",
        body='{"decision": "ask_again", "reason": "the ERP is back"}',
        key="ask-$PAYOUT-$(date +%s)",
    ),
)
_LOOK_IN_THE_BOOKS: Final = step(
    "No answer comes: finance looks in the ERP's books and at the bank for the payment key (the payout's id), the payee and the amount. Only finance decides, and only by what "
    "the books show, never by how long it has taken.",
    "仍无答复：财务在 ERP 账簿与银行流水中按付款键（付款 id）、收款人与金额查找。只能由财务依账簿决定，不能因等待过久而决定。",
)
_PAID: Final = step(
    "The books show the payment: record it with the ERP's number. The remedy is executed, the entry is booked once, the customer is told.",
    "账簿中有该付款：以 ERP 编号登记为已付。补偿完成、记账一次、通知客户。",
    post(
        "settlement",
        "/v1/payouts/$PAYOUT/resolution",
        body='{"decision": "paid", "reference": "$REFERENCE", "reason": "found in the books by finance"}',
        key="paid-$PAYOUT",
    ),
)
_NOT_PAID: Final = step(
    "The books show no payment, and the ERP's people have made sure that it will not be paid any more: record that. The payout and its remedy have failed; what is still owed is quoted, offered, approved and paid as another remedy. "
    "If the ERP pays after all, the customer has the money twice and the log says `erp.paid_after_end`.",
    "账簿中无该付款，且 ERP 方确认不会再付：登记为未付。该付款与补偿失败；仍应支付的部分另立补偿，重新报价、审批、付款。若 ERP 之后仍付款，客户将收到两次，日志出现 `erp.paid_after_end`。",
    post(
        "settlement",
        "/v1/payouts/$PAYOUT/resolution",
        body='{"decision": "not_paid", "reason": "not in the books, stopped by finance"}',
        key="not-paid-$PAYOUT",
    ),
)
_SEND_AGAIN: Final = step(
    "The ERP has lost the request, and it keeps the contract (one payment for one key): send the same request again under the same key.",
    "ERP 丢失了请求，且遵守接口约定（一键一付）：以同一键再次发送同一请求。",
    post(
        "settlement",
        "/v1/payouts/$PAYOUT/resolution",
        body='{"decision": "send_again", "reason": "the ERP was restored from a copy"}',
        key="send-$PAYOUT-$(date +%s)",
    ),
)
_PAID_AFTER_END: Final = step(
    "Payments that an ERP reported after the payout had ended: tell finance at once.",
    "付款了结后 ERP 又报告已付：立即通知财务。",
    event("erp.paid_after_end", "state", of="settlement"),
)
_AUDIT: Final = step(
    "Who decided what, and why.",
    "何人作了何决定及原因。",
    sql(
        "SELECT at, operator, details FROM settlement.operator_audit WHERE action = 'payout.resolve' ORDER BY at DESC LIMIT 10"
    ),
)
_PAYOUT_STEPS: Final[tuple[Step, ...]] = (
    looks.PAYOUT_COUNTS,
    _ALL_ORGANISATIONS,
    _UNKNOWN,
    _QUARANTINED,
    looks.ANSWERS,
)

RUNBOOKS: Final = (
    Runbook(
        alert="RedressPayoutInDoubt",
        customer=Text(
            en="The customer waits for money that is perhaps paid already. The case shows the remedy as `in_doubt`; it cannot be paid by another way in Redress.",
            zh="客户在等待可能已支付的款项。案件显示补偿为 `in_doubt`；在 Redress 中无法以其他方式支付。",
        ),
        look=_PAYOUT_STEPS,
        do=(_NEVER_TWICE, _ASK, _LOOK_IN_THE_BOOKS, _PAID, _NOT_PAID, _SEND_AGAIN),
        over=(
            step(
                "The age of the oldest payout in doubt is 0.",
                "最早存疑付款的时长为 0。",
                promql("max by (service) (redress_settlement_payout_in_doubt_age_seconds)"),
            ),
            _AUDIT,
            _PAID_AFTER_END,
        ),
    ),
    Runbook(
        alert="RedressErpSilent",
        customer=Text(
            en="Payments come late. None is lost or made twice: what was sent is asked about, what was not sent is sent later.",
            zh="付款延迟。不会丢失或重复：已发送的会询问，未发送的稍后发送。",
        ),
        look=(looks.ANSWERS, looks.PAYOUT_COUNTS, _ALL_ORGANISATIONS),
        do=(
            step(
                "Tell the people of the ERP, or mend the way to it (`GET /v1/erp` shows the address). Nothing is to be repeated: calls go on by themselves, after growing pauses of at most an hour.",
                "通知 ERP 方，或修复网络（`GET /v1/erp` 显示地址）。无需手工重发：调用自动继续，间隔递增，最长一小时。",
            ),
            _ASK,
        ),
        over=(
            step(
                "Nothing but answers in the last ten minutes: `no_answer` does not grow.",
                "最近十分钟全部有应答：`no_answer` 不再增长。",
                promql("sum by (outcome) (increase(redress_settlement_payout_answers_total[10m]))"),
            ),
            _UNKNOWN,
            _CONTRACT,
        ),
    ),
)
