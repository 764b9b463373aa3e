"""The variables of the shell in the commands of runbooks."""

from dataclasses import dataclass
from typing import Final

from shared.kernel.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A name that stands for what differs from place to place or from alert to alert."""

    name: str
    means: Text


def _variable(name: str, en: str, zh: str) -> Variable:
    return Variable(name=name, means=Text(en=en, zh=zh))


PLACES: Final = (
    _variable(
        "PROMETHEUS",
        "address of Prometheus: `http://127.0.0.1:9090` with Compose and [beside `make up`](../operating.md#prometheus-beside-make-up)",
        "Prometheus 地址：`http://127.0.0.1:9090`（Compose 与 [`make up` 旁](../operating.md#prometheus-beside-make-up)）",
    ),
    *(
        _variable(
            name.upper(),
            f"address of the API of {name}; `redress status --url {name}` prints it on a development machine",
            f"{name} 接口地址；开发机上用 `redress status --url {name}` 显示",
        )
        for name in ("sla", "settlement", "notify")
    ),
    _variable(
        "POSTGRES",
        "an administrator's URL of the database; the services' own roles see one schema each. `redress status --url administrator` prints "
        "it on a development machine",
        "数据库管理员 URL；各服务自身的角色只能看到各自的模式。开发机上用 `redress status --url administrator` 显示",
    ),
    _variable(
        "TOKEN",
        "a bearer token of the organisation with the scopes `admin settlement:read sla:read messages:read messages:write`; on a development "
        'machine `make -s token ORG=$ORG SCOPE="admin settlement:read sla:read messages:read messages:write"` prints one',
        "该组织的令牌，含权限 `admin settlement:read sla:read messages:read messages:write`；开发机上用 "
        '`make -s token ORG=$ORG SCOPE="admin settlement:read sla:read messages:read messages:write"` 生成',
    ),
)
OF_THE_CASE: Final = (
    _variable("SERVICE", "the label `service` of the alert: `sla`", "告警标签 `service`：`sla`"),
    _variable("ORG", "an organisation's id, as a list or a row shows it", "组织 id，见列表或查询结果"),
    _variable(
        "KEY",
        "the key of a parked case, as `redress dead-letter list` shows it",
        "搁置案件的键，见 `redress dead-letter list`",
    ),
    _variable("LETTER", "the id of a dead letter, from the same list", "死信 id，见同一列表"),
    _variable("PAYOUT", "the id of a payout, from `GET /v1/payouts`", "付款 id，见 `GET /v1/payouts`"),
    _variable("MESSAGE", "the id of a message, from `GET /v1/messages`", "消息 id，见 `GET /v1/messages`"),
    _variable("REFERENCE", "the ERP's number of a payment", "ERP 的付款编号"),
    _variable(
        "PID",
        "the process id of a session of PostgreSQL, from the list above it",
        "PostgreSQL 会话进程号，见上一步列表",
    ),
)
VARIABLES: Final = (*PLACES, *OF_THE_CASE)
