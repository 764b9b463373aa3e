"""Settings of settlement; read by app.py, worker.py and __main__.py only."""

from typing import Annotated

from pydantic import Field

from shared.platform.sealing import SealingKeys
from shared.platform.settings import BaseServiceSettings


class SettlementSettings(BaseServiceSettings):
    """What settlement needs beyond every service's settings."""

    sealing_keys: SealingKeys
    """Keys (base64 of 32 bytes each, separated by commas) under which the secrets of ERPs are stored; the first one
    seals, all of them open.
    """
    erp_timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 5.0
    """How long an ERP may take to answer; after that the payout is in doubt and the ERP is asked."""
    erp_callback_url: Annotated[str, Field(pattern=r"^https?://[^?#]+[^/?#]$", max_length=1000)] | None = None
    """The address of this service as ERPs reach it, where they report changes of payments; without it they are only
    asked.
    """
    erp_allow_private: bool = False
    """ERPs may be on loopback over http; only obeyed in demo and test mode."""

    @property
    def loopback_erp_allowed(self) -> bool:
        """ERPs on loopback exist in demo and test mode only, whatever is set."""
        return self.erp_allow_private and self.mode != "production"
