"""Settings of sla: what every service has."""

from shared.platform.settings import BaseServiceSettings


class SlaSettings(BaseServiceSettings):
    """Read once at start from `REDRESS_*` variables."""
