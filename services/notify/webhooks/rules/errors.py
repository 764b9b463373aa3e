"""Refusals about webhook endpoints."""

from shared.kernel.errors import Conflict, Invalid, NotFound, Rejected
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


class WebhookDisabled(Conflict):
    """The endpoint takes nothing until it is rotated; `fields.reason` says why. 409."""

    code = "webhook_disabled"
    title = Text(
        en="Webhook endpoint disabled; rotate its secret to enable it", zh="Webhook 端点已停用，轮换密钥后可恢复"
    )


class DeliveryNotFound(NotFound):
    """The endpoint has no such delivery of an event; those of a purged case are erased. 404."""

    code = "delivery_not_found"
    title = Text(en="Delivery not found", zh="未找到该次投递")


class DeliveryNotRedeliverable(Conflict):
    """The delivery has not ended yet; `fields.reason`. 409."""

    code = "delivery_not_redeliverable"
    title = Text(en="Delivery cannot be made again", zh="该次投递不能重新发送")


class RedeliveryTooLarge(Rejected):
    """The range holds more deliveries than one request may make again; `fields.most`. 422, none is made."""

    code = "redelivery_too_large"
    title = Text(en="Too many deliveries in the range; narrow it", zh="范围内的投递过多，请缩小范围")


class WebhookAlreadyRegistered(Conflict):
    """The organisation has an endpoint at this address, written in this way or another; `fields.webhook_id`. 409."""

    code = "webhook_already_registered"
    title = Text(en="This address is registered already", zh="该地址已登记为 Webhook 端点")


class WebhookLimitReached(Conflict):
    """The organisation already has as many endpoints as it may have."""

    code = "webhook_limit_reached"
    title = Text(en="Webhook endpoint limit reached", zh="Webhook 端点数量已达上限")
