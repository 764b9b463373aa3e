"""Steps that several runbooks have."""

from typing import Final

from operate.runbooks.commands import event, log, promql, sql
from operate.runbooks.runbook import step

DOCTOR: Final = step(
    "The whole installation is checked; no line begins with `fail`, and no `warn` is about the service: `0 members` of a "
    "`kafka.group` says that no worker of it runs.",
    "检查整个系统；没有以 `fail` 开头的行，也没有关于该服务的 `warn`：`kafka.group` 的 `0 members` 表示该服务没有运行中的 worker。",
    "redress doctor",
)
PROCESSES: Final = step(
    "Which processes answered (1) and which did not (0) when they were last asked, which is every 15 s.",
    "哪些进程在最近一次采集（每 15 秒一次）时应答（1），哪些未应答（0）。",
    promql('up{job="redress"}'),
)
FAILED_REQUESTS: Final = step(
    "The last requests that ended with 5xx: `overloaded` is load, `database_unavailable` is PostgreSQL, `internal` is a fault of "
    "the program, whose trace is in the line `http.failed`.",
    "最近以 5xx 结束的请求：`overloaded` 为过载，`database_unavailable` 为 PostgreSQL，`internal` 为程序缺陷，其堆栈在 `http.failed` 行中。",
    log(
        '(.event == "http.answered" and .status >= 500) or .event == "http.failed"',
        "event method route status code exception",
    ),
)
ERRORS_BY_ROUTE: Final = step(
    "Requests by service and class of the status code over five minutes, in requests per second: which service it is.",
    "五分钟内各服务各类状态码的请求数（次/秒）：看是哪个服务。",
    promql("service:redress_http_requests:rate5m"),
)
SLOW_ROUTES: Final = step(
    "The 99th percentile of each route over five minutes, in seconds: one slow route is a statement, all of them are the database "
    "or the processor.",
    "五分钟内各路由的 99 分位耗时（秒）：仅一个路由慢是 SQL 问题，全部慢是数据库或处理器问题。",
    promql(
        "histogram_quantile(0.99, sum by (service, route, le) (rate(redress_http_request_duration_seconds_bucket[5m])))"
    ),
)
WAITING_REQUESTS: Final = step(
    "Requests that wait for a place. Above 0 for long: the connections to PostgreSQL are all in use.",
    "等待名额的请求数。长时间大于 0：数据库连接已用尽。",
    promql("sum by (service) (redress_http_requests_waiting)"),
)
POOLS: Final = step(
    "The share of each process's connections that is in use.",
    "每个进程连接池的占用比例。",
    promql("redress_db_pool_connections_in_use / redress_db_pool_connections_max"),
)
SESSIONS: Final = step(
    "The oldest transactions at PostgreSQL with what they run; `wait_event_type` `Lock` waits for another one.",
    "PostgreSQL 中最早的事务及其语句；`wait_event_type` 为 `Lock` 表示在等待另一个事务。",
    sql(
        "SELECT pid, usename, application_name, state, wait_event_type, now() - xact_start AS age, left(query, 80) AS query "
        "FROM pg_stat_activity WHERE xact_start IS NOT NULL ORDER BY xact_start LIMIT 20"
    ),
)
BLOCKERS: Final = step(
    "Which session is waited for, and by how many.",
    "哪个会话被等待，以及等待者数量。",
    sql(
        "SELECT blocker AS pid, count(*) AS waiting FROM pg_stat_activity, unnest(pg_blocking_pids(pid)) AS blocker "
        "GROUP BY blocker ORDER BY waiting DESC"
    ),
)
END_A_SESSION: Final = step(
    "End the session that holds the others up. Its transaction is rolled back; a service begins the work again by itself.",
    "结束阻塞其他会话的会话。其事务被回滚；服务会自动重做该工作。",
    sql("SELECT pg_terminate_backend($PID)"),
)
OUTBOXES: Final = step(
    "Events that wait, by service.",
    "各服务待发布的事件数。",
    promql("max by (service) (redress_outbox_pending)"),
)
PUBLISH_FAILURES: Final = step(
    "Why publishing failed: `unavailable` is Kafka or the way to it, `wedged` a client that was replaced.",
    "发布失败的原因：`unavailable` 为 Kafka 或网络，`wedged` 为已被替换的客户端。",
    event("relay.publish_failed", "reason error count"),
)
LOOPS: Final = step(
    "Which loop or job was started again, and after which error; the last field is the place in the program, `null` for what a "
    "service refuses or waits for by itself.",
    "哪个循环或任务被重启，以及错误内容；最后一项为程序中的位置，服务自行拒绝或等待的情形为 `null`。",
    event("loop.restarted", "loop error_type error exception"),
)
CONSUMER_LINES: Final = step(
    "What the consumer says: `consumer.database_unavailable` waits for PostgreSQL, `consumer.assigned` again and again is a "
    "rebalance, `consumer.key_parked` is a case that failed.",
    "消费者日志：`consumer.database_unavailable` 在等 PostgreSQL，反复出现 `consumer.assigned` 为再均衡，`consumer.key_parked` 为处理失败的案件。",
    event(
        "consumer.database_unavailable consumer.assigned consumer.key_parked consumer.dead_letter",
        "event group code error",
    ),
)
LETTERS: Final = step(
    "Each open dead letter with its id, consumer, type of event, key (the case), place in Kafka and error; below them the parked "
    "keys with the number of events that wait behind each.",
    "列出每个未处理死信的 id、消费者、事件类型、键（案件）、Kafka 位置与错误；其下为搁置的键及各自等待的事件数。",
    'redress dead-letter list --service "$SERVICE"',
)
ANSWERS: Final = step(
    "Answers of ERPs since the start by outcome: `no_answer` is the network or the ERP, `unreadable` and `unusable` an answer against "
    "the contract, `wrong_amount` another amount.",
    "启动以来 ERP 应答（按结果）：`no_answer` 为网络或 ERP 故障，`unreadable`/`unusable` 为应答不符合接口约定，`wrong_amount` 为金额不符。",
    promql("sum by (outcome) (redress_settlement_payout_answers_total)"),
)
PAYOUT_COUNTS: Final = step(
    "Payouts that are not executed, by state.",
    "未执行的付款（按状态）。",
    promql("max by (state) (redress_settlement_payouts)"),
)
RESTART: Final = step(
    "Restart one process of the service, as [operating](../operating.md#restarting-a-process) says for each way to run it. It is safe "
    "at any time: work in hand is finished or done again, and no effect happens twice.",
    "重启该服务的一个进程，方法见[运维](../operating.md#restarting-a-process)。任何时候重启都是安全的：在办工作会完成或重做，不产生重复效果。",
)
ADD_PROCESSES: Final = step(
    "Add processes ([operating](../operating.md#roles-and-numbers)); the sum of `REDRESS_POOL_SIZE` over all processes stays below "
    "`max_connections`.",
    "增加进程（见[运维](../operating.md#roles-and-numbers)）；所有进程 `REDRESS_POOL_SIZE` 之和须低于 `max_connections`。",
)
ROLL_BACK: Final = step(
    "If a release began it, run the release before it again: a release runs on the schema of the next one.",
    "若由新版本引起，重新运行上一版本：旧版本可在新版本的数据库结构上运行。",
)
