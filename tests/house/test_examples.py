"""Every JSON answer has an example in the document, and each example is an answer that the document allows (ADR 0058)."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from operate.published import openapi
from operate.runtime.databases import SERVICES
from shared.platform.http.about import PROBLEMS, about
from shared.platform.http.finished import operations
from shared.platform.http.problems import MEDIA_TYPE

Json = dict[str, Any]
NOT_PLAYED = {"408", "413", "429", "500", "503"}
"""Refusals of a service that is slow, full or broken, or of a body that is too long: the story brings none about."""
KEY = re.compile(r"(?:whsec|whpk)_(?!YW4gZXhhbXBsZSBhbmQgbm8ga2V5)|BEGIN [A-Z ]*KEY|eyJ[A-Za-z0-9_-]+\.")

pytestmark = pytest.mark.parametrize("service", SERVICES)
document_of = cache(openapi)


def answers(document: Json) -> Iterator[tuple[str, str, Json]]:
    """(operationId, status, media type object) of each JSON answer that is no refusal."""
    for operation in operations(document):
        for status, response in operation["responses"].items():
            if status.startswith("2") and "application/json" in response.get("content", {}):
                yield operation["operationId"], status, response["content"]["application/json"]


def faults(document: Json, answer: Json) -> list[str]:
    """How the example differs from the schema beside it."""
    schema = {"components": document["components"], **answer["schema"]}
    return [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(answer["example"])
    ]


def test_every_answer_has_an_example(service: str) -> None:
    silent = [(name, status) for name, status, answer in answers(document_of(service)) if "example" not in answer]
    assert silent == [], "play it in tests/examples/play.py, then `make examples`"


def test_every_refusal_that_can_be_played_has_an_example(service: str) -> None:
    responses = document_of(service)["components"]["responses"]
    shown = {name for name, response in responses.items() if "example" in response["content"][MEDIA_TYPE]}
    assert set(responses) - shown == {f"Problem{status}" for status in NOT_PLAYED}


def test_examples_are_what_the_document_allows(service: str) -> None:
    document = document_of(service)
    problems = document["components"]["responses"].values()
    shown = [(name, answer) for name, _, answer in answers(document) if "example" in answer]
    shown += [("Problem", each["content"][MEDIA_TYPE]) for each in problems if "example" in each["content"][MEDIA_TYPE]]
    assert {name: found for name, answer in shown if (found := faults(document, answer))} == {}


def test_no_example_is_left_over(service: str) -> None:
    known = {(name, status) for name, status, _ in answers(document_of(service))}
    recorded = about(service).answers
    assert {(name, status) for name in recorded if name != PROBLEMS for status in recorded[name]} - known == set()


def test_an_example_holds_no_key(service: str) -> None:
    assert KEY.findall(str(about(service).answers)) == []
