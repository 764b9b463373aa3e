"""Runbooks of the API's objectives and of a process or server that is short of something."""

from typing import Final

from operate.runbooks import looks
from operate.runbooks.commands import log, promql, sql
from operate.runbooks.runbook import Runbook, Step, step
from shared.kernel.text import Text

_CLIENTS_SEE_ERRORS: Final = Text(
    en="Staff and customers see an error instead of an answer. A client that repeats under the same `Idempotency-Key` loses nothing.",
    zh="员工与客户看到错误而非应答。客户端用同一 `Idempotency-Key` 重试不会丢失任何内容。",
)
_CLIENTS_WAIT: Final = Text(
    en="Pages and steps take longer than half a second; nothing is wrong with what is answered.",
    zh="页面与操作耗时超过半秒；应答内容无误。",
)
_ERROR_RATE: Final = step(
    "The share of failed requests over the last five minutes is back below 0.001.",
    "最近五分钟失败比例回到 0.001 以下。",
    promql("service:redress_http_errors:ratio_rate5m"),
)
_SLOW_RATE: Final = step(
    "The share of slow requests over the last five minutes is back below 0.01.",
    "最近五分钟慢请求比例回到 0.01 以下。",
    promql("service:redress_http_slow:ratio_rate5m"),
)
_DO_ERRORS: Final[tuple[Step, ...]] = (
    step(
        "`database_unavailable`: bring PostgreSQL back; the services connect again by themselves.",
        "`database_unavailable`：恢复 PostgreSQL；服务自动重连。",
    ),
    step(
        "`overloaded`: follow [RedressOverloaded](RedressOverloaded.md).",
        "`overloaded`：按 [RedressOverloaded](RedressOverloaded.md) 处理。",
    ),
    looks.ROLL_BACK,
)
_DO_SLOW: Final[tuple[Step, ...]] = (
    step(
        "Requests wait and the pool is full: a statement holds connections. End it when it is not a service's own.",
        "请求排队且连接池已满：有语句占用连接。若不是服务自身的语句，结束它。",
    ),
    looks.ADD_PROCESSES,
    looks.ROLL_BACK,
)

RUNBOOKS: Final = (
    Runbook(
        alert="RedressApiErrors",
        customer=_CLIENTS_SEE_ERRORS,
        look=(looks.ERRORS_BY_ROUTE, looks.FAILED_REQUESTS, looks.PROCESSES),
        do=_DO_ERRORS,
        over=(_ERROR_RATE, looks.DOCTOR),
    ),
    Runbook(
        alert="RedressApiErrorsSlowly",
        customer=_CLIENTS_SEE_ERRORS,
        look=(
            looks.ERRORS_BY_ROUTE,
            step(
                "Failed requests of the last day by route: few, and always the same one, point to its code.",
                "最近一天各路由的失败请求：若少量且总是同一路由，多为其代码问题。",
                promql('topk(10, sum by (service, route) (increase(redress_http_requests_total{code="5xx"}[1d])))'),
            ),
            looks.FAILED_REQUESTS,
        ),
        do=_DO_ERRORS,
        over=(_ERROR_RATE,),
    ),
    Runbook(
        alert="RedressApiSlow",
        customer=_CLIENTS_WAIT,
        look=(looks.SLOW_ROUTES, looks.WAITING_REQUESTS, looks.POOLS, looks.SESSIONS),
        do=_DO_SLOW,
        over=(_SLOW_RATE,),
    ),
    Runbook(
        alert="RedressApiSlowForLong",
        customer=_CLIENTS_WAIT,
        look=(looks.SLOW_ROUTES, looks.POOLS, looks.SESSIONS),
        do=_DO_SLOW,
        over=(_SLOW_RATE,),
    ),
    Runbook(
        alert="RedressProcessDown",
        customer=Text(
            en="Other processes of the service go on. With none left: an api's clients get no answer, a worker's clocks, messages and "
            "payments are late.",
            zh="该服务的其他进程继续工作。若全部停止：api 的客户端得不到应答，worker 的时限、消息与付款延迟。",
        ),
        look=(
            looks.PROCESSES,
            step(
                "The last words of the process: `service.failed` with the error, or the settings that were refused (exit code 78). One "
                "that was killed (SIGKILL, out of memory) has none; the journal of the machine or `kubectl describe pod` names it.",
                "进程最后的日志：`service.failed` 及错误，或被拒绝的配置（退出码 78）。被强制终止的进程（SIGKILL、内存不足）"
                "没有此类日志；见系统日志或 `kubectl describe pod`。",
                'redress logs "$SERVICE" --lines 20',
            ),
            step(
                "What runs on a development machine, and where.",
                "开发机上运行的部件及地址。",
                "redress status",
            ),
        ),
        do=(looks.RESTART,),
        over=(looks.PROCESSES, looks.DOCTOR),
    ),
    Runbook(
        alert="RedressServiceGone",
        customer=Text(
            en="As long as no process runs: requests to the service get no answer, or its clocks, messages and payments are late.",
            zh="在没有进程运行期间：发往该服务的请求得不到应答，或其时限、消息与付款延迟。",
        ),
        look=(looks.PROCESSES,),
        do=(
            step(
                "Compare with what the orchestrator runs (`kubectl get pods`, `docker compose ps`, `systemctl list-units 'redress@*'`). It runs "
                "processes of the service: discovery does not find them, because of their labels, names or network policy.",
                "与编排系统实际运行的进程比较（`kubectl get pods`、`docker compose ps`、`systemctl list-units 'redress@*'`）。"
                "若进程在运行：服务发现因标签、名称或网络策略未找到它们。",
            ),
            step(
                "It runs none: the deployment was scaled to 0 or removed; bring it back. What waits in outboxes and topics is handled then.",
                "若没有进程：部署被缩容为 0 或被删除；请恢复。发件箱与主题中等待的内容随后处理。",
            ),
            looks.RESTART,
        ),
        over=(looks.PROCESSES, looks.DOCTOR),
    ),
    Runbook(
        alert="RedressOverloaded",
        customer=Text(
            en="Some requests get 503 `overloaded` with `Retry-After`. An organisation that sends much is refused before one that sends little.",
            zh="部分请求得到 503 `overloaded` 及 `Retry-After`。请求多的组织先于请求少的组织被拒绝。",
        ),
        look=(
            step(
                "Refusals by reason, in requests per second.",
                "按原因的拒绝数（次/秒）。",
                promql("sum by (service, reason) (rate(redress_http_requests_refused_total[5m]))"),
            ),
            looks.WAITING_REQUESTS,
            looks.SLOW_ROUTES,
            looks.SESSIONS,
        ),
        do=(
            step(
                "Requests became slow before they were refused: PostgreSQL is the cause, follow [RedressApiSlow](RedressApiSlow.md).",
                "若拒绝前请求已变慢：原因在 PostgreSQL，按 [RedressApiSlow](RedressApiSlow.md) 处理。",
            ),
            looks.ADD_PROCESSES,
        ),
        over=(looks.WAITING_REQUESTS,),
    ),
    Runbook(
        alert="RedressPoolInUse",
        customer=Text(
            en="Requests wait for a connection; some seconds, then 503.", zh="请求等待连接；数秒后返回 503。"
        ),
        look=(looks.POOLS, looks.SESSIONS, looks.BLOCKERS),
        do=(
            step(
                "A session that is no service's own blocks the others: end it as in [RedressTransactionOld](RedressTransactionOld.md).",
                "若阻塞者不是服务自身的会话：按 [RedressTransactionOld](RedressTransactionOld.md) 结束它。",
            ),
            looks.ADD_PROCESSES,
        ),
        over=(looks.POOLS,),
    ),
    Runbook(
        alert="RedressDatabaseConnections",
        customer=Text(
            en="Nothing yet. With no connection left every service answers 503 `database_unavailable`.",
            zh="暂无影响。连接耗尽后所有服务返回 503 `database_unavailable`。",
        ),
        look=(
            step(
                "Who has the connections: `application_name` names the service and its role.",
                "连接由谁占用：`application_name` 为服务名。",
                sql(
                    "SELECT usename, application_name, state, count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "
                    "GROUP BY 1, 2, 3 ORDER BY 4 DESC"
                ),
            ),
            step("How many are accepted.", "连接上限。", sql("SHOW max_connections")),
        ),
        do=(
            step(
                "Fewer processes or a smaller `REDRESS_POOL_SIZE`, or a larger `max_connections`; each process has one connection beside "
                "its pool, each worker two.",
                "减少进程或 `REDRESS_POOL_SIZE`，或增大 `max_connections`；每个进程在连接池之外占一个连接，worker 占两个。",
            ),
        ),
        over=(
            step(
                "The share of connections that are taken.",
                "连接占用比例。",
                promql("max(redress_db_server_connections) / max(redress_db_server_connections_max)"),
            ),
        ),
    ),
    Runbook(
        alert="RedressTransactionOld",
        customer=Text(
            en="Steps of the cases whose rows it holds wait and then fail; the others go on.",
            zh="被其锁住的案件操作会等待后失败；其他案件不受影响。",
        ),
        look=(looks.SESSIONS, looks.BLOCKERS),
        do=(looks.END_A_SESSION,),
        over=(looks.BLOCKERS,),
    ),
    Runbook(
        alert="RedressDiskFull",
        customer=Text(
            en="Nothing yet. On a full disk files of evidence cannot be uploaded; steps without files go on.",
            zh="暂无影响。磁盘写满后无法上传证据文件；不带文件的操作不受影响。",
        ),
        look=(
            step(
                "Free bytes where each process spools request bodies.",
                "每个进程暂存请求体的磁盘剩余字节。",
                promql("redress_disk_free_bytes"),
            ),
            step("The same from the machine.", "从机器上查看。", "df -h"),
        ),
        do=(
            step(
                "Free or enlarge the disk; `REDRESS_MAX_UPLOAD_BYTES` times `REDRESS_MAX_UPLOADS` is what one process spools at most.",
                "清理或扩容；一个进程最多暂存 `REDRESS_MAX_UPLOAD_BYTES` × `REDRESS_MAX_UPLOADS`。",
            ),
        ),
        over=(
            step(
                "The free share is above 0.1 again.",
                "剩余比例回到 0.1 以上。",
                promql("redress_disk_free_bytes / redress_disk_size_bytes"),
            ),
        ),
    ),
    Runbook(
        alert="RedressCertificateEnds",
        customer=Text(
            en="Nothing until it ends. Then Kafka is not reached: cases are registered, and what follows by itself waits.",
            zh="到期前无影响。到期后无法连接 Kafka：案件仍可登记，后续自动处理等待。",
        ),
        look=(
            step(
                "The certificates of each service, by file, with their last day.",
                "各服务各证书文件及其到期日。",
                "redress doctor --json | jq -c 'select(.check == \"tls.certificate\")'",
            ),
        ),
        do=(
            step(
                "Replace the file of `REDRESS_KAFKA_CERTIFICATE_FILE` or `REDRESS_KAFKA_CA_FILE`, then restart the processes one by one.",
                "更换 `REDRESS_KAFKA_CERTIFICATE_FILE` 或 `REDRESS_KAFKA_CA_FILE` 的文件，再逐个重启进程。",
            ),
            looks.RESTART,
        ),
        over=(looks.DOCTOR,),
    ),
    Runbook(
        alert="RedressLoopLate",
        customer=Text(en="Everything that this process does is slow.", zh="该进程的一切都变慢。"),
        look=(
            step(
                "Processor time of each process in seconds per second; 1 is a whole core, which is the most that one process uses.",
                "每个进程的处理器时间（秒/秒）；1 为一个核，即单进程上限。",
                promql('rate(process_cpu_seconds_total{job="redress"}[5m])'),
            ),
            looks.SLOW_ROUTES,
            step(
                "Requests that took more than two seconds.",
                "耗时超过两秒的请求。",
                log('.event == "http.answered" and .duration_ms > 2000', "method route status duration_ms"),
            ),
        ),
        do=(
            step(
                "Give the process more processor time where its limit is below one core.",
                "若限额低于一个核，为该进程分配更多处理器。",
            ),
            looks.ADD_PROCESSES,
        ),
        over=(
            step(
                "The 99th percentile of the lag is below 0.5 s.",
                "延迟 99 分位低于 0.5 秒。",
                promql(
                    "histogram_quantile(0.99, sum by (service, instance, le) (rate(redress_event_loop_lag_seconds_bucket[5m])))"
                ),
            ),
        ),
    ),
)
