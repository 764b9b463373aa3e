"""Notify's settings."""

from typing import Annotated

from pydantic import Field

from shared.platform.settings import BaseServiceSettings


class NotifySettings(BaseServiceSettings):
    """What notify needs beyond every service's settings."""

    smtp_connections: Annotated[int, Field(ge=1, le=100)] = 8
    smtp_helo_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,255}$")] = "localhost"
    mails_at_once: Annotated[int, Field(ge=1, le=500)] = 32
    webhooks_at_once: Annotated[int, Field(ge=1, le=128)] = 64
    webhook_allow_private: bool = True

    @property
    def loopback_webhooks_allowed(self) -> bool:
        """Loopback receivers over http exist in demo and test mode only, whatever is set."""
        return self.webhook_allow_private and self.mode != "production"
