"""Publication and consumption."""

from typing import Final

from operate.dashboards.panel import Board, Panel, Query, Row, line, quantiles
from shared.kernel.text import Text

KAFKA: Final = Board(
    uid="redress-kafka",
    title=Text(en="Redress: Kafka and outbox", zh="Redress Kafka 与发件箱"),
    rows=(
        Row(
            title=Text(en="Outbox", zh="发件箱"),
            panels=(
                Panel(
                    title=Text(en="Events waiting", zh="待发布事件"),
                    means=Text(en="Committed and not published.", zh="已提交未发布。"),
                    queries=line("max by (service) (redress_outbox_pending)"),
                ),
                Panel(
                    title=Text(en="Age of the oldest unpublished event", zh="最早未发布事件时长"),
                    means=Text(en="By service.", zh="按服务。"),
                    queries=line("max by (service) (redress_outbox_oldest_age_seconds)"),
                    unit="s",
                    warn=10,
                    bad=60,
                ),
                Panel(
                    title=Text(en="Time from append to publication", zh="写入到发布的时间"),
                    means=Text(en="Points lead to traces.", zh="点可进入链路。"),
                    queries=quantiles("redress_outbox_lag_seconds"),
                    unit="s",
                    warn=0.25,
                    bad=1.0,
                ),
                Panel(
                    title=Text(en="Events published", zh="发布的事件"),
                    means=Text(en="By topic.", zh="按主题。"),
                    queries=line(
                        "sum by (topic) (rate(redress_outbox_published_total[$__rate_interval]))", "{{topic}}"
                    ),
                    unit="ops",
                ),
                Panel(
                    title=Text(en="Time of a batch", zh="每批耗时"),
                    means=Text(en="Publishing and archiving.", zh="发布与归档。"),
                    queries=quantiles("redress_outbox_publish_duration_seconds"),
                    unit="s",
                ),
                Panel(
                    title=Text(en="Publications of unknown outcome", zh="结果未知的发布"),
                    means=Text(en="Published again; consumers skip repetitions.", zh="会再次发布；消费者会跳过重复。"),
                    queries=(
                        Query(
                            expr="sum by (service) (increase(redress_outbox_duplicates_possible_total[$__rate_interval]))",
                            legend="{{service}}",
                        ),
                        Query(
                            expr="sum by (service) (increase(redress_kafka_producers_started_total[$__rate_interval]))",
                            legend="{{service}} producers started",
                        ),
                    ),
                ),
            ),
        ),
        Row(
            title=Text(en="Consumers", zh="消费者"),
            panels=(
                Panel(
                    title=Text(en="How far consumers are behind", zh="消费滞后"),
                    means=Text(en="By group and topic.", zh="按消费组与主题。"),
                    queries=line("max by (group, topic) (redress_consumer_lag_seconds)", "{{group}} {{topic}}"),
                    unit="s",
                    warn=10,
                    bad=60,
                ),
                Panel(
                    title=Text(en="Records behind", zh="未消费记录"),
                    means=Text(en="By group and topic.", zh="按消费组与主题。"),
                    queries=line("sum by (group, topic) (redress_consumer_lag_records)", "{{group}} {{topic}}"),
                ),
                Panel(
                    title=Text(en="Since consumers last polled", zh="距上次拉取"),
                    means=Text(en="By group.", zh="按消费组。"),
                    queries=line(
                        "time() - max by (group) (redress_consumer_last_progress_timestamp_seconds > 0)", "{{group}}"
                    ),
                    unit="s",
                    warn=10,
                    bad=60,
                ),
                Panel(
                    title=Text(en="Events handled, repeated, stale", zh="处理、重复与过期事件"),
                    means=Text(en="Repeated and stale ones are skipped.", zh="重复与过期的会被跳过。"),
                    queries=(
                        Query(
                            expr="sum by (service) (rate(redress_inbox_handled_total[$__rate_interval]))",
                            legend="{{service}} handled",
                        ),
                        Query(
                            expr="sum by (service) (rate(redress_inbox_duplicates_total[$__rate_interval]))",
                            legend="{{service}} repeated",
                        ),
                        Query(
                            expr="sum by (service) (rate(redress_inbox_stale_total[$__rate_interval]))",
                            legend="{{service}} stale",
                        ),
                    ),
                    unit="ops",
                ),
                Panel(
                    title=Text(en="Events that waited for their cause", zh="等待前因的事件"),
                    means=Text(en="By result.", zh="按结果。"),
                    queries=line(
                        "sum by (service, result) (increase(redress_consumer_cause_waits_total[$__rate_interval]))",
                        "{{service}} {{result}}",
                    ),
                ),
                Panel(
                    title=Text(en="Parked keys and dead letters", zh="搁置的键与死信"),
                    means=Text(en="Each stops one case.", zh="每个使一个案件停住。"),
                    queries=(
                        Query(expr="max by (service) (redress_parked_keys)", legend="{{service}} parked"),
                        Query(expr="max by (service) (redress_dead_letters)", legend="{{service}} dead letters"),
                        Query(
                            expr="max by (service) (redress_parked_key_oldest_age_seconds) / 60",
                            legend="{{service}} minutes parked",
                        ),
                    ),
                    warn=1,
                    bad=10,
                ),
                Panel(
                    title=Text(en="Days until certificates end", zh="证书剩余天数"),
                    means=Text(en="Of files that are configured for Kafka.", zh="Kafka 配置的证书文件。"),
                    queries=line(
                        "(min by (service, certificate) (redress_certificate_expiry_timestamp_seconds) - time()) / 86400",
                        "{{service}} {{certificate}}",
                    ),
                    unit="d",
                    kind="stat",
                    warn=30,
                    bad=14,
                    low_is_bad=True,
                ),
            ),
        ),
    ),
)
