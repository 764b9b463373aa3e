"""Grafana's schema of dashboards as JSON Schema, from the types of Grafana's SDK, which are generated from that schema.

The SDK's own readers take anything; here an unknown field, a missing one, a wrong type or a word that is none of an
enumeration is refused. The version of Grafana is that of the SDK in the lock.
"""

import enum
import inspect
import re
import types
import typing
from collections.abc import Iterator
from typing import Any, Final

import jsonschema
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.models import common, dashboard, prometheus, stat, timeseries

_ALWAYS: Final = re.compile(r'"(\w+)": self\.(\w+)')
_WHERE_SET: Final = re.compile(r'payload\["(\w+)"\] = self\.(\w+)')
"""How a model of the SDK writes itself: the key in JSON, and the attribute."""
_PRIMITIVES: Final = {str: "string", int: "integer", float: "number", bool: "boolean"}
_PLUGINS: Final = {"timeseries": (timeseries.Options, common.GraphFieldConfig), "stat": (stat.Options, None)}
"""The options of a panel, and what its fields have beside the common ones, by the panel's type."""
_APART: Final = (object, dashboard.Panel, dashboard.RowPanel, variants.Dataquery, dashboard.Dashboard)
"""What depends on a plugin, and the dashboard inside a snapshot of one."""

Schema = dict[str, Any]


def faults(board: Schema) -> Iterator[str]:
    """What in a dashboard is against Grafana's schema."""
    yield from _faults(schema_of(dashboard.Dashboard), board, "dashboard")
    for number, panel in enumerate(board.get("panels", [])):
        yield from _faults(_panel_schema(str(panel.get("type"))), panel, f"panel {number}")


def schema_of(model: type) -> Schema:
    """The schema of one of the SDK's models. Panels and queries depend on a plugin and are `_panel_schema`'s."""
    source = inspect.getsource(model.to_json)  # type: ignore[attr-defined]
    always = {key for key, _ in _ALWAYS.findall(source)}
    keys = {attribute: key for key, attribute in (*_ALWAYS.findall(source), *_WHERE_SET.findall(source))}
    properties = {
        keys[name]: _schema(hint, may_be_null=keys[name] in always)
        for name, hint in typing.get_type_hints(model).items()
        if name in keys
    }
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(always),
        "additionalProperties": False,
    }


def _faults(schema: Schema, value: Schema, where: str) -> Iterator[str]:
    for error in jsonschema.Draft202012Validator(schema).iter_errors(value):
        yield f"{where} {error.json_path}: {error.message}"


def _panel_schema(kind: str) -> Schema:
    if kind == "row":
        return schema_of(dashboard.RowPanel)
    if kind not in _PLUGINS:
        return {"properties": {"type": {"enum": ["row", *_PLUGINS]}}}
    options, custom = _PLUGINS[kind]
    schema = schema_of(dashboard.Panel)
    schema["properties"]["options"] = schema_of(options)
    schema["properties"]["targets"] = {"type": "array", "items": schema_of(prometheus.Dataquery)}
    field = schema["properties"]["fieldConfig"]["properties"]["defaults"]["properties"]
    field["custom"] = schema_of(custom) if custom else {"type": "object", "maxProperties": 0}
    return schema


def _schema(hint: Any, *, may_be_null: bool = False) -> Schema:
    arguments = typing.get_args(hint)
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        null = [{"type": "null"}] if may_be_null and type(None) in arguments else []
        choices = [*(_schema(each) for each in arguments if each is not type(None)), *null]
        return choices[0] if len(choices) == 1 else {"anyOf": choices}
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(arguments[1])}
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    return _plain(hint)


def _plain(hint: Any) -> Schema:
    if hint in _PRIMITIVES:
        return {"type": _PRIMITIVES[hint]}
    if not isinstance(hint, type) or hint in _APART:
        return {}
    return {"enum": [each.value for each in hint]} if issubclass(hint, enum.Enum) else schema_of(hint)
