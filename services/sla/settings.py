"""Settings of sla: what every service has."""

from shared.settings import BaseServiceSettings


class SlaSettings(BaseServiceSettings):
    """Read once at start from `REDRESS_*` variables."""
