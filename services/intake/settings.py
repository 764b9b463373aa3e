"""Settings of intake; read by app.py, worker.py and __main__.py only."""

from shared.platform.settings import BaseServiceSettings


class IntakeSettings(BaseServiceSettings):
    """Nothing beyond what every service has: files go to `storage_url`."""
