"""A session whose HTTP requests are answered by a function."""

from collections.abc import Callable, Coroutine
from zoneinfo import ZoneInfo

import httpx2

from operate.scenarios.session import SERVICES, Session, Stack

Handler = Callable[[httpx2.Request], Coroutine[None, None, httpx2.Response]]


async def all_read() -> None:
    """There is no Kafka."""


def session_with(handler: Handler) -> Session:
    """Organisation `ours`; a token says who it is of: `ann`."""
    stack = Stack(
        services={name: f"http://{name}" for name in SERVICES},
        mail_sink="http://mail",
        webhook_sink="http://webhook",
        erp="http://erp",
        issue_token=lambda request: request.subject,
        all_read=all_read,
    )
    client = httpx2.AsyncClient(transport=httpx2.MockTransport(handler))
    return Session(stack, client, organisation="ours", zone=ZoneInfo("Asia/Shanghai"))
