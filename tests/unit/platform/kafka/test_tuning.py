"""The defaults of aiokafka that lose data are all overridden, and the client takes what we give it."""

import inspect

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shared.platform.kafka.tuning import PRODUCTION, Tuning
from shared.platform.outbox.append import MAX_PAYLOAD_BYTES
from shared.platform.outbox.relay import PUBLISH_TIMEOUT_SECONDS
from tests.support.settings import FAST

BOTH = pytest.mark.parametrize("tuning", [PRODUCTION, FAST])


def defaults(client: type) -> dict[str, object]:
    return {name: parameter.default for name, parameter in inspect.signature(client).parameters.items()}


@BOTH
def test_the_five_unsafe_defaults_are_set(tuning: Tuning) -> None:
    producer, consumer = tuning.producer_options(), tuning.consumer_options()
    assert producer["acks"] == "all"
    assert producer["enable_idempotence"] is True
    assert consumer["auto_offset_reset"] == "earliest"
    assert consumer["enable_auto_commit"] is False
    assert consumer["isolation_level"] == "read_committed"


def test_publishing_holds_its_transaction_for_less_than_two_seconds() -> None:
    assert PUBLISH_TIMEOUT_SECONDS < 2


def test_they_are_unsafe_by_default_still() -> None:
    assert defaults(AIOKafkaProducer)["enable_idempotence"] is False
    assert defaults(AIOKafkaConsumer)["auto_offset_reset"] == "latest"
    assert defaults(AIOKafkaConsumer)["enable_auto_commit"] is True
    assert defaults(AIOKafkaConsumer)["isolation_level"] == "read_uncommitted"


@BOTH
def test_the_clients_know_every_option(tuning: Tuning) -> None:
    assert tuning.producer_options().keys() <= defaults(AIOKafkaProducer).keys()
    assert tuning.consumer_options().keys() <= defaults(AIOKafkaConsumer).keys()


@BOTH
def test_time_outs_fit_into_each_other(tuning: Tuning) -> None:
    assert tuning.heartbeat_interval_ms * 3 <= tuning.session_timeout_ms
    assert tuning.session_timeout_ms < tuning.rebalance_timeout_ms < tuning.max_poll_interval_ms


@BOTH
def test_the_largest_payload_fits_twice_into_a_batch_and_a_request(tuning: Tuning) -> None:
    options = tuning.producer_options()
    assert options["max_batch_size"] >= 2 * MAX_PAYLOAD_BYTES
    assert options["max_request_size"] > options["max_batch_size"]
