"""Settings: what has no default, what does not fit together, and what reaches the Kafka client."""

import ssl
from base64 import b64encode
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from services.intake.settings import IntakeSettings
from services.notify.settings import NotifySettings
from services.settlement.settings import SettlementSettings
from services.sla.settings import SlaSettings
from shared.platform.settings import BaseServiceSettings, KafkaSettings, refused_settings
from tests.support.settings import OF_A_TEST

EVERYWHERE = {
    "REDRESS_DATABASE_URL",
    "REDRESS_KAFKA",
    "REDRESS_KAFKA_SECURITY_PROTOCOL",
    "REDRESS_HOST",
    "REDRESS_HTTP_PORT",
    "REDRESS_JWT_ISSUERS",
    "REDRESS_LINK_KEYS",
}


@pytest.mark.parametrize(
    ("settings", "own"),
    [
        (IntakeSettings, {"REDRESS_STORAGE_URL"}),
        (SlaSettings, set()),
        (SettlementSettings, {"REDRESS_SEALING_KEYS"}),
        (NotifySettings, {"REDRESS_SMTP_URL", "REDRESS_SMTP_HELO_NAME", "REDRESS_SEALING_KEYS"}),
    ],
)
def test_what_depends_on_the_place_has_no_default(
    settings: type[BaseServiceSettings], own: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in EVERYWHERE | own:
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(ValidationError) as refused:
        settings()

    assert set(refused_settings(refused.value)) == {f"{name} is required" for name in EVERYWHERE | own}


def kafka(**given: Any) -> KafkaSettings:
    return KafkaSettings.model_validate({"kafka": "kafka-0:9092", "kafka_security_protocol": "PLAINTEXT", **given})


SASL = {"kafka_sasl_mechanism": "SCRAM-SHA-512", "kafka_sasl_username": "redress", "kafka_sasl_password": "hush"}


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"kafka_security_protocol": "SASL_SSL"}, "REDRESS_KAFKA_SASL_MECHANISM, _USERNAME and _PASSWORD are required"),
        (
            {**SASL, "kafka_security_protocol": "SASL_SSL", "kafka_sasl_username": None},
            "REDRESS_KAFKA_SASL_MECHANISM, _USERNAME and _PASSWORD are required",
        ),
        (SASL, "REDRESS_KAFKA_SASL_* is set, but REDRESS_KAFKA_SECURITY_PROTOCOL is PLAINTEXT"),
        ({"kafka_ca_file": __file__}, "a certificate for Kafka is set"),
        (
            {"kafka_security_protocol": "SSL", "kafka_key_file": __file__},
            "REDRESS_KAFKA_CERTIFICATE_FILE and REDRESS_KAFKA_KEY_FILE are set together",
        ),
        ({"kafka_heartbeat_interval_ms": 15_001}, "at most a third"),
        ({"kafka_session_timeout_ms": 60_000}, "REDRESS_KAFKA_REBALANCE_TIMEOUT_MS is longer"),
        ({"kafka_security_protocol": "TLS"}, "REDRESS_KAFKA_SECURITY_PROTOCOL: Input should be"),
        ({"kafka_ca_file": "/nowhere.pem"}, "REDRESS_KAFKA_CA_FILE: Path does not point to a file"),
        ({"kafka_sasl_mechanism": "GSSAPI"}, "REDRESS_KAFKA_SASL_MECHANISM: Input should be"),
    ],
)
def test_what_does_not_fit_is_named_without_its_value(given: dict[str, Any], line: str) -> None:
    with pytest.raises(ValidationError) as refused:
        kafka(**given)

    said = "\n".join(refused_settings(refused.value))
    assert line in said
    assert "hush" not in said


def test_a_third_of_the_session_is_still_a_heartbeat() -> None:
    assert kafka(kafka_heartbeat_interval_ms=15_000).kafka_tuning().heartbeat_interval_ms == 15_000


@pytest.mark.parametrize("servers", ["127.0.0.1:9092", "localhost:9092", "kafka-0.kafka:9092"])
def test_nothing_is_guessed_from_the_name_of_a_host(servers: str) -> None:
    tuning = kafka(kafka=servers).kafka_tuning()

    assert (tuning.session_timeout_ms, tuning.heartbeat_interval_ms, tuning.rebalance_timeout_ms) == (
        45_000,
        3_000,
        60_000,
    )
    assert tuning.security() == {"security_protocol": "PLAINTEXT"}


def test_a_login_over_tls_reaches_the_client() -> None:
    options = kafka(kafka_security_protocol="SASL_SSL", **SASL).kafka_tuning().consumer_options()

    assert options["security_protocol"] == "SASL_SSL"
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("redress", "hush")
    assert options["ssl_context"].verify_mode is ssl.CERT_REQUIRED
    assert options["ssl_context"].check_hostname is True


def test_a_password_is_never_printed() -> None:
    settings = kafka(kafka_security_protocol="SASL_SSL", **SASL)

    assert isinstance(settings.kafka_sasl_password, SecretStr)
    assert "hush" not in repr(settings)


def test_webhooks_to_loopback_need_both_the_setting_and_a_mode_for_it() -> None:
    def notify(**given: Any) -> NotifySettings:
        own = {
            "smtp_url": "smtp://127.0.0.1:1",
            "smtp_helo_name": "mail.example",
            "sealing_keys": b64encode(bytes(32)).decode(),
        }
        place = {"database_url": "postgresql://u@h/d"}
        return NotifySettings.model_validate({**OF_A_TEST, **place, **own, **given})

    assert notify().loopback_webhooks_allowed is False
    assert notify(webhook_allow_private=True).loopback_webhooks_allowed is True
    assert notify(webhook_allow_private=True, mode="production").loopback_webhooks_allowed is False
