"""Runbooks of publication and consumption: outbox, consumers, dead letters, parked keys, jobs, samples."""

from typing import Final

from operate.runbooks import looks
from operate.runbooks.commands import event, promql, sql
from operate.runbooks.runbook import Runbook, Step, step
from shared.kernel.text import Text

_LATER_EVENTS: Final = Text(
    en="The customer of that case hears nothing more of what the service does: no message, no clock, no payment, depending on the "
    "service. Other cases go on.",
    zh="该案件的客户不再得到该服务的后续处理：视服务而定，无消息、无时限或无付款。其他案件不受影响。",
)
_READ_A_LETTER: Final = step(
    "One dead letter whole: its headers name the event (`ce_type`), the case (`ce_partitionkey`) and the trace; the payload is what "
    "could not be handled.",
    "查看一个死信全文：头部含事件类型（`ce_type`）、案件（`ce_partitionkey`）与链路；载荷为无法处理的内容。",
    'redress dead-letter show "$LETTER" --service "$SERVICE"',
)
_WHY_IT_FAILED: Final = step(
    "When the service tried and failed, with the code of the error.",
    "服务何时尝试并失败，及错误码。",
    event("consumer.dead_letter consumer.key_parked consumer.key_still_parked", "event group event_id code error"),
)
_SAME_CAUSE: Final = step(
    "How many have the same cause: one code for many organisations is a fault of the program or of the database, one organisation "
    "alone points to its pack or its data.",
    "相同原因的数量：多个组织同一错误码为程序或数据库问题，单个组织多为其规则包或数据问题。",
    sql(
        "SELECT code, type, consumer, count(*), count(DISTINCT org_id) AS organisations, min(created_at) AS first FROM "
        "$SERVICE.dead_letter WHERE state = 'open' GROUP BY 1, 2, 3 ORDER BY 4 DESC"
    ),
)
_DECIDE: Final = step(
    "Decide by the code. `undecodable` or an unknown version: the sender is newer than this service, upgrade it and put the event back. "
    "The code of a rule (`remedy_out_of_order`, `clock_not_running`): what the event wants is done already or forbidden now, read the case and "
    "put it back after its cause is mended, or discard it. The name of an exception (`KeyError`, `DBAPIError`): a fault of the program or "
    "of the database, mend it first. `producer_stopped`: it was not tried because many of the same organisation failed before it, it is tried again "
    "by itself after the first success.",
    "按错误码决定。`undecodable` 或未知版本：发送方比本服务新，先升级再放回。规则错误码（`remedy_out_of_order`、`clock_not_running`）：事件所要求的已完成或"
    "现在不允许，查看案件，排除原因后放回，或丢弃。异常名（`KeyError`、`DBAPIError`）：程序或数据库缺陷，先修复。`producer_stopped`：因同一组织"
    "此前多次失败而未尝试，首次成功后自动重试。",
)
_PREVIEW: Final = step(
    "What putting back would do: the events of the case in their order, and nothing else.",
    "预览放回的效果：仅按顺序处理该案件的事件。",
    'redress dead-letter replay --service "$SERVICE" --key "$KEY" --dry-run',
)
_PUT_BACK: Final = step(
    "The cause is mended: put the events of the case back. The worker handles them in order, first the one that failed, then those that waited "
    "behind it. What was handled before is not done twice (the inbox knows each event). Exit status 1 and `still parked` mean that the cause "
    "is still there.",
    "原因已排除：放回该案件的事件。worker 按顺序处理：先处理失败的事件，再处理其后等待的事件。已处理过的不会重复（收件箱记录每个事件）。"
    "退出码 1 且显示 `still parked` 表示原因仍在。",
    'redress dead-letter replay --service "$SERVICE" --key "$KEY"',
)
_PUT_BACK_ALL: Final = step(
    "Many cases had one cause: put back all of one organisation.",
    "多个案件同一原因：放回某组织的全部事件。",
    'redress dead-letter replay --service "$SERVICE" --org "$ORG"',
)
_GIVE_UP: Final = step(
    "Give up an event that can never be handled. It cannot be taken back: what the event says is missing at this service for ever (a clock does not "
    "start, a message is not sent), the events behind it are handled, and the reason is in the audit. Tell the owner of the case.",
    "放弃永远无法处理的事件。不可撤销：该服务将永远缺少该事件的内容（时限不启动、消息不发送），其后的事件继续处理，原因写入审计。请通知案件负责人。",
    'redress dead-letter discard "$LETTER" --service "$SERVICE" --reason "cause and name of who decided"',
)
_AUDIT: Final = step(
    "Who put back or discarded what, and why.",
    "何人放回或丢弃了什么及原因。",
    sql(
        "SELECT at, operator, action, details FROM $SERVICE.operator_audit WHERE action LIKE 'dead-letter%' "
        "ORDER BY at DESC LIMIT 10"
    ),
)
_DOWNSTREAM: Final = step(
    "A case whose event was lost before it reached Kafka, or that another service lacks: publish the case's events again. Services that have "
    "handled them skip them.",
    "事件在到达 Kafka 前丢失，或其他服务缺少事件：重新发布该案件的事件。已处理的服务会跳过。",
    'redress outbox replay --service intake --key "$KEY"',
)

_NONE_LEFT: Final = step(
    "`0 open dead letters, 0 parked keys` for this service.",
    "该服务显示 `0 open dead letters, 0 parked keys`。",
    'redress dead-letter list --service "$SERVICE"',
)
_LETTER_STEPS: Final[tuple[Step, ...]] = (looks.LETTERS, _READ_A_LETTER, _SAME_CAUSE, _WHY_IT_FAILED)

RUNBOOKS: Final = (
    Runbook(
        alert="RedressOutboxOld",
        customer=Text(
            en="Cases are registered and steps are taken. Messages, clocks and payments that follow from them wait; none is lost.",
            zh="案件可登记、操作可执行。由此产生的消息、时限与付款在等待；不会丢失。",
        ),
        look=(looks.OUTBOXES, looks.PUBLISH_FAILURES, looks.LOOPS),
        do=(
            step(
                "Every service has it: bring Kafka back. The relay goes on by itself, in order for each case, and nothing is to be repeated.",
                "所有服务都有：恢复 Kafka。中继自动继续，每个案件保持顺序，无需重发。",
            ),
            step(
                "Only one service has it: its workers do not run or are stuck.",
                "仅一个服务有：其 worker 未运行或卡住。",
            ),
            looks.RESTART,
        ),
        over=(
            step(
                "The oldest event that waits is seconds old.",
                "最早的待发布事件仅数秒。",
                promql("max by (service) (redress_outbox_oldest_age_seconds)"),
            ),
            looks.DOCTOR,
        ),
    ),
    Runbook(
        alert="RedressConsumerBehind",
        customer=Text(
            en="What follows by itself from a step comes late: clocks start with the right instant, but warnings and messages are told late.",
            zh="操作的后续自动处理延迟：时限起点正确，但预警与消息延迟。",
        ),
        look=(
            step(
                "Records behind the end of each topic.",
                "各主题未消费的记录数。",
                promql("sum by (service, group, topic) (redress_consumer_lag_records)"),
            ),
            step(
                "Events handled per second; 0 while records wait means that nothing moves.",
                "每秒处理的事件数；有积压而为 0 表示停止。",
                promql("sum by (service, topic) (rate(redress_inbox_handled_total[5m]))"),
            ),
            looks.CONSUMER_LINES,
            looks.BLOCKERS,
        ),
        do=(
            step(
                "Nothing moves and a session blocks others: end it as in [RedressTransactionOld](RedressTransactionOld.md).",
                "停止且有会话阻塞他人：按 [RedressTransactionOld](RedressTransactionOld.md) 结束它。",
            ),
            step("Nothing moves and nothing blocks: restart one worker.", "停止且无阻塞：重启一个 worker。"),
            looks.RESTART,
            step(
                "It moves, yet too slowly: add workers, at most one for each partition.",
                "有处理但太慢：增加 worker，至多每个分区一个。",
            ),
        ),
        over=(
            step(
                "No topic is more than seconds behind.",
                "各主题落后不超过数秒。",
                promql("max by (service, group, topic) (redress_consumer_lag_seconds)"),
            ),
        ),
    ),
    Runbook(
        alert="RedressDeadLetters",
        customer=_LATER_EVENTS,
        look=_LETTER_STEPS,
        do=(_DECIDE, _PREVIEW, _PUT_BACK, _PUT_BACK_ALL, _GIVE_UP, _DOWNSTREAM),
        over=(_NONE_LEFT, _AUDIT),
    ),
    Runbook(
        alert="RedressKeyParked",
        customer=_LATER_EVENTS,
        look=(
            looks.LETTERS,
            step(
                "How long each key waits, for what, and when it is tried again by itself; without `retry_at` it waits for a person.",
                "每个键等待的时长、原因与下次自动重试时间；无 `retry_at` 则等待人工。",
                sql(
                    "SELECT now() - parked_at AS waits, consumer, topic, key, code, attempts, retry_at FROM $SERVICE.parked_key "
                    "ORDER BY parked_at LIMIT 20"
                ),
            ),
            _WHY_IT_FAILED,
            looks.OUTBOXES,
        ),
        do=(
            step(
                "`cause_not_here`: the event that it waits for has not come. Mend the outbox of the service that publishes it "
                "([RedressOutboxOld](RedressOutboxOld.md)); after five minutes it is handled without its cause.",
                "`cause_not_here`：所等待的前因事件未到。处理发布方的发件箱（[RedressOutboxOld](RedressOutboxOld.md)）；五分钟后不再等待前因。",
            ),
            step(
                "Any other code: follow [RedressDeadLetters](RedressDeadLetters.md).",
                "其他错误码：按 [RedressDeadLetters](RedressDeadLetters.md) 处理。",
            ),
            _PUT_BACK,
        ),
        over=(_NONE_LEFT,),
    ),
    Runbook(
        alert="RedressJobFailing",
        customer=Text(
            en="What the job does is late: `alarms` warnings and breaches, `payouts` payments, `notify.email` mails.",
            zh="该任务的工作延迟：`alarms` 为预警与超期，`payouts` 为付款，`notify.email` 为邮件。",
        ),
        look=(
            step(
                "Failures of the last ten minutes by job.",
                "最近十分钟各任务失败数。",
                promql("sum by (service, job_name) (increase(redress_job_failures_total[10m]))"),
            ),
            looks.LOOPS,
            looks.BLOCKERS,
        ),
        do=(
            step(
                "The error is PostgreSQL's: bring it back, the job goes on by itself.",
                "错误来自 PostgreSQL：恢复后任务自动继续。",
            ),
            step(
                "The error is the program's (`ValueError`, `TypeError`, `KeyError`, …): the job still tries, after five seconds at most. "
                "Report the line with its place; a restart does not mend it.",
                "错误来自程序（`ValueError`、`TypeError`、`KeyError` 等）：任务仍会重试，间隔至多五秒。请连同位置上报该日志行；重启无济于事。",
            ),
            looks.ROLL_BACK,
        ),
        over=(
            step(
                "Items are done again.",
                "任务重新有完成量。",
                promql("sum by (service, job_name) (increase(redress_job_items_total[10m]))"),
            ),
        ),
    ),
    Runbook(
        alert="RedressNotSampled",
        customer=Text(
            en="Nothing. The people who watch lack figures, and alerts of queues and payouts cannot fire.",
            zh="无影响。但监控缺少数据，队列与付款告警无法触发。",
        ),
        look=(
            step(
                "When each sample was last taken, in Unix time.",
                "各采样的最近时间（Unix 时间）。",
                promql("max by (service, sample) (redress_sample_timestamp_seconds)"),
            ),
            step(
                "Samples that took longer than two seconds or failed.",
                "超过两秒或失败的采样。",
                event("sample.failed", "error_type"),
            ),
            step(
                "Which process leads: one session for each service holds the lock.",
                "由哪个进程采集：每个服务一个会话持锁。",
                sql(
                    "SELECT a.pid, a.usename, a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
                    "WHERE l.locktype = 'advisory' AND l.objid = 0 ORDER BY a.usename"
                ),
            ),
        ),
        do=(
            step(
                "No worker runs: start one. A worker runs and does not lead: its `REDRESS_DATABASE_URL` leads through a pool in transaction mode, "
                "where a session's lock cannot be held; connect it directly.",
                "没有 worker 运行：启动一个。有 worker 但未取得采集权：其 `REDRESS_DATABASE_URL` 经过事务模式连接池，无法持有会话锁；改为直连。",
            ),
            looks.RESTART,
        ),
        over=(
            step(
                "Every service tells its outbox again.",
                "各服务重新上报发件箱。",
                promql("count by (service) (redress_outbox_pending)"),
            ),
        ),
    ),
)
