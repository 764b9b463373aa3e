"""Message composition root of notify: consumers, relay and senders, ended in order."""

import asyncio
from typing import Final

from services.notify.channels import email, webhook
from services.notify.channels.client.mail import Mailer, MailServer
from services.notify.channels.client.webhook import WebhookCaller
from services.notify.consumers import HANDLERS
from services.notify.delivery.jobs import Courier
from services.notify.inbox.jobs import begin
from services.notify.messages.rules import Channel
from services.notify.settings import NotifySettings
from shared.platform.db.engine import Database
from shared.platform.kafka.aio import AioBroker
from shared.platform.worker import Job, Progress, run_worker

FINISH_SECONDS: Final = 5.0


async def run(settings: NotifySettings, db: Database, stop: asyncio.Event, progress: Progress) -> None:
    """Run until `stop`; what is in the senders' hands is then finished and recorded."""
    server = MailServer.parse(settings.smtp_url, helo_name=settings.smtp_helo_name)
    mailer = Mailer(server, connections=settings.smtp_connections)
    caller = WebhookCaller(allow_loopback=settings.loopback_webhooks_allowed)
    couriers = (
        Courier(Channel.EMAIL, send=email.sender(mailer), limit=settings.mails_at_once),
        Courier(Channel.WEBHOOK, send=webhook.sender(caller), limit=settings.webhooks_at_once),
    )
    try:
        await run_worker(
            service="notify",
            db=db,
            broker=AioBroker(settings.kafka, tuning=settings.kafka_tuning()),
            handlers=HANDLERS,
            jobs=(*(courier.job() for courier in couriers), Job(name="notify.hours", run=begin)),
            stop=stop,
            progress=progress,
        )
        for courier in couriers:
            await courier.finish(db, seconds=FINISH_SECONDS)
    finally:
        await mailer.close()
        await caller.close()
