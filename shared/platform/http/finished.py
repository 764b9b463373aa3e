"""The last hand on a service's OpenAPI document: texts, summaries, titles, codes, servers (ADR 0058).

Everything is derived here and once: an operation's summary from its docstring, a schema's title from its name, what a
property means from the service's terms, the codes of a status from the classes of errors.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from re import Pattern
from re import compile as pattern
from typing import Any, Final

from shared.platform.http.about import PROBLEMS as REFUSALS
from shared.platform.http.about import About, about
from shared.platform.http.codes import CODE, code_schemas, codes_of, listed
from shared.platform.http.problems import MEDIA_TYPE, STATUSES

Json = dict[str, Any]
PROBLEMS: Final = "#/components/responses/Problem{status}"
_GENERIC_PAGE: Final[Pattern[str]] = pattern(r"Page_(\w+?)(View)?_")
_PAGE: Final = "One page; send `next` as `after` for the following one."
_METHODS: Final = frozenset({"get", "post", "put", "delete", "patch"})
_WAITS: Final = frozenset({HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_RETRY_AFTER: Final = {
    "description": "After how many seconds the same request may be repeated; absent where repeating does not help. "
    "Spread over clients: at least what is needed, at most three times as long, never over 30 s more.",
    "schema": {"type": "integer", "minimum": 0},
}
_FORBIDDEN_STATE: Final = (
    "The state or a gate of the pack forbids it; or `not_caught_up`, when the service has not handled what the "
    "request's position names, or the registration of a case of the last minute, within two seconds: repeat the "
    "request after `Retry-After` seconds."
)


def finished(document: Json, *, service: str, raises: Mapping[str, Mapping[int, list[str]]]) -> Json:
    """`document` of `service`, completed in place.

    `raises`: operationId → status → the codes that its code can raise.
    """
    texts = about(service)
    document["info"]["description"] = texts.introduction
    document["servers"] = [{"url": "/", "description": "The service that answers with this document."}]
    codes = codes_of(service)
    schemas = document["components"]["schemas"]
    _name_pages(document)
    schemas[CODE], schemas["Problem"]["properties"]["code"] = code_schemas([codes, *raises.values()])
    document["components"]["responses"] = _problems(document, texts)
    for operation in operations(document):
        _summarise(operation)
        _list_codes(operation, raises.get(operation["operationId"], {}))
        _explain_parameters(operation, texts)
        _show(operation, texts)
    for name, schema in schemas.items():
        _say_which_names(schema)
        _explain(name, schema, texts)
    return document


def operations(document: Json) -> Iterator[Json]:
    """Every operation of a document."""
    for item in document["paths"].values():
        yield from (operation for method, operation in item.items() if method in _METHODS)


def _say_which_names(place: Any) -> None:
    """A pattern of names is one for all names: pydantic's `patternProperties` leaves every other name free."""
    if isinstance(place, list):
        for each in place:
            _say_which_names(each)
    elif isinstance(place, dict):
        for each in place.values():
            _say_which_names(each)
        if isinstance(place.get("patternProperties"), dict) and "additionalProperties" not in place:
            [(names, place["additionalProperties"])] = place.pop("patternProperties").items()
            place["propertyNames"] = {**place.get("propertyNames", {}), "pattern": names}


def _name_pages(document: Json) -> None:
    """`Page_CaseItem_`, the name of a generic model, reads `CaseItemPage` in a generated client."""
    schemas = document["components"]["schemas"]
    for name in [name for name in schemas if _GENERIC_PAGE.fullmatch(name)]:
        schemas[_GENERIC_PAGE.sub(r"\1Page", name)] = schemas.pop(name) | {"description": _PAGE}
    _rename_references(document)


def _rename_references(place: Any) -> None:
    if isinstance(place, list):
        for each in place:
            _rename_references(each)
    elif isinstance(place, dict):
        if isinstance(place.get("$ref"), str):
            place["$ref"] = _GENERIC_PAGE.sub(r"\1Page", place["$ref"])
        for each in place.values():
            _rename_references(each)


def _problems(document: Json, texts: About) -> Json:
    """A response for each status that an operation refers to."""
    used = {
        int(status)
        for operation in operations(document)
        for status, response in operation["responses"].items()
        if response.get("$ref") == PROBLEMS.format(status=status)
    }
    refusals = texts.answers.get(REFUSALS, {})
    return {f"Problem{status}": _problem(status, refusals.get(str(status))) for status in sorted(used)}


def _problem(status: int, example: Json | None) -> Json:
    answer: Json = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if example is not None:
        answer["example"] = example
    response: Json = {"description": _says(status), "content": {MEDIA_TYPE: answer}}
    if status in _WAITS:
        response["headers"] = {"Retry-After": _RETRY_AFTER}
    return response


def _says(status: int) -> str:
    return _FORBIDDEN_STATE if status == HTTPStatus.CONFLICT else f"{STATUSES[status]}."


def _list_codes(operation: Json, codes: Mapping[int, list[str]]) -> None:
    """At each refusal that refers to a common response: the codes of this operation (OpenAPI 3.1, Reference Object)."""
    for status, response in operation["responses"].items():
        if response.get("$ref") == PROBLEMS.format(status=status) and int(status) in codes:
            response["description"] = _says(int(status)) + listed(codes[int(status)])


def _summarise(operation: Json) -> None:
    """The first sentence of the docstring is the summary, the rest the description."""
    words = " ".join(operation.get("description", "").split())
    first, _, rest = words.partition(". ")
    operation["summary"] = first.removesuffix(".")
    operation.pop("description", None)
    if rest:
        operation["description"] = rest


def _explain_parameters(operation: Json, texts: About) -> None:
    for parameter in operation.get("parameters", ()):
        parameter["schema"].pop("title", None)
        meaning = parameter.get("description") or texts.meaning(operation["operationId"], parameter["name"])
        if meaning is not None:
            parameter["description"] = meaning


def _show(operation: Json, texts: About) -> None:
    """The examples of the body and of the answers, and plain titles of what is written in place."""
    content = operation.get("requestBody", {}).get("content", {})
    example = texts.examples.get(operation["operationId"])
    if example is not None and "application/json" in content:
        content["application/json"]["example"] = example
    answers = texts.answers.get(operation["operationId"], {})
    for status, response in operation["responses"].items():
        for kind, answer in response.get("content", {}).items():
            answer.get("schema", {}).pop("title", None)
            if kind == "application/json" and status in answers:
                answer["example"] = answers[status]


def _explain(name: str, schema: Json, texts: About) -> None:
    schema["title"] = name
    for key, place in schema.get("properties", {}).items():
        _untitle(place)
        meaning = place.get("description") or texts.meaning(name, key)
        if meaning is not None:
            place["description"] = meaning


def _untitle(schema: Any) -> None:
    """Without the titles that pydantic makes of names: a generator would make types of them."""
    if isinstance(schema, list):
        for each in schema:
            _untitle(each)
    elif isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        for key in ("anyOf", "oneOf", "allOf", "items", "additionalProperties"):
            _untitle(schema.get(key))
