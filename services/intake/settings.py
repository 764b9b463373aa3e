"""Settings of intake; read by app.py, worker.py and __main__.py only."""

from typing import Annotated

from pydantic import Field

from shared.platform.settings import BaseServiceSettings


class IntakeSettings(BaseServiceSettings):
    """What intake needs beyond every service's settings."""

    storage_url: Annotated[str, Field(pattern=r"^[a-z][a-z0-9+]*://")]
    """Where files of evidence lie: `file:///folder` or `s3://bucket/prefix`, or another store that
    obstore knows."""
