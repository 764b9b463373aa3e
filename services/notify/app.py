"""HTTP composition root of notify."""

from typing import Final

from fastapi import FastAPI

from services.notify.consumers import HANDLERS
from services.notify.delivery.store import pending
from services.notify.inbox import routes as inbox
from services.notify.messages import routes as messages
from services.notify.settings import NotifySettings
from services.notify.webhooks import routes as webhooks
from shared.kernel.errors import Title
from shared.platform.auth.verifier import Verifier
from shared.platform.db.engine import Database
from shared.platform.http import app
from shared.platform.worker import Progress

TITLES: Final = {
    "message_not_found": Title("There is no such message", "没有该消息"),
    "webhook_not_found": Title("There is no such webhook endpoint", "没有该 Webhook 端点"),
    "webhook_url_refused": Title("This address may not be called", "该地址不允许作为 Webhook 地址"),
    "webhook_secret_invalid": Title("The secret is not a Standard Webhooks secret", "密钥格式不符合要求"),
    "webhook_limit_reached": Title("There are as many endpoints as there may be", "Webhook 端点数量已达上限"),
    "handler_required": Title("Another role or person delivers this message", "该消息由其他角色或人员负责送达"),
    "illegal_message_transition": Title("The message's state does not allow this", "消息当前状态不允许此操作"),
}


def create_app(
    settings: NotifySettings, db: Database, progress: Progress, *, verifier: Verifier | None = None
) -> FastAPI:
    """The application."""
    made = app.create_app(
        service="notify",
        settings=settings,
        db=db,
        routers=(messages.router, inbox.router, webhooks.router),
        progress=progress,
        verifier=verifier,
        pending=pending,
        subscribes=HANDLERS,
        titles=TITLES,
    )
    made.state.loopback_webhooks_allowed = settings.loopback_webhooks_allowed
    return made
