"""Runbooks of what customers and the company feel: timers, breaches, messages, the ledger."""

from typing import Final

from operate.runbooks import looks
from operate.runbooks.commands import event, get, post, promql, sql
from operate.runbooks.runbook import Runbook, step
from shared.kernel.text import Text

_OVERDUE_CLOCKS: Final = step(
    "The running clocks of the organisation whose due instant was missed, with the role that owns each case.",
    "该组织已超期且仍在运行的时限，及负责角色。",
    get("sla", "/v1/clocks?breached=true", ".items[] | [.number, .clock, .due_at, .owner]"),
)
_DUE_TIMERS: Final = step(
    "Timers on real time that are due and have not fired.",
    "按真实时间已到期而未触发的定时器。",
    sql(
        "SELECT now() - due_at AS late, kind, org_id, clock_id FROM sla.timer WHERE state = 'open' AND NOT simulated AND due_at <= now() "
        "ORDER BY due_at LIMIT 20"
    ),
)
_MESSAGE_RESULTS: Final = step(
    "Attempts by channel and result since the start: `temporary` is the provider, `permanent` addresses or content, `unknown` a connection "
    "that broke after the message was handed over.",
    "启动以来按渠道与结果的尝试数：`temporary` 为服务商，`permanent` 为地址或内容，`unknown` 为交付后连接中断。",
    promql("sum by (channel, result) (redress_notify_messages_total)"),
)
_MESSAGE_REASONS: Final = step(
    "What providers answered in the last hour.",
    "最近一小时服务商的应答。",
    sql(
        "SELECT verdict, code, reason, count(*) FROM notify.attempt WHERE recorded_at > now() - interval '1 hour' GROUP BY 1, 2, 3 "
        "ORDER BY 4 DESC LIMIT 20"
    ),
)
_MESSAGES_DUE: Final = step(
    "Messages that are due and not handed over.",
    "到期而未交付的消息。",
    promql("max by (channel) (redress_notify_messages_due)"),
)

RUNBOOKS: Final = (
    Runbook(
        alert="RedressTimersLate",
        customer=Text(
            en="Reminders and news of a missed limit come late. Due instants and indicators are right: a late timer changes no outcome.",
            zh="提醒与超期通知延迟。到期时刻与指标正确：延迟触发不改变结果。",
        ),
        look=(
            _DUE_TIMERS,
            step(
                "Failures of the job `alarms`; above 0 in the last ten minutes it is started again and again.",
                "任务 `alarms` 的失败数；最近十分钟大于 0 表示反复重启。",
                promql(
                    'sum by (instance) (increase(redress_job_failures_total{service="sla",job_name="alarms"}[10m]))'
                ),
            ),
            looks.PROCESSES,
            looks.BLOCKERS,
        ),
        do=(
            step(
                "A session of PostgreSQL blocks sla: end it as in [RedressTransactionOld](RedressTransactionOld.md).",
                "有 PostgreSQL 会话阻塞 sla：按 [RedressTransactionOld](RedressTransactionOld.md) 结束它。",
            ),
            step(
                "No worker of sla runs: start it. Many timers are due at once: add workers.",
                "sla 的 worker 未运行：启动它。同时到期过多：增加 worker。",
            ),
            looks.RESTART,
        ),
        over=(
            step(
                "No timer is due.",
                "没有到期未触发的定时器。",
                promql("max by (service) (redress_sla_timer_overdue_seconds)"),
            ),
        ),
    ),
    Runbook(
        alert="RedressWarningsOvertaken",
        customer=Text(
            en="Nothing at the customer. An employee was not warned before a limit, and it was kept or missed without the warning.",
            zh="客户无感。员工未在时限前收到预警，时限在无预警的情况下被遵守或超期。",
        ),
        look=(
            step(
                "The warnings that were overtaken, with the clock of each.",
                "被取代的预警及其时限。",
                sql(
                    "SELECT t.due_at, t.org_id, c.rule, c.status, c.stopped_at FROM sla.timer t JOIN sla.clock c USING (org_id, clock_id) "
                    "WHERE t.state = 'overtaken' ORDER BY t.due_at DESC LIMIT 20"
                ),
            ),
            step(
                "How late timers fired at the worst: the 99th percentile in seconds.",
                "定时器触发延迟的 99 分位（秒）。",
                promql(
                    "histogram_quantile(0.99, sum by (le) (rate(redress_sla_timer_fire_lag_seconds_bucket[1h]))) or vector(0)"
                ),
            ),
            looks.LOOPS,
        ),
        do=(
            step(
                "Timers were late: follow [RedressTimersLate](RedressTimersLate.md). The worker was stopped for a release or a failure of PostgreSQL: "
                "the warnings cannot be told any more; tell the owners of the clocks that still run.",
                "定时器延迟：按 [RedressTimersLate](RedressTimersLate.md) 处理。若因发布或 PostgreSQL 故障停止过 worker：这些预警无法补发，请通知仍在运行的时限的负责人。",
            ),
            _OVERDUE_CLOCKS,
        ),
        over=(
            step(
                "No further one within an hour.",
                "一小时内不再新增。",
                promql("sum(increase(redress_sla_warnings_overtaken_total[1h]))"),
            ),
        ),
    ),
    Runbook(
        alert="RedressBreachesRising",
        customer=Text(
            en="Customers were promised an answer or a visit by an instant that has passed.",
            zh="承诺给客户的答复或上门时限已过。",
        ),
        look=(
            _OVERDUE_CLOCKS,
            step(
                "By which rule they were missed: one rule alone points to its calendar, all rules to people.",
                "按规则统计：集中于一条规则多为日历问题，分散多为人手问题。",
                sql(
                    "SELECT c.rule, c.cite, count(*), min(b.due_at) AS first FROM sla.breach b JOIN sla.clock c USING (org_id, clock_id) "
                    "WHERE b.recorded_at > now() - interval '1 day' GROUP BY 1, 2 ORDER BY 3 DESC"
                ),
            ),
            step(
                "How many are due within an hour and within a day, by type of case.",
                "一小时内与一天内到期的数量（按案件类型）。",
                promql("sum by (case_type, due) (redress_sla_clocks_due) or vector(0)"),
            ),
        ),
        do=(
            step(
                "Tell the owners. A holiday is missing in a calendar: publish the pack with it; clocks of cases that are registered from then on know it.",
                "通知负责人。日历缺少节假日：发布补齐后的规则包；此后登记的案件按新日历计算。",
            ),
            step(
                "A limit cannot be kept: ask for an extension where the pack allows it (`POST /v1/cases/{case_id}/clocks/{clock}/extensions`).",
                "无法按期完成：在规则包允许时申请延期（`POST /v1/cases/{case_id}/clocks/{clock}/extensions`）。",
            ),
        ),
        over=(
            step(
                "The number of the last hour falls.",
                "最近一小时的数量下降。",
                promql('sum(increase(redress_sla_breaches_total{severity="breach"}[1h]))'),
            ),
        ),
    ),
    Runbook(
        alert="RedressLedgerUnbalanced",
        customer=Text(
            en="Nothing yet. The books do not prove what was paid until it is found.",
            zh="暂无影响。在查明之前，账目不能证明付款情况。",
        ),
        look=(
            step(
                "The entries that do not add up to zero.",
                "合计不为零的分录。",
                sql(
                    "SELECT entry_id, currency, sum(amount_minor) FROM settlement.ledger_posting GROUP BY 1, 2 HAVING sum(amount_minor) <> 0"
                ),
            ),
            step(
                "Sessions that are no service's, which may have changed rows by hand.",
                "非服务自身的会话，可能有人手工改数据。",
                sql(
                    "SELECT pid, usename, application_name, backend_start FROM pg_stat_activity WHERE backend_type = 'client backend' "
                    "AND usename NOT LIKE 'redress_%' ORDER BY backend_start"
                ),
            ),
        ),
        do=(
            step(
                "Stop settlement's workers: nothing is paid while they stand, and nothing is lost. Keep the database as it is for the examination.",
                "停止 settlement 的 worker：停止期间不付款，也不丢失任何内容。保留数据库现状以便调查。",
            ),
            step(
                "A row was changed by hand: put it back as the payout and the remedy of the entry say. No row was changed: it is a fault of the program, "
                "report it with the entry. Start the workers afterwards.",
                "若有人手工改动：按该分录对应的付款与补偿改回。若无人改动：为程序缺陷，连同分录上报。之后启动 worker。",
            ),
        ),
        over=(
            step(
                "0 currencies do not balance. The figure is taken once a minute.",
                "不平衡的币种为 0。每分钟采样一次。",
                promql("max by (service) (redress_settlement_ledger_unbalanced_currencies)"),
            ),
        ),
    ),
    Runbook(
        alert="RedressMessagesFailing",
        customer=Text(
            en="Mails come late (temporary failures are repeated) or not at all (permanent ones become tasks for people).",
            zh="邮件延迟（临时失败会重试）或收不到（永久失败转为人工任务）。",
        ),
        look=(
            _MESSAGE_RESULTS,
            _MESSAGE_REASONS,
            step(
                "Faults of the sender itself.",
                "发送程序自身的缺陷。",
                event("notify.send_failed", "error_type exception", of="notify"),
            ),
            step(
                "The messages of an organisation that were given up, and why.",
                "该组织已放弃的消息及原因。",
                get(
                    "notify",
                    "/v1/messages?state=failed",
                    ".items[] | [.message_id, .case_id, .channel, .recipient, .reason]",
                ),
            ),
        ),
        do=(
            step(
                "`temporary`: the provider refuses or does not answer. With it back messages are repeated by themselves, under the same Message-ID.",
                "`temporary`：服务商拒绝或无应答。恢复后自动重发，Message-ID 不变。",
            ),
            step(
                "`permanent`: correct the address at the case, or deliver the message by hand and record it.",
                "`permanent`：更正案件中的地址，或人工送达并记录。",
                post(
                    "notify",
                    "/v1/messages/$MESSAGE/done",
                    body='{"delivered": true, "note": "told by telephone"}',
                    key="done-$MESSAGE",
                ),
            ),
        ),
        over=(_MESSAGE_RESULTS, _MESSAGES_DUE),
    ),
    Runbook(
        alert="RedressMessagesLate",
        customer=Text(en="Messages come late; none is lost.", zh="消息延迟；不会丢失。"),
        look=(
            _MESSAGES_DUE,
            step(
                "The messages that are due longest.",
                "到期最久的消息。",
                sql(
                    "SELECT now() - due_at AS late, channel, state, attempts, reason FROM notify.message WHERE state = 'queued' AND due_at <= now() "
                    "AND NOT is_simulated ORDER BY due_at LIMIT 20"
                ),
            ),
            step(
                "Failures of the senders by channel.",
                "各渠道发送程序的失败数。",
                promql('sum by (job_name) (redress_job_failures_total{service="notify",job_name=~"notify[.].*"})'),
            ),
            looks.PROCESSES,
        ),
        do=(
            step(
                "No worker of notify runs, or its sender is stuck: restart one.",
                "notify 的 worker 未运行或发送程序卡住：重启一个。",
            ),
            looks.RESTART,
        ),
        over=(_MESSAGES_DUE,),
    ),
)
