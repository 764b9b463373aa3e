"""Settings of settlement; read by app.py, worker.py and __main__.py only."""

from typing import Annotated

from pydantic import Field

from shared.platform.settings import BaseServiceSettings


class SettlementSettings(BaseServiceSettings):
    """What settlement needs beyond every service's settings."""

    erp_url: Annotated[str, Field(pattern=r"^https?://")]
    """The ERP that pays: `POST {erp_url}/v1/payments`."""
    erp_timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 5.0
    """How long the ERP may take to answer; after that the payout is in doubt and the ERP is asked."""
