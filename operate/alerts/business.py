"""Alerts of what customers and the company feel: timers, breaches, payouts, the ledger, messages."""

from typing import Final

from operate.alerts.alert import Alert, Proof
from shared.kernel.text import Text

_SLA: Final = 'job="redress",service="sla"'
_SETTLEMENT: Final = 'job="redress",service="settlement"'
_NOTIFY: Final = 'job="redress",service="notify"'

ALERTS: Final = (
    Alert(
        name="RedressTimersLate",
        severity="page",
        expr="max by (service) (redress_sla_timer_overdue_seconds) > 10",
        for_="1m",
        summary=Text(
            en="Timers fire {{ $value | humanizeDuration }} late", zh="定时器触发延迟 {{ $value | humanizeDuration }}"
        ),
        means=Text(
            en="Warnings and breaches are told late. Due instants are right: a late timer changes no outcome.",
            zh="预警与超期通知延迟。到期时刻仍正确：延迟触发不改变结果。",
        ),
        panel=("redress-sla", "How late timers fire"),
        proof=Proof(
            series={f"redress_sla_timer_overdue_seconds{{{_SLA}}}": "0x4 30 60 90 120 0x5"},
            quiet_at="5m",
            fires_at="7m",
            ended_at="9m",
            labels={"service": "sla"},
        ),
    ),
    Alert(
        name="RedressWarningsOvertaken",
        severity="ticket",
        expr="sum(increase(redress_sla_warnings_overtaken_total[1h])) > 0",
        for_="1m",
        summary=Text(
            en="{{ $value | humanize }} warnings were due and never told within an hour",
            zh="一小时内有 {{ $value | humanize }} 个到期预警未发出",
        ),
        means=Text(
            en="A clock ended or got another goal before a warning that was due had been told: the worker was late.",
            zh="预警已到期但在发出前，时限已结束或目标已变更：worker 延迟。",
        ),
        panel=("redress-sla", "Warnings overtaken"),
        proof=Proof(
            series={f"redress_sla_warnings_overtaken_total{{{_SLA}}}": "0x4 2x70"},
            quiet_at="4m",
            fires_at="7m",
            ended_at="70m",
        ),
    ),
    Alert(
        name="RedressBreachesRising",
        severity="ticket",
        expr='sum(increase(redress_sla_breaches_total{severity="breach"}[1h])) > 5 and '
        'sum(increase(redress_sla_breaches_total{severity="breach"}[1h])) > '
        '3 * sum(increase(redress_sla_breaches_total{severity="breach"}[1d])) / 24',
        for_="10m",
        summary=Text(
            en="{{ $value | humanize }} due instants were missed within an hour",
            zh="一小时内有 {{ $value | humanize }} 个时限超期",
        ),
        means=Text(
            en="More than five, and more than three times the mean hour of the last day.",
            zh="超过五个，且超过最近一天每小时平均值的三倍。",
        ),
        panel=("redress-complaints", "Missed due instants"),
        proof=Proof(
            series={f'redress_sla_breaches_total{{{_SLA},severity="breach"}}': "0x1440 1+1x29 30x120"},
            quiet_at="1440m",
            fires_at="1465m",
            ended_at="1575m",
        ),
    ),
    Alert(
        name="RedressPayoutInDoubt",
        severity="page",
        expr="max by (service) (redress_settlement_payout_in_doubt_age_seconds) > 900",
        for_="1m",
        summary=Text(
            en="It is unknown whether a payout was made {{ $value | humanizeDuration }} ago",
            zh="有一笔付款 {{ $value | humanizeDuration }} 前发出，结果未知",
        ),
        means=Text(
            en="The ERP was asked to pay and has not said plainly whether it did. Nothing is sent again before it has.",
            zh="已请求 ERP 付款，但未得到明确结果；在明确之前不会再次发送。",
        ),
        panel=("redress-settlement", "Age of the oldest payout in doubt"),
        proof=Proof(
            series={f"redress_settlement_payout_in_doubt_age_seconds{{{_SETTLEMENT}}}": "0x4 60+60x19 0x5"},
            quiet_at="19m",
            fires_at="22m",
            ended_at="26m",
            labels={"service": "settlement"},
        ),
    ),
    Alert(
        name="RedressErpSilent",
        severity="ticket",
        expr='sum(increase(redress_settlement_payout_answers_total{outcome="no_answer"}[10m])) > 3 and '
        'sum(increase(redress_settlement_payout_answers_total{outcome="no_answer"}[10m])) > '
        "0.5 * sum(increase(redress_settlement_payout_answers_total[10m]))",
        for_="5m",
        summary=Text(en="ERPs do not answer", zh="ERP 无应答"),
        means=Text(
            en="More than half of the calls of the last ten minutes had no answer. Payouts wait; none is lost or doubled.",
            zh="最近十分钟超过一半的调用无应答。付款在等待；不会丢失或重复。",
        ),
        panel=("redress-settlement", "Answers of ERPs"),
        proof=Proof(
            series={
                f'redress_settlement_payout_answers_total{{{_SETTLEMENT},outcome="no_answer"}}': "0x9 1+1x14 15x20"
            },
            quiet_at="10m",
            fires_at="20m",
            ended_at="40m",
        ),
    ),
    Alert(
        name="RedressLedgerUnbalanced",
        severity="page",
        expr="max by (service) (redress_settlement_ledger_unbalanced_currencies) > 0",
        for_="0m",
        summary=Text(
            en="The ledger does not balance in {{ $value }} currencies", zh="总账有 {{ $value }} 个币种不平衡"
        ),
        means=Text(
            en="Postings do not add up to zero. The program books balanced entries only: rows were changed by hand, or it is a fault.",
            zh="分录合计不为零。程序只记平衡的分录：有人手工改动了数据，或程序有缺陷。",
        ),
        panel=("redress-settlement", "Currencies that do not balance"),
        proof=Proof(
            series={f"redress_settlement_ledger_unbalanced_currencies{{{_SETTLEMENT}}}": "0x4 1x4 0x5"},
            quiet_at="4m",
            fires_at="5m",
            ended_at="10m",
            labels={"service": "settlement"},
        ),
    ),
    Alert(
        name="RedressMessagesFailing",
        severity="ticket",
        expr='sum by (channel) (increase(redress_notify_messages_total{result!="delivered"}[15m])) > 5 and '
        'sum by (channel) (increase(redress_notify_messages_total{result!="delivered"}[15m])) > '
        "0.2 * sum by (channel) (increase(redress_notify_messages_total[15m]))",
        for_="5m",
        summary=Text(
            en="{{ $labels.channel }}: more than a fifth of the messages fail",
            zh="{{ $labels.channel }}：超过五分之一的消息发送失败",
        ),
        means=Text(
            en="The provider refuses or does not answer. Temporary failures are repeated, permanent ones become tasks for people.",
            zh="服务商拒绝或无应答。临时失败会重试，永久失败转为人工任务。",
        ),
        panel=("redress-notify", "Attempts by channel and result"),
        proof=Proof(
            series={
                f'redress_notify_messages_total{{{_NOTIFY},channel="email",result="delivered"}}': "0+2x60",
                f'redress_notify_messages_total{{{_NOTIFY},channel="email",result="temporary"}}': "0x9 2+2x14 30x30",
            },
            quiet_at="10m",
            fires_at="20m",
            ended_at="50m",
            labels={"channel": "email"},
        ),
    ),
    Alert(
        name="RedressMessagesLate",
        severity="page",
        expr="max by (channel) (redress_notify_message_overdue_seconds) > 300",
        for_="2m",
        summary=Text(
            en="{{ $labels.channel }}: messages are {{ $value | humanizeDuration }} late",
            zh="{{ $labels.channel }}：消息延迟 {{ $value | humanizeDuration }}",
        ),
        means=Text(
            en="Messages are due and are not handed over: the sender of the channel does not run or is stuck.",
            zh="消息已到期但未交付：该渠道的发送程序未运行或卡住。",
        ),
        panel=("redress-notify", "How late messages are"),
        proof=Proof(
            series={f'redress_notify_message_overdue_seconds{{{_NOTIFY},channel="email"}}': "0x4 60+60x9 0x5"},
            quiet_at="10m",
            fires_at="13m",
            ended_at="16m",
            labels={"channel": "email"},
        ),
    ),
)
