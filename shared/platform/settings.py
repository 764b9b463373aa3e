"""Settings of a process, read once at start from `REDRESS_*` variables and passed down.

A value that depends on where Redress runs (an address, an issuer, a key) has no default: when it is missing, the
process does not start and says its name. Each service subclasses `BaseServiceSettings` in its own `settings.py` for
what it alone needs. `docs/configuration.md` is generated from these classes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FilePath, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.platform.kafka.tuning import KafkaTls, Sasl, Tuning, security_options
from shared.platform.sealing import SealingKeys

PREFIX = "REDRESS_"

CONNECTIONS_OF_WORKER: Final = 8
"""Connections of a pool that requests leave to consumers, relay, jobs and looks at what was handled."""

Mode = Literal["demo", "test", "production"]
Role = Literal["all", "api", "worker"]
JwtAlgorithm = Literal["EdDSA", "RS256", "ES256"]
KafkaSecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class IssuerSettings(BaseModel):
    """One issuer of access tokens and where its keys are: a file, a JWKS address, or its OpenID configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Annotated[str, Field(min_length=1, max_length=500)]
    """The `iss` of its tokens."""
    audience: Annotated[str, Field(min_length=1)] = "redress"
    """The `aud` that its tokens must have."""
    algorithms: Annotated[tuple[JwtAlgorithm, ...], Field(min_length=1)] = ("EdDSA",)
    """The only signature algorithms that are accepted."""
    key_file: Path | None = None
    """Public keys (PEM, or a JWKS); read again when the file changes."""
    jwks_url: Annotated[str, Field(pattern=r"^https?://")] | None = None
    """The address of its JWKS."""
    organisations: tuple[Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")], ...] = ()
    """The organisations that its tokens may name; every one when empty."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.key_file is not None and self.jwks_url is not None:
            raise ValueError("an issuer has key_file or jwks_url, not both")
        if self.fetched_from is not None and not self.fetched_from.startswith(("https://", "http://")):
            raise ValueError("an issuer without key_file and jwks_url is an address, for OpenID discovery")
        return self

    @property
    def fetched_from(self) -> str | None:
        """The address that is called for its keys; None for a file."""
        return None if self.key_file is not None else self.jwks_url or self.issuer


class KafkaSettings(BaseSettings):
    """How a process reaches Kafka: servers, security, time-outs."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    kafka: Annotated[str, Field(min_length=3)]
    """Bootstrap servers, `host:port[,host:port]`."""
    kafka_security_protocol: KafkaSecurityProtocol
    """How the brokers are spoken to; `PLAINTEXT` is neither encrypted nor authenticated."""
    kafka_ca_file: FilePath | None = None
    """Certificates (PEM) that sign the brokers'; without it those of the system. Read again for each new client."""
    kafka_certificate_file: FilePath | None = None
    """This client's certificate (PEM), where brokers ask for one. Read again for each new client."""
    kafka_key_file: FilePath | None = None
    """The private key (PEM) of that certificate."""
    kafka_key_password: SecretStr | None = None
    """The password of that key, when it has one."""
    kafka_sasl_mechanism: SaslMechanism | None = None
    """How this client logs in with SASL."""
    kafka_sasl_username: str | None = None
    """The user name for SASL."""
    kafka_sasl_password: SecretStr | None = None
    """The password for SASL."""
    kafka_session_timeout_ms: Annotated[int, Field(ge=6_000, le=300_000)] = 45_000
    """After so long without a heartbeat a consumer's partitions are given to another one."""
    kafka_heartbeat_interval_ms: Annotated[int, Field(ge=100, le=100_000)] = 3_000
    """How often a consumer sends a heartbeat; at most a third of the session time-out."""
    kafka_rebalance_timeout_ms: Annotated[int, Field(ge=6_000, le=600_000)] = 60_000
    """How long a rebalance waits for a consumer to finish what it has in hand; longer than the session time-out."""
    kafka_request_timeout_ms: Annotated[int, Field(ge=1_000, le=120_000)] = 10_000
    """How long a request to a broker may take."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if faults := list(self._faults()):
            raise ValueError("; ".join(faults))
        return self

    def _faults(self) -> Iterator[str]:
        protocol = self.kafka_security_protocol
        sasl = (self.kafka_sasl_mechanism, self.kafka_sasl_username, self.kafka_sasl_password)
        tls = (self.kafka_ca_file, self.kafka_certificate_file, self.kafka_key_file)
        if protocol.startswith("SASL") and None in sasl:
            yield f"REDRESS_KAFKA_SASL_MECHANISM, _USERNAME and _PASSWORD are required with {protocol}"
        if not protocol.startswith("SASL") and any(sasl):
            yield f"REDRESS_KAFKA_SASL_* is set, but REDRESS_KAFKA_SECURITY_PROTOCOL is {protocol}"
        if not protocol.endswith("SSL") and any(tls):
            yield f"a certificate for Kafka is set, but REDRESS_KAFKA_SECURITY_PROTOCOL is {protocol}"
        if (self.kafka_certificate_file is None) != (self.kafka_key_file is None):
            yield "REDRESS_KAFKA_CERTIFICATE_FILE and REDRESS_KAFKA_KEY_FILE are set together"
        if self.kafka_heartbeat_interval_ms * 3 > self.kafka_session_timeout_ms:
            yield "REDRESS_KAFKA_HEARTBEAT_INTERVAL_MS is at most a third of REDRESS_KAFKA_SESSION_TIMEOUT_MS"
        if self.kafka_session_timeout_ms >= self.kafka_rebalance_timeout_ms:
            yield "REDRESS_KAFKA_REBALANCE_TIMEOUT_MS is longer than REDRESS_KAFKA_SESSION_TIMEOUT_MS"

    def kafka_tuning(self) -> Tuning:
        """The client's time-outs and security. Raises OSError or ssl.SSLError when a certificate cannot be read."""
        self.kafka_security()
        return Tuning(
            session_timeout_ms=self.kafka_session_timeout_ms,
            heartbeat_interval_ms=self.kafka_heartbeat_interval_ms,
            rebalance_timeout_ms=self.kafka_rebalance_timeout_ms,
            request_timeout_ms=self.kafka_request_timeout_ms,
            security=self.kafka_security,
        )

    def kafka_security(self) -> dict[str, object]:
        """Keyword arguments of every client of aiokafka, the admin client included."""
        tls = sasl = None
        if self.kafka_security_protocol.endswith("SSL"):
            tls = KafkaTls(
                ca_file=self.kafka_ca_file,
                certificate_file=self.kafka_certificate_file,
                key_file=self.kafka_key_file,
                key_password=self.kafka_key_password.get_secret_value() if self.kafka_key_password else None,
            )
        if self.kafka_sasl_mechanism and self.kafka_sasl_username and self.kafka_sasl_password:
            sasl = Sasl(
                mechanism=self.kafka_sasl_mechanism,
                username=self.kafka_sasl_username,
                password=self.kafka_sasl_password.get_secret_value(),
            )
        return security_options(self.kafka_security_protocol, tls=tls, sasl=sasl)


class BaseServiceSettings(KafkaSettings):
    """What all four services need; production is the default mode because it permits least."""

    database_url: Annotated[str, Field(pattern=r"^postgres(ql)?://")]
    """The service's own login at PostgreSQL: `postgresql://redress_<service>:<password>@host:port/database`."""
    http_port: Annotated[int, Field(ge=0, le=65535)]
    """The port that the API listens on."""
    host: str
    """The address that the API listens on: `0.0.0.0` in a container, `127.0.0.1` behind a proxy on the same machine."""
    mode: Mode = "production"
    """`demo` and `test` allow organisations on a simulated clock, webhooks to loopback, failpoints, a moved clock."""
    role: Role = "all"
    """`api` answers requests, `worker` runs consumers, relay and jobs, `all` does both in one process."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least severe lines that are logged."""
    otlp_endpoint: Annotated[str, Field(pattern=r"^(https?://[^?#\s]+)?$")] = ""
    """The base address of an OTLP/HTTP collector (`http://127.0.0.1:4318`) that spans are sent to; empty, none are
    recorded. `OTEL_EXPORTER_OTLP_HEADERS` and the other variables of the OpenTelemetry SDK apply too."""

    jwt_issuers: Annotated[tuple[IssuerSettings, ...], Field(min_length=1)]
    """Who may issue access tokens: a JSON list, each with `issuer` (the `iss`), `audience` (the `aud`, `redress` when
    left out), `algorithms` (of `EdDSA`, `RS256`, `ES256`; `["EdDSA"]` when left out), and where its keys are:
    `key_file` (PEM or JWKS, read again when it changes), `jwks_url`, or neither for OpenID discovery at the issuer.
    `organisations` limits whose tokens it may issue. Addresses are https, in demo and test mode also http.
    """

    link_keys: SealingKeys
    """Keys (base64 of 32 bytes each, separated by commas) that sign links to a case, the same in all services; the
    first one signs, all of them are accepted.
    """

    pool_size: Annotated[int, Field(ge=1, le=500)] = 32
    """Connections to PostgreSQL of one process."""
    requests_at_once: Annotated[int, Field(ge=1, le=500)] = 16
    """Requests that one process handles at the same time; one organisation has at most three quarters of them, and
    writes leave a quarter to reads. It is at least 8 less than `REDRESS_POOL_SIZE`, whose other connections are for
    consumers, relay and jobs."""
    max_waiting: Annotated[int, Field(ge=0)] = 256
    """Requests that may wait for their turn; a further one takes the place of the oldest of the organisation with the
    most, which is answered 503."""
    max_body_bytes: Annotated[int, Field(ge=1024)] = 1024 * 1024
    """The longest request body in bytes; a route for files has a limit of its own."""
    body_seconds: Annotated[float, Field(gt=0, le=600)] = 20
    """How long a request body may take, beside a second for each `REDRESS_BODY_BYTES_PER_SECOND` that arrived; a later
    one is answered 408."""
    body_bytes_per_second: Annotated[int, Field(ge=1024)] = 32 * 1024
    """The least rate of a request body."""
    max_uploads: Annotated[int, Field(ge=4)] = 256
    """Request bodies that may be arriving at one process at the same time, a quarter of them of one organisation."""
    max_upload_bytes: Annotated[int, Field(ge=1024)] = 2 * 1024 * 1024 * 1024
    """Bytes of request bodies that one process holds, in memory or in temporary files, a quarter of them for one
    organisation."""
    rate_window_seconds: Annotated[int, Field(ge=1, le=3600)] = 10
    """The window of the three quotas that follow; each process counts by itself. A further request is answered 429."""
    rate_per_caller: Annotated[int, Field(ge=0)] = 5_000
    """Requests in a window of one subject of an organisation; 0 is no limit."""
    rate_per_organisation: Annotated[int, Field(ge=0)] = 10_000
    """Requests in a window of one organisation; 0 is no limit."""
    rate_per_peer: Annotated[int, Field(ge=0)] = 1_000
    """Requests in a window without a valid token from one address (of IPv6: one /64); 0 is no limit."""
    cors_origins: Annotated[str, Field(pattern=r"^(https?://[^\s/*]+(\s+https?://[^\s/*]+)*)?$")] = ""
    """Origins whose pages may call the API, with spaces between: `https://shop.example https://desk.example:8443`."""
    operations_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Another port for `/metrics`, `/docs` and `/openapi.json`, which the API's port then does not serve."""
    metrics_organisations: Annotated[int, Field(ge=0, le=200)] = 0
    """How many organisations, those with the most cases first, have series of their own in metrics with the label
    `organisation`; the others are one series `other`. With 0 no metric has that label."""
    drain_seconds: Annotated[int, Field(ge=0, le=60)] = 5
    """How long a process goes on taking requests after SIGTERM, while `/health/ready` already says `draining` and each
    answer closes its connection: longer than a balancer takes to notice. A worker takes none and does not wait."""
    shutdown_seconds: Annotated[int, Field(ge=1, le=60)] = 20
    """How long requests in hand may take afterwards."""

    @model_validator(mode="after")
    def _leaves_connections(self) -> Self:
        if self.requests_at_once + CONNECTIONS_OF_WORKER > self.pool_size:
            raise ValueError(
                f"REDRESS_REQUESTS_AT_ONCE is at least {CONNECTIONS_OF_WORKER} less than REDRESS_POOL_SIZE"
            )
        return self

    @model_validator(mode="after")
    def _issuers(self) -> Self:
        names = [issuer.issuer for issuer in self.jwt_issuers]
        if len(set(names)) < len(names):
            raise ValueError("REDRESS_JWT_ISSUERS names an issuer twice")
        if self.mode == "production" and any(
            (each.fetched_from or "").startswith("http://") for each in self.jwt_issuers
        ):
            raise ValueError("REDRESS_JWT_ISSUERS: keys are fetched over https in production mode")
        return self

    @property
    def simulated_clocks_allowed(self) -> bool:
        """Organisations with a clock of their own exist in demo and test mode only."""
        return self.mode != "production"


def refused_settings(error: ValidationError) -> list[str]:
    """One line for each variable that is missing or wrong. A value is never repeated: it may be a secret."""
    return [_refused(tuple(fault["loc"]), fault["type"], fault["msg"]) for fault in error.errors(include_input=False)]


def _refused(place: tuple[int | str, ...], kind: str, message: str) -> str:
    if not place:
        return message.removeprefix("Value error, ")
    variable = f"{PREFIX}{str(place[0]).upper()}"
    return f"{variable} is required" if kind == "missing" else f"{variable}: {message}"
