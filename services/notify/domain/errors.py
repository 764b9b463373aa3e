"""Refusals of notify's own rules."""

from shared.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class MessageNotFound(NotFound):
    """No such message in this organisation."""

    code = "message_not_found"


class HandlerRequired(Forbidden):
    """Only who is to deliver a message by hand says what became of it; `fields.handled_by` names the role or person."""

    code = "handler_required"


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


class IllegalMessageTransition(Conflict):
    """A message is asked for a change that its state does not allow."""

    code = "illegal_message_transition"

    def __init__(self, *, state: str, action: str) -> None:
        super().__init__(detail=f"{action} from {state}", fields={"state": state, "action": action})
