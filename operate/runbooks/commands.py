"""The kinds of commands that runbooks have: a query to Prometheus, SQL, log lines, a call of an API."""

from typing import Final

_BEARER: Final = '-H "Authorization: Bearer $TOKEN"'
LOG_LINES: Final = 5000


def promql(expr: str) -> str:
    """The value of a query now."""
    return f"promtool query instant \"$PROMETHEUS\" '{expr}'"


def sql(statement: str) -> str:
    """Rows of PostgreSQL; `statement` is in double quotes, so that it may name variables of the shell."""
    return f'psql "$POSTGRES" -X -v ON_ERROR_STOP=1 -c "{statement}"'


def log(where: str, fields: str, *, of: str = '"$SERVICE"') -> str:
    """Those of the last log lines of a service for which the jq condition `where` holds, with these fields."""
    shown = ", ".join(f".{field}" for field in ("timestamp", *fields.split()))
    return f"redress logs {of} --lines {LOG_LINES} | jq -c 'select({where}) | [{shown}]'"


def event(names: str, fields: str, *, of: str = '"$SERVICE"') -> str:
    """The log lines of these events, names separated by spaces."""
    return log(" or ".join(f'.event == "{name}"' for name in names.split()), fields, of=of)


def get(service: str, path: str, shown: str) -> str:
    """What an API answers; `shown` is a jq filter."""
    return f"curl -fsS {_BEARER} \"${service.upper()}{path}\" | jq -c '{shown}'"


def post(service: str, path: str, *, body: str, key: str) -> str:
    """A call that changes something, under an idempotency key; `body` is JSON in double quotes of the shell."""
    escaped = body.replace('"', '\\"')
    return f'curl -fsS {_BEARER} -H "Idempotency-Key: {key}" --json "{escaped}" "${service.upper()}{path}"'


def firing(alert: str) -> str:
    """The series for which an alert fires or is pending."""
    wanted = f'.data.alerts[] | select(.labels.alertname == "{alert}") | [.state, .activeAt, .labels]'
    return f"curl -fsS \"$PROMETHEUS/api/v1/alerts\" | jq -c '{wanted}'"
