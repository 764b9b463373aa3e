"""The OpenAPI documents read as a product: names, texts, values and examples, of every operation and schema (ADR 0058)."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from fastapi.routing import APIRoute

from operate.published import unconnected_app
from operate.runtime.databases import SERVICES
from shared.platform.http.about import about
from shared.platform.http.finished import operations
from shared.platform.http.openapi import dependencies_of
from shared.platform.http.strict import StrictBody

Json = dict[str, Any]
HEADINGS = ("## Tokens", "## Idempotency keys", "## Positions", "## Errors", "## Paging", "## Values")
CLOSED = {"state", "result", "mode", "severity", "side", "phase", "mark", "why", "outcome"}
"""Names of properties whose values are ours: a pack gives none of them."""
EVENT = re.compile(r"V[0-9]+$")
"""Schemas of published events, whose contract is in `docs/api/events`."""
OF_SEVERAL_THINGS = {"intake ArchiveItem.state"}
"""The state of whatever is listed, each with values of its own."""
VERBS = (
    "accept|add|advance|approve|check|confirm|correct|create|decide|decline|download|excuse|explain|export|file|link|lint|list|"
    "note|offer|publish|purge|quote|record|register|reject|release|remove|repeat|replay|report|request|resolve|rotate|set|show|"
    "take|test|issue|revoke"
)

pytestmark = pytest.mark.parametrize("service", SERVICES)


app_of = cache(unconnected_app)


def openapi(service: str) -> Json:
    return app_of(service).openapi()


def schemas(document: Json) -> Json:
    found: Json = document["components"]["schemas"]
    return found


def properties(document: Json) -> Iterator[tuple[str, str, Json]]:
    """(schema, property, its schema)."""
    for name, schema in schemas(document).items():
        for key, place in schema.get("properties", {}).items():
            yield name, key, place


def test_operations_read_well_in_a_generated_client(service: str) -> None:
    ids = [operation["operationId"] for operation in operations(openapi(service))]
    assert [each for each in ids if not re.fullmatch(rf"({VERBS})([A-Z][a-z]+)+", each)] == []
    assert len(ids) == len(set(ids))


def test_summaries_say_what_of_what(service: str) -> None:
    said = [operation["summary"] for operation in operations(openapi(service))]
    assert [each for each in said if not 3 <= len(each.split()) <= 18 or each.endswith(".")] == []
    assert len(said) == len(set(said))


def test_the_page_begins_with_an_introduction(service: str) -> None:
    document = openapi(service)
    introduction = document["info"]["description"]
    assert introduction.startswith(f"{service.capitalize()} owns ")
    assert [heading for heading in HEADINGS if heading not in introduction] == []
    assert document["servers"]


def test_everything_is_described(service: str) -> None:
    document = openapi(service)
    silent = [f"{schema}.{name}" for schema, name, place in properties(document) if not place.get("description")]
    silent += [name for name, schema in schemas(document).items() if not schema.get("description")]
    silent += [
        f"{operation['operationId']}({parameter['name']})"
        for operation in operations(document)
        for parameter in operation.get("parameters", ())
        if not parameter.get("description")
    ]
    assert silent == [], f"say it at the field, or in services/{service}/api.toml"


def test_no_text_is_left_over(service: str) -> None:
    document = openapi(service)
    used = {name for schema, key, _ in properties(document) for name in (key, f"{schema}.{key}")}
    used |= {p["name"] for operation in operations(document) for p in operation.get("parameters", ())}
    assert sorted(set(about(service).own_terms) - used) == []
    ids = {operation["operationId"] for operation in operations(document)}
    assert sorted(set(about(service).examples) - ids) == []


def test_titles_are_the_names_of_schemas(service: str) -> None:
    document = openapi(service)
    assert [name for name, schema in schemas(document).items() if schema["title"] != name] == []
    assert [f"{schema}.{name}" for schema, name, place in properties(document) if "title" in place] == []
    assert [name for name in schemas(document) if not re.fullmatch(r"([A-Z][a-z]+)+(V[0-9]+)?", name)] == []


def test_states_are_enumerated(service: str) -> None:
    open_ended = [
        f"{service} {schema}.{name}"
        for schema, name, place in properties(openapi(service))
        if name in CLOSED and not EVENT.search(schema) and not {"enum", "$ref", "allOf"} & set(place)
    ]
    assert set(open_ended) <= OF_SEVERAL_THINGS


NOT_LISTED = {
    "changes_expired", "gone", "method_not_allowed",  # 410 says it in its own words; 405 answers another method than the path has
    "conflict", "forbidden", "gate_refused",  # categories: what is raised has a code of its own, or the pack's
    "amount_out_of_range", "currency_mismatch", "currency_unknown",  # of money, in services that compute none
    "payout_ended",  # of consumers and jobs
    "sample_too_large", "drawn_by_later_rule",  # of the jobs of samples, on record
}  # fmt: skip
"""Codes that no operation lists."""


def codes_at(operation: Json) -> dict[str, set[str]]:
    """Status → the codes that the operation lists."""
    return {
        status: set(re.findall(r"`(\w+)`", response.get("description", "").partition("Codes: ")[2]))
        for status, response in operation["responses"].items()
    }


def test_each_refusal_lists_its_codes(service: str) -> None:
    document = openapi(service)
    known = set(schemas(document)["ProblemCode"]["enum"])
    everywhere = {"token_missing", "not_caught_up", "rate_exceeded", "internal"}
    listed: set[str] = set()
    for operation in operations(document):
        codes = set().union(*codes_at(operation).values())
        assert "x-scopes" not in operation or everywhere <= codes, operation["operationId"]
        takes_key = any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", ()))
        assert ("idempotency_key_missing" in codes) == takes_key, operation["operationId"]
        listed |= codes
    assert listed <= known
    assert known - listed <= NOT_LISTED


def test_codes_are_those_of_the_operation(service: str) -> None:
    """By hand, of one operation of each service."""
    operation_id, status, among, not_among = {
        "intake": ("registerCase", "422", {"case_type_unknown"}, {"zone_unknown"}),
        "sla": ("decideExtension", "409", {"extension_decided"}, {"quote_changed"}),
        "settlement": ("offerRemedy", "409", {"quote_changed", "quote_expired"}, {"payout_ended"}),
        "notify": ("registerWebhook", "409", {"webhook_limit_reached"}, {"quote_changed"}),
    }[service]
    [operation] = [each for each in operations(openapi(service)) if each["operationId"] == operation_id]
    assert among <= codes_at(operation)[status]
    assert not not_among & codes_at(operation)[status]


OF_OTHER_OBJECTS = {
    ("intake", "lintPolicy", "422"): {"pack_too_large", "pack_too_complex"},
    ("intake", "lintPolicy", "503"): {"overloaded", "checker_unavailable"},
    ("intake", "fileEvidence", "503"): {"storage_unavailable"},
    ("intake", "downloadEvidence", "503"): {"storage_unavailable"},
    ("sla", "requestExtension", "422"): {"calendar_unconfirmed", "not_a_working_day"},
}
"""Refusals of objects that a route calls: in a module, in the application's state, or given as a parameter."""


def test_codes_of_the_objects_that_a_route_calls_are_listed(service: str) -> None:
    listed = {operation["operationId"]: codes_at(operation) for operation in operations(openapi(service))}
    assert all("keys_unavailable" in codes["503"] for codes in listed.values() if "401" in codes)
    for (owner, operation_id, status), codes in OF_OTHER_OBJECTS.items():
        assert owner != service or codes <= listed[operation_id][status], operation_id


def test_each_answer_has_a_type(service: str) -> None:
    untyped = [
        (operation["operationId"], status)
        for operation in operations(openapi(service))
        for status, response in operation["responses"].items()
        if status != "204" and "$ref" not in response and not all(
            answer.get("schema") for answer in response.get("content", {"": {}}).values()
        )
    ]  # fmt: skip
    assert untyped == []


def test_the_example_of_each_body_is_one(service: str) -> None:
    app = app_of(service)
    examples = about(service).examples
    for route in app.routes:
        if not isinstance(route, APIRoute):
            continue
        for body in (call for call in dependencies_of(route.dependant) if isinstance(call, StrictBody)):
            example = examples[str(route.operation_id)]
            body.model.model_validate_json(json.dumps(example))
