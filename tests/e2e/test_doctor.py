"""`redress doctor` finds nothing wrong with the stack, and has looked at everything."""

from operate.doctor.examine import examine
from operate.doctor.finding import Level
from operate.runtime.databases import SERVICES
from operate.runtime.parts import service_environment
from operate.runtime.stack import Stack
from operate.runtime.topics import read_topics
from operate.scenarios.quiescence import settle
from tests.e2e.story import Story


async def test_a_stack_that_is_well_has_no_failure(e2e_stack: Stack, story: Story) -> None:
    await settle(story.session)
    environments = {str(name): service_environment(name, e2e_stack.layout, e2e_stack.state) for name in SERVICES}

    findings = [finding async for finding in examine(environments)]

    assert [finding.as_line() for finding in findings if finding.level is Level.FAIL] == []
    of_each_service = {
        "settings.complete",
        "database.connection",
        "database.version",
        "database.clock",
        "database.migrations",
        "database.rights",
        "database.walls",
        "events.parked",
        "events.outbox",
    }
    seen = {(finding.check, finding.subject) for finding in findings}
    assert {(check, service) for check in of_each_service for service in SERVICES} <= seen
    assert {("kafka.topic", topic.name) for topic in read_topics()} <= seen
    assert {("kafka.group", f"{name}.{part}") for name in SERVICES for part in ("registry", "cases")} <= seen
    assert {"database.connections", "kafka.connection", "kafka.version"} <= {check for check, _ in seen}
