import signal
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from operate.runtime import parts
from operate.runtime.databases import SERVICES
from operate.runtime.options import StackOptions
from operate.runtime.paths import Layout
from operate.runtime.ports import PortInUse, accepts
from operate.runtime.processes import start_time
from operate.runtime.stack import Stack
from operate.runtime.state import load_state, save_state
from operate.runtime.topics import BrokerNotReachable, ensure_topics

pytestmark = pytest.mark.chaos


def another(stack: Stack) -> Stack:
    """The same stack as a second command would open it."""
    return Stack(stack.layout, stack.options)


def up(stack: Stack) -> dict[str, int]:
    stack.up(services=())
    return {name: record.pid for name, record in stack.state.processes.items()}


def test_a_second_up_leaves_running_processes_alone(operate_stack: Stack) -> None:
    before = up(another(operate_stack))

    assert up(another(operate_stack)) == before


def test_up_starts_what_was_killed_and_only_that(operate_stack: Stack) -> None:
    before = up(another(operate_stack))
    stack = another(operate_stack)
    stack.up(services=())
    stack.part("erp").kill()

    after = up(another(operate_stack))

    assert after["erp"] != before["erp"]
    assert after["kafka"] == before["kafka"]


def test_up_repairs_what_an_interruption_left_running_without_a_record(operate_stack: Stack) -> None:
    before = up(another(operate_stack))
    state = load_state(operate_stack.layout.stack_file)
    state.processes = {}
    save_state(operate_stack.layout.stack_file, state)

    after = up(another(operate_stack))

    assert set(after) == set(before)
    assert all(start_time(pid) is None for name, pid in before.items() if after[name] != pid)


def test_a_process_with_old_settings_is_restarted(operate_stack: Stack) -> None:
    before = up(another(operate_stack))
    port = parts.admin_url(operate_stack.state).rpartition(":")[2].partition("/")[0]
    options = {**operate_stack.options.postgres_options, "work_mem": "8MB"}
    stack = Stack(operate_stack.layout, replace(operate_stack.options, postgres_options=options))

    after = up(stack)

    assert after["postgres"] != before["postgres"]
    assert after["kafka"] == before["kafka"]
    assert str(stack.state.ports["postgres"]) == port
    up(another(operate_stack))


def test_a_configured_port_in_use_is_refused_before_anything_is_started(state: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        stack = Stack(Layout(state=state), StackOptions(cache=state / "cache", ports={"kafka": port}))

        with pytest.raises(PortInUse, match=f"Port {port} .for kafka."):
            stack.up(services=(), sinks=())

    assert stack.state.processes == {}
    stack.reset()


def test_a_stack_uses_servers_that_somebody_else_runs(operate_stack: Stack, state: Path) -> None:
    up(another(operate_stack))
    stack = Stack(Layout(state=state), operate_stack.options)

    stack.up(
        kafka=parts.bootstrap_servers(operate_stack.state),
        database_url=parts.admin_url(operate_stack.state),
        services=(),
        sinks=(),
    )

    assert stack.state.processes == {}
    shown = {part.name: part.address for part in stack.status() if part.is_running}
    assert shown == {name: f"127.0.0.1:{operate_stack.state.ports[name]}" for name in ("postgres", "kafka")}
    stack.reset()
    assert not state.exists()
    # Both stacks made the roles; the first one's passwords are put back.
    up(another(operate_stack))


def test_own_servers_are_used_again_until_down_and_then_forgotten(operate_stack: Stack, state: Path) -> None:
    up(another(operate_stack))
    kafka, database = parts.bootstrap_servers(operate_stack.state), parts.admin_url(operate_stack.state)
    stack = Stack(Layout(state=state), operate_stack.options)
    stack.up(services=(), sinks=())

    stack.up(kafka=kafka, database_url=database, services=(), sinks=())

    assert stack.state.processes == {}, "the embedded servers are needed no more"
    stack.up_again(services=(), sinks=())
    assert (stack.state.external_kafka, stack.state.external_database) == (kafka, database)
    stack.down()
    assert (stack.state.external_kafka, stack.state.external_database) == (None, None)
    stack.reset()
    up(another(operate_stack))


def test_ports_move_and_the_data_stays(operate_stack: Stack, state: Path) -> None:
    stack = Stack(Layout(state=state), operate_stack.options)
    stack.up(services=(), sinks=("erp",))
    before = dict(stack.state.ports)
    # By one: most new ports are held by another part of the same stack.
    ports = {name: port + 1 for name, port in before.items()}
    moved = Stack(stack.layout, replace(operate_stack.options, ports=ports))

    moved.up(services=(), sinks=("erp",))

    assert moved.state.ports == ports
    assert {part.name for part in moved.status() if part.is_running} == {"postgres", "kafka", "erp"}
    assert not [
        name for name in ("postgres", "kafka", "erp") if accepts(before[name]) and before[name] not in ports.values()
    ]
    moved.reset()


def test_a_port_in_use_is_refused_also_while_the_part_runs_on_another(operate_stack: Stack) -> None:
    before = up(another(operate_stack))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        stack = Stack(operate_stack.layout, replace(operate_stack.options, ports={"erp": port}))

        with pytest.raises(PortInUse, match=f"Port {port} .for erp."):
            stack.up(services=())

    assert up(another(operate_stack)) == before


@pytest.mark.parametrize("kafka", ["127.0.0.1:1", "127.0.0.1:abc", "kafka.invalid:9092"])
async def test_a_broker_that_does_not_answer_is_said_plainly(kafka: str) -> None:
    with pytest.raises(BrokerNotReachable, match=rf"No Kafka answers at {kafka}.*\n  KAFKA=host:port"):
        await ensure_topics(kafka)


def test_every_service_gets_its_own_role_and_nothing_of_the_others(operate_stack: Stack) -> None:
    for name in SERVICES:
        environment = parts.service_environment(name, operate_stack.layout, operate_stack.state)
        text = "".join(environment.values())

        assert f"redress_{name}:" in environment["REDRESS_DATABASE_URL"]
        assert not [other for other in SERVICES if other != name and operate_stack.state.passwords[other] in text]
        assert operate_stack.state.passwords["admin"] not in text


def test_down_stops_everything_and_keeps_the_data(state: Path, operate_stack: Stack) -> None:
    stack = Stack(Layout(state=state), operate_stack.options)
    stack.up(services=(), sinks=())
    pids = [record.pid for record in stack.state.processes.values()]

    Stack(stack.layout, stack.options).down()

    assert [start_time(pid) for pid in pids] == [None, None]
    assert (state / "kafka" / "data" / "meta.properties").exists()
    Stack(stack.layout, stack.options).reset()
    assert not state.exists()


def test_a_half_made_cluster_is_made_anew(state: Path, operate_stack: Stack) -> None:
    (state / "kafka" / "data.new").mkdir(parents=True)
    (state / "postgres" / "data.new").mkdir(parents=True)
    (state / "postgres" / "data.new" / "PG_VERSION").write_text("18")
    stack = Stack(Layout(state=state), operate_stack.options)

    stack.up(services=(), sinks=())

    assert {part.name for part in stack.status() if part.is_running} == {"postgres", "kafka"}
    stack.postgres.daemon.stop(with_signal=signal.SIGQUIT)
    stack.up(services=(), sinks=())
    stack.reset()
