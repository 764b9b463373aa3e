"""Settings every service has, read once at start from `REDRESS_*` variables and passed down.

A missing value stops the start. Each service subclasses this in its own `settings.py`.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Mode = Literal["demo", "test", "production"]
Role = Literal["all", "api", "worker"]
JwtAlgorithm = Literal["EdDSA", "RS256", "ES256"]


class BaseServiceSettings(BaseSettings):
    """What all four services need; production is the default mode because it permits least."""

    model_config = SettingsConfigDict(env_prefix="REDRESS_", frozen=True, extra="ignore")

    database_url: str
    kafka: str
    http_port: Annotated[int, Field(ge=0, le=65535)]
    host: str = "127.0.0.1"
    mode: Mode = "production"
    role: Role = "all"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    jwt_public_key_file: Path
    jwt_issuer: str = "redress-dev"
    jwt_audience: str = "redress"
    jwt_algorithm: JwtAlgorithm = "EdDSA"

    smtp_url: str = "smtp://127.0.0.1:2525"
    erp_url: str = "http://127.0.0.1:8090"
    storage_url: str = "file:///var/lib/redress/objects"

    pool_size: Annotated[int, Field(ge=1, le=500)] = 32
    max_waiting: Annotated[int, Field(ge=0)] = 256
    max_body_bytes: Annotated[int, Field(ge=1024)] = 1024 * 1024
    shutdown_seconds: Annotated[int, Field(ge=1, le=60)] = 20

    @property
    def simulated_clocks_allowed(self) -> bool:
        """Organisations with a clock of their own exist in demo and test mode only."""
        return self.mode != "production"
