"""Alerts of publication and consumption: outbox, consumers, parked keys, dead letters, jobs, samples."""

from typing import Final

from operate.alerts.alert import Alert, Proof
from shared.kernel.text import Text

_OF: Final = 'job="redress",service="sla"'
_SERVICE: Final = {"service": "sla"}

ALERTS: Final = (
    Alert(
        name="RedressOutboxOld",
        severity="page",
        expr="max by (service) (redress_outbox_oldest_age_seconds) > 60",
        for_="2m",
        summary=Text(
            en="{{ $labels.service }}: events wait {{ $value | humanizeDuration }} to be published",
            zh="{{ $labels.service }}：事件已等待 {{ $value | humanizeDuration }} 未发布",
        ),
        means=Text(
            en="Requests are answered, but other services hear nothing: clocks do not start, customers are not told.",
            zh="请求仍被受理，但其他服务收不到事件：时钟不启动，客户得不到通知。",
        ),
        panel=("redress-kafka", "Age of the oldest unpublished event"),
        proof=Proof(
            series={f"redress_outbox_oldest_age_seconds{{{_OF}}}": "0x4 30 90 150 210 270 0x5"},
            quiet_at="6m",
            fires_at="8m",
            ended_at="10m",
            labels=_SERVICE,
        ),
    ),
    Alert(
        name="RedressConsumerBehind",
        severity="page",
        expr="max by (service, group, topic) (redress_consumer_lag_seconds) > 60 "
        "and sum by (service, group, topic) (redress_consumer_lag_records) > 0",
        for_="2m",
        summary=Text(
            en="{{ $labels.group }} is {{ $value | humanizeDuration }} behind on {{ $labels.topic }}",
            zh="{{ $labels.group }} 在 {{ $labels.topic }} 上落后 {{ $value | humanizeDuration }}",
        ),
        means=Text(
            en="The service acts late on what happened elsewhere. Records wait, and are handled too slowly or not at all.",
            zh="该服务对其他服务发生的事情反应滞后：记录在等待，处理过慢或停止。",
        ),
        panel=("redress-kafka", "How far consumers are behind"),
        proof=Proof(
            series={
                f'redress_consumer_lag_seconds{{{_OF},group="sla.cases",topic="redress.intake.v1"}}': "0x4 30 90 150 210 270 0x5",
                f'redress_consumer_lag_records{{{_OF},group="sla.cases",topic="redress.intake.v1"}}': "0x4 5 5 5 5 5 0x5",
            },
            quiet_at="6m",
            fires_at="8m",
            ended_at="10m",
            labels={**_SERVICE, "group": "sla.cases", "topic": "redress.intake.v1"},
        ),
    ),
    Alert(
        name="RedressDeadLetters",
        severity="ticket",
        expr="max by (service) (redress_dead_letters) > 0",
        for_="1m",
        summary=Text(
            en="{{ $labels.service }}: {{ $value }} events could not be handled",
            zh="{{ $labels.service }}：{{ $value }} 个事件无法处理",
        ),
        means=Text(
            en="Each stops one case at this service until it is replayed or discarded. Other cases go on.",
            zh="每个死信使一个案件在该服务停住，直至重放或丢弃；其他案件不受影响。",
        ),
        panel=("redress-kafka", "Parked keys and dead letters"),
        proof=Proof(
            series={f"redress_dead_letters{{{_OF}}}": "0x4 1x5 0x5"},
            quiet_at="4m",
            fires_at="7m",
            ended_at="12m",
            labels=_SERVICE,
        ),
    ),
    Alert(
        name="RedressKeyParked",
        severity="ticket",
        expr="max by (service) (redress_parked_key_oldest_age_seconds) > 600",
        for_="1m",
        summary=Text(
            en="{{ $labels.service }}: a case has been parked for {{ $value | humanizeDuration }}",
            zh="{{ $labels.service }}：有案件已搁置 {{ $value | humanizeDuration }}",
        ),
        means=Text(
            en="Its events wait behind one that fails or whose cause has not come. After ten minutes waiting alone does not mend it.",
            zh="该案件的事件排在一个失败（或前因未到）的事件之后；超过十分钟不会自行恢复。",
        ),
        panel=("redress-kafka", "Parked keys and dead letters"),
        proof=Proof(
            series={f"redress_parked_key_oldest_age_seconds{{{_OF}}}": "0x4 60+60x14 0x5"},
            quiet_at="14m",
            fires_at="18m",
            ended_at="21m",
            labels=_SERVICE,
        ),
    ),
    Alert(
        name="RedressJobFailing",
        severity="ticket",
        expr="sum by (service, job_name) (increase(redress_job_failures_total[10m])) > 5",
        for_="5m",
        summary=Text(
            en="{{ $labels.service }}: job {{ $labels.job_name }} fails again and again",
            zh="{{ $labels.service }}：任务 {{ $labels.job_name }} 反复失败",
        ),
        means=Text(
            en="The job is started again after each error and does not get through its work.",
            zh="该任务每次出错后重启，工作未能完成。",
        ),
        panel=("redress-sla", "Failures of jobs"),
        proof=Proof(
            series={f'redress_job_failures_total{{{_OF},job_name="alarms"}}': "0x9 2+2x14 30x20"},
            quiet_at="10m",
            fires_at="20m",
            ended_at="40m",
            labels={**_SERVICE, "job_name": "alarms"},
        ),
    ),
    Alert(
        name="RedressNotSampled",
        severity="ticket",
        expr='(count by (service) (up{job="redress"} == 1) unless on (service) count by (service) (redress_outbox_pending)) '
        "or sum by (service) (increase(redress_sample_failures_total[30m])) > 3",
        for_="5m",
        summary=Text(
            en="{{ $labels.service }}: the database is not measured", zh="{{ $labels.service }}：未采集数据库指标"
        ),
        means=Text(
            en="No worker of the service leads, or its samples take too long. Queues and business figures are missing.",
            zh="该服务没有 worker 取得采集权，或采样超时；队列与业务指标缺失。",
        ),
        panel=("redress-postgresql", "Time of samples"),
        proof=Proof(
            series={
                f"up{{{_OF}}}": "1x40",
                f"redress_outbox_pending{{{_OF}}}": "0x4 _x15 0x15",
            },
            quiet_at="4m",
            fires_at="17m",
            ended_at="24m",
            labels=_SERVICE,
        ),
    ),
)
