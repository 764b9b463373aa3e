"""Refusals about webhook endpoints."""

from shared.kernel.errors import Conflict, Invalid, NotFound
from shared.kernel.text import Text


class WebhookNotFound(NotFound):
    """No such webhook endpoint in this organisation."""

    code = "webhook_not_found"
    title = Text(en="Webhook endpoint not found", zh="未找到 Webhook 端点")


class WebhookUrlRefused(Invalid):
    """The address is not one we may call: scheme, port, credentials in it, or an internal host."""

    code = "webhook_url_refused"
    title = Text(en="Webhook address not allowed", zh="该地址不允许作为 Webhook 地址")


class WebhookSecretInvalid(Invalid):
    """A secret of the caller's own must be `whsec_` and base64 of 24 to 64 bytes."""

    code = "webhook_secret_invalid"
    title = Text(en="Invalid Standard Webhooks secret", zh="密钥格式不符合要求")


class WebhookLimitReached(Conflict):
    """The organisation already has as many endpoints as it may have."""

    code = "webhook_limit_reached"
    title = Text(en="Webhook endpoint limit reached", zh="Webhook 端点数量已达上限")
