"""Settings of notify; read by app.py, worker.py and __main__.py only."""

from typing import Annotated

from pydantic import Field

from shared.platform.sealing import SealingKeys
from shared.platform.settings import BaseServiceSettings


class NotifySettings(BaseServiceSettings):
    """What notify needs beyond every service's settings."""

    sealing_keys: SealingKeys
    """Keys (base64 of 32 bytes each, separated by commas) under which the secrets of webhooks are stored; the first one
    seals, all of them open.
    """
    smtp_url: Annotated[str, Field(pattern=r"^smtps?://")]
    """The mail server that messages are handed to."""
    smtp_helo_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,255}$")]
    """The name of this host that the mail server is told (RFC 5321 EHLO)."""
    smtp_connections: Annotated[int, Field(ge=1, le=100)] = 8
    """Connections to the mail server that are kept open."""
    mails_at_once: Annotated[int, Field(ge=1, le=500)] = 32
    """Mails that one round takes in hand."""
    webhooks_at_once: Annotated[int, Field(ge=1, le=128)] = 64
    """Webhook deliveries that one round takes in hand."""
    webhook_allow_private: bool = False
    """Webhooks may go to loopback over http; only obeyed in demo and test mode."""

    @property
    def loopback_webhooks_allowed(self) -> bool:
        """Loopback receivers over http exist in demo and test mode only, whatever is set."""
        return self.webhook_allow_private and self.mode != "production"
