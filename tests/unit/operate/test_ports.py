import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from operate.runtime.ports import (
    PORT_NAMES,
    InvalidPort,
    PortInUse,
    choose_ports,
    configured_ports,
    is_free,
    replace_port,
    require_free,
)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_somebody_listens_on_is_refused_with_its_number_and_the_variable_to_set(taken: int) -> None:
    with pytest.raises(PortInUse, match=rf"Port {taken} \(for kafka\).*\n.*REDRESS_PORT_KAFKA="):
        require_free("kafka", taken)


def test_port_base_moves_all_ports_and_a_single_one_wins_over_it() -> None:
    ports = configured_ports({"PORT_BASE": "7000", "REDRESS_PORT_KAFKA": "9092"})

    assert ports["intake"] == 7000
    assert ports["notify"] == 7003
    assert ports["kafka"] == 9092


@pytest.mark.parametrize("value", ["0", "-1", "65536", "abc", "80.0"])
def test_what_is_not_a_port_is_refused(value: str) -> None:
    with pytest.raises(InvalidPort, match="REDRESS_PORT_ERP"):
        configured_ports({"REDRESS_PORT_ERP": value})


def test_ports_are_chosen_once_and_then_remembered() -> None:
    first = choose_ports(configured={}, remembered={}, place=Path("/one"))

    assert set(first) == set(PORT_NAMES)
    assert len(set(first.values())) == len(PORT_NAMES)
    assert choose_ports(configured={}, remembered=first, place=Path("/two")) == first


def test_two_checkouts_get_different_ports() -> None:
    one = choose_ports(configured={}, remembered={}, place=Path("/one"))
    two = choose_ports(configured={}, remembered={}, place=Path("/two"))

    assert not set(one.values()) & set(two.values())


def test_a_block_with_a_taken_port_is_passed_over() -> None:
    wanted = choose_ports(configured={}, remembered={}, place=Path("/one"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", wanted["postgres"]))
        listener.listen()

        assert not set(choose_ports(configured={}, remembered={}, place=Path("/one")).values()) & set(wanted.values())


def test_a_configured_port_is_taken_as_it_is_even_when_in_use(taken: int) -> None:
    assert choose_ports(configured={"erp": taken}, remembered={}, place=Path("/one"))["erp"] == taken


def test_a_port_is_replaced_by_a_free_one() -> None:
    ports = choose_ports(configured={}, remembered={}, place=Path("/one"))

    other = replace_port("sla", ports=ports, place=Path("/one"))

    assert other not in ports.values()
    assert is_free(other)
