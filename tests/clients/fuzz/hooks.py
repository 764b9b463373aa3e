"""What schemathesis cannot read from a document: opaque values, tokens by kind of operation, and refusals by a rule.

Loaded by schemathesis, in the environment of `tests/clients`.
"""

import json
import os
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.checks import CheckContext
from schemathesis.core.failures import Failure
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case
from schemathesis.hooks import HookContext

PLACES_OF_RULES = {
    "withdrawn_with_value",  # a value beside what takes one back
    "not_with_changed", "before_from", "span_out_of_range",  # one parameter or the other; one after the other; at most so far apart
    "reference_with_paid", "reference_not_plain",  # a field that belongs to one value of another field; characters that are cleaned away
    "not_above_zero", "zone_unknown",  # a decimal text of zero; a name that is no zone of the tz database
    "date_out_of_range",  # offsets at the two ends of the years
}  # fmt: skip
"""Codes of places in a payload that JSON Schema allows: what it cannot say."""
NO_INTEGER = "int_type"
"""Of 109.0, which JSON Schema takes for an integer: the introduction of each document, "Values"."""
SHAPE = {
    "invalid", "media_type_unsupported", "idempotency_key_missing", "idempotency_key_invalid", "position_invalid", "page_token_invalid",
}  # fmt: skip
"""Codes that speak of the shape of a request, `input_invalid` and `json_…` aside: what the document allows is never refused with one."""
OUTSIDE_64_BITS = "json_number_out_of_range"
"""Of numbers in free-form objects: the introduction of each document, "Values"."""
ANYWHERE = "https://hook.example/redress"
"""Where webhooks and the ERP are said to be: no request of a test leaves the machine for a generated address."""
NOW = "2026-04-10T01:00:00Z"
"""A clock goes forward only, and fires every timer up to where it is put."""

REFUSED, METHOD_NOT_ALLOWED = 400, 405
DOCUMENT = json.loads(Path(os.environ["REDRESS_DOCUMENT"]).read_text(encoding="utf-8"))
"""The published document as it is written: a reference and what is said beside it."""

_positions: list[str] = []
_cursors: dict[str, dict[str, Any]] = {}


# The document says of instants and days that they lie between 1900 and 2199 (its introduction, "Values").
_INSTANTS = st.datetimes(min_value=datetime(1900, 1, 2), max_value=datetime(2199, 12, 30))  # noqa: DTZ001 (the offset is written)
schemathesis.openapi.format("date-time", _INSTANTS.map(lambda instant: instant.isoformat() + "Z"))
schemathesis.openapi.format("date", _INSTANTS.map(lambda instant: instant.date().isoformat()))


@schemathesis.auth()
class Tokens:
    """The customer's token for the customer's own operations, one of all roles of staff for the others."""

    def get(self, case: Case, _context: Any) -> str:
        own = case.operation.path.startswith("/v1/my/")
        return os.environ["REDRESS_CUSTOMER" if own else "REDRESS_STAFF"]

    def set(self, case: Case, data: str, _context: Any) -> None:
        if not case.operation.path.startswith("/v1/erp/callbacks"):
            case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(_context: HookContext, case: Case, _kwargs: dict[str, Any]) -> None:
    """Put real opaque values where valid ones stand: a fresh key, a position and a cursor that were answered."""
    if case.meta is None:
        return
    if not case.meta.is_negative_at(ParameterLocation.HEADER):
        if "Idempotency-Key" in case.headers:
            case.headers["Idempotency-Key"] = str(uuid.uuid4())  # noqa: TID251 (a client has no ids of ours)
        if case.headers.pop("Redress-Position", None) is not None and _positions:
            case.headers["Redress-Position"] = _positions[-1]
    if not case.meta.is_negative_at(ParameterLocation.QUERY):
        if case.query.pop("after", None) is not None and case.operation.label in _cursors:
            case.query = dict(_cursors[case.operation.label])
        if "wait" in case.query:
            case.query["wait"] = 0
    if isinstance(case.body, dict) and not case.meta.is_negative_at(ParameterLocation.BODY):
        if "url" in case.body:
            case.body["url"] = ANYWHERE
        if case.operation.path.endswith("/clock"):
            case.body["now"] = NOW


@schemathesis.hook
def after_call(_context: HookContext, case: Case, response: Response) -> None:
    """Remember the opaque values of answers."""
    _positions.extend(response.headers.get("redress-position", []))
    body = _json(response)
    if isinstance(body.get("next"), str):
        _cursors[case.operation.label] = {**case.query, "after": body["next"]}


@schemathesis.hook
def filter_failure(_context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """Whether it is one: a well-formed request that a rule, the pack or the state refuses is no failure.

    The status alone does not tell (400 and 422 are both); the code does. A code of shape stays a failure.
    """
    problem = _json(response)
    code, fields = str(problem.get("code", "")), problem.get("fields")
    if "ensure_resource_availability" in failure.checks:
        return code != "organisation_unknown"  # a new organisation is seen with tokens of its own only
    if "positive_data_acceptance" not in failure.checks:
        return True
    if code == "input_invalid" and isinstance(fields, list):
        return not all(_is_of_a_rule(place, case.body) for place in fields)
    return not code or code in SHAPE or (code.startswith("json_") and code != OUTSIDE_64_BITS)


def _is_of_a_rule(place: dict[str, str], body: object) -> bool:
    if place["code"] == NO_INTEGER:
        value = _at(body, place["path"])
        return isinstance(value, float) and value.is_integer()
    return place["code"] in PLACES_OF_RULES


def _at(body: object, pointer: str) -> object:
    """What a JSON pointer (RFC 6901) points at; None where nothing is."""
    found = body
    for part in (each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:]):
        if isinstance(found, dict):
            found = found.get(part)
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return found


@schemathesis.check
def documented_code(_context: CheckContext, response: Response, case: Case) -> None:
    """A refusal has one of the codes that the operation lists at its status, or one that is no code of the service."""
    code = str(_json(response).get("code", ""))
    own = DOCUMENT["components"]["schemas"]["ProblemCode"]["enum"]
    declared = DOCUMENT["paths"][case.operation.path][case.operation.method.lower()]["responses"]
    if response.status_code >= REFUSED and response.status_code != METHOD_NOT_ALLOWED and code in own:
        listed = declared.get(str(response.status_code), {}).get("description", "")
        assert f"`{code}`" in listed, f"`{code}` is not listed at {response.status_code} of {case.operation.label}"


def _json(response: Response) -> dict[str, Any]:
    try:
        body = json.loads(response.content or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
