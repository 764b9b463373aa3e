"""A courier in processes that are killed: `python -m … <dsn> email <port of the mail server>`, or `… <dsn> webhook`."""

import sys
from collections.abc import Awaitable, Callable
from typing import Final

from services.notify.channels import email, webhook
from services.notify.channels.client.mail import Mailer, MailServer
from services.notify.channels.client.webhook import WebhookCaller
from services.notify.channels.rules.parcel import Sender
from services.notify.delivery.jobs import Courier
from services.notify.migrations.schema import KERNEL
from shared.kernel.clock import SystemClock
from shared.platform.auth.link_tokens import LinkKeys
from shared.platform.db.engine import connect
from shared.platform.db.transaction import reading
from shared.platform.sealing import Sealer
from tests.support.killed import APPLICATION, Death, obey

STEPS: Final = {
    "Courier._gather": "gather",
    "Courier._claim": "claim",
    "Courier._record": "record",
    "Courier.finish": "wait",
    "Mailer._connect": "connect",
    "BaseEventLoop.create_connection": "connect",
    "SMTP.mail": "mail",
    "SMTP.rcpt": "rcpt",
    "SMTP.data": "data",
    "WebhookCaller.post": "post",
}


def sender(channel: str, *, port: int) -> Sender:
    """A sender of mails, or of webhooks signed with the key of these tests."""
    if channel == "email":
        server = MailServer.parse(f"smtp://127.0.0.1:{port}", helo_name="localhost")
        return email.mail_sender(Mailer(server, connections=1), at_once=4, keys=LinkKeys([b"l" * 32]))
    caller = WebhookCaller(allow_loopback=True, timeout_seconds=5)
    return webhook.webhook_sender(caller, sealer=Sealer([b"k" * 32]), at_once=4, clock=SystemClock())


def delivering(dsn: str, channel: str, *, port: int) -> Callable[[Death, int], Awaitable[None]]:
    """Send what is due over database connections that stand before the first await that counts."""

    async def deliver(death: Death, number: int) -> None:
        db = connect(dsn, kernel=KERNEL, pool_size=2, application_name=APPLICATION)
        async with reading(db) as tx:
            await tx.rows("SELECT 1", ())
        courier = Courier(channel, sender=sender(channel, port=port), clock=SystemClock())
        death.comes_at(number)
        await courier.run(db)
        await courier.finish(db, seconds=5)

    return deliver


if __name__ == "__main__":
    obey(delivering(sys.argv[1], sys.argv[2], port=int((*sys.argv, "0")[3])), steps=STEPS)
