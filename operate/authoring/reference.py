"""The reference of every primitive, written from the models that publication checks packs with."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel

from operate.authoring.examples import example_of
from operate.authoring.models import models_of, parts_of
from shared.kernel.text import Text
from shared.packs.documents import MODELS
from shared.packs.language.durations import Duration
from shared.packs.publishing.schemas import schema

COMMON: Final = (Text, Duration)
"""Parts that every section uses; described once."""
_PATTERNS: Final[Mapping[str, str]] = {
    r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$": "id",
    r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$": "code",
    r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$": "event name",
    r"^[A-Z][A-Z0-9]*-[A-Za-z0-9.]+ \S(.*\S)?$": "citation",
    r"^-?[0-9]+(\.[0-9]+)?$": "decimal, quoted",
    r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$": "time of day",
    r"^facts\.[a-z][a-z0-9]*([_-][a-z0-9]+)*$": "`facts.<id>`",
    r"^[A-Z]{3}$": "currency",
    r"^[A-Z]{2}$": "country",
}
_PLAIN: Final = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "null": "null",
    "object": "map",
}

Schema = Mapping[str, Any]


def reference() -> str:
    """The Markdown of all sections."""
    parts = [
        "### Used everywhere",
        "",
        *(line for model in COMMON for line in _model(model, key="", root=schema("sla"))),
    ]
    for key, model in MODELS.items():
        parts += [f"### {key}.yaml", "", *(line for each in models_of(model) for line in _model(each, key=key))]
    return "\n".join(parts).strip()


def _model(model: type, *, key: str, root: Schema | None = None) -> Iterator[str]:
    if key and model in COMMON:
        return
    whole = root or schema(key)
    own = whole if model is MODELS.get(key) else whole["$defs"][model.__name__]
    yield f"#### {_title(model, key)}"
    yield ""
    yield _one_line((sys.modules[model.__module__] if model is MODELS.get(key) else model).__doc__ or "")
    yield ""
    if key and (users := _users(model, key)):
        yield f"In {', '.join(users)}."
        yield ""
    yield "| field | type | default | meaning |"
    yield "| --- | --- | --- | --- |"
    for name, field in own["properties"].items():
        default = "required" if name in own.get("required", ()) else _default(model, name, field)
        yield f"| `{name}` | {_escaped(_type(field))} | {default} | {_escaped(_one_line(field['description']))} |"
    yield ""
    example = example_of(model, key or "common")
    if example:
        yield from ("```yaml", example.rstrip(), "```", "")


def _title(model: type, key: str) -> str:
    return (
        f"{key}.yaml, top level" if model is MODELS.get(key) else f"{key}: {model.__name__}" if key else model.__name__
    )


def _users(model: type, key: str) -> list[str]:
    """The fields that hold it: `Step.require`; those of the file itself by their name alone."""
    return [
        f"`{field.alias or name}`" if user is MODELS[key] else f"`{user.__name__}.{field.alias or name}`"
        for user in models_of(MODELS[key])
        for name, field in user.model_fields.items()
        if model in parts_of(field.annotation)
    ]


def _default(model: type, name: str, field: Schema) -> str:
    value = field.get("default")
    if value is None and issubclass(model, BaseModel) and name in model.model_fields:
        given = model.model_fields[name].default
        value = str(given) if type(given).__name__ == "Expression" else None
    return "–" if value in (None, [], {}) or isinstance(value, dict) else f"`{json.dumps(value, ensure_ascii=False)}`"


def _type(field: Schema) -> str:
    """A type in words: `list of Goal`, `id`, `"all" or "first"`, `whole number, 1 to 99`."""
    match field:
        case {"allOf": [whole, {"properties": {"unit": {"enum": units}}}]}:
            return f"{_type(whole)} in {', '.join(f'`{unit}`' for unit in units)}"
        case {"$ref": reference}:
            return str(reference).rpartition("/")[2]
        case {"anyOf": options}:
            return _one_of(options)
        case {"type": "array", "items": item}:
            return f"list of {_type(item)}{', at least one' if field.get('minItems') else ''}"
        case {"type": "object", "additionalProperties": dict(value)}:
            return f"map to {_type(value)}"
        case _:
            return _listed(field) or _scalar(field)


def _one_of(options: Sequence[Schema]) -> str:
    """The choices in words; `citation, or a list of them`."""
    match options:
        case [one, {"type": "array", "items": item}] if item == one:
            return f"{_type(one)}, or a list of them"
        case _:
            return " or ".join(_type(option) for option in options if option.get("type") != "null")


def _listed(field: Schema) -> str:
    """The only values that there may be, if they are listed."""
    values = field.get("enum", [field["const"]] if "const" in field else [])
    return " or ".join(f"`{value if isinstance(value, str) else json.dumps(value)}`" for value in values)


def _scalar(field: Schema) -> str:
    kind = field.get("type")
    if isinstance(kind, list):
        return "expression"
    if kind == "string" and field.get("pattern"):
        return _PATTERNS.get(field["pattern"], "text")
    if kind == "string" and field.get("format") == "date":
        return "date"
    low, high = field.get("minimum"), field.get("maximum")
    return f"whole number, {low} to {high}" if kind == "integer" and high is not None else _PLAIN.get(str(kind), "any")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
