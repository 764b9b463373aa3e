"""Every route waits for a position, every write answers with one, and no neighbour's route of a case forgets to wait."""

from typing import Any

import pytest
from fastapi.routing import APIRoute

from operate.published import unconnected_app
from operate.runtime.databases import SERVICES
from shared.contracts import topics
from shared.platform.auth.needs import Needs
from shared.platform.http.catching_up import CaseRoute, catch_up
from shared.platform.http.openapi import dependencies_of, is_write
from shared.platform.position import HEADER

ROUTES = [
    pytest.param(service, route, id=f"{service} {' '.join(sorted(route.methods or ()))} {route.path}")
    for service in SERVICES
    for route in unconnected_app(service).routes
    if isinstance(route, APIRoute) and any(isinstance(call, Needs) for call in dependencies_of(route.dependant))
]
DOCUMENTS: dict[str, dict[str, Any]] = {service: unconnected_app(service).openapi() for service in SERVICES}


def operations(service: str, route: APIRoute) -> list[dict[str, Any]]:
    paths = DOCUMENTS[service]["paths"]
    return [paths[route.path_format][method.lower()] for method in route.methods or ()]


@pytest.mark.parametrize(("service", "route"), ROUTES)
def test_a_position_is_waited_for_between_the_token_and_the_body(service: str, route: APIRoute) -> None:
    first, second = [dependency.call for dependency in route.dependant.dependencies][:2]
    assert isinstance(first, Needs)
    assert second is catch_up
    for operation in operations(service, route):
        assert [each["in"] for each in operation["parameters"] if each["name"] == HEADER] == ["header"]
        conflict = operation["responses"]["409"]
        assert conflict["$ref"] == "#/components/responses/Problem409"
        assert "`not_caught_up`" in conflict["description"].partition("Codes: ")[2]


@pytest.mark.parametrize(("service", "route"), ROUTES)
def test_a_write_documents_the_position_that_it_answers_with(service: str, route: APIRoute) -> None:
    for operation in operations(service, route):
        answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        assert {HEADER in answer.get("headers", {}) for answer in answers} == {is_write(route)}


@pytest.mark.parametrize(("service", "route"), ROUTES)
def test_a_route_of_a_case_waits_for_the_case_where_cases_come_by_events(service: str, route: APIRoute) -> None:
    if service != "intake" and "{case_id}" in route.path:
        assert isinstance(route, CaseRoute)


def test_each_topic_has_one_service_that_publishes_on_it() -> None:
    owned = [topic for service in SERVICES for topic in topics.PUBLISHED_BY[service]]
    assert sorted(owned) == sorted(topics.EVENT_TOPICS)
