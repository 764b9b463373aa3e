"""Refusals of notify's own rules."""

from shared.kernel.errors import Conflict, Invalid, NotFound


class WebhookNotFound(NotFound):
    """No such webhook endpoint in this organisation."""

    code = "webhook_not_found"


class WebhookUrlRefused(Invalid):
    """The address is not one we may call: scheme, port, credentials in it, or an internal host."""

    code = "webhook_url_refused"


class WebhookSecretInvalid(Invalid):
    """A secret of the caller's own must be `whsec_` and base64 of 24 to 64 bytes."""

    code = "webhook_secret_invalid"


class WebhookLimitReached(Conflict):
    """The organisation already has as many endpoints as it may have."""

    code = "webhook_limit_reached"
