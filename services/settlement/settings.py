"""Settings of settlement: what every service has, and how patient it is with the ERP."""

from typing import Annotated

from pydantic import Field

from shared.platform.settings import BaseServiceSettings


class SettlementSettings(BaseServiceSettings):
    """Read once at start from `REDRESS_*` variables."""

    erp_timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 5.0
