"""JSON Schemas of the five files of a pack, for editors; generated from the section classes."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from shared.packs.documents import KEYS, MODELS

_EXTENDS: Final = {
    "type": "string",
    "description": "Another pack, laid under this one: maps merge, lists of things with an id merge by id.",
}


def schema(key: str) -> Mapping[str, Any]:
    """The JSON Schema (2020-12) of `<key>.yaml`."""
    generated = MODELS[key].model_json_schema()
    if key == "pack":
        generated["properties"]["extends"] = _EXTENDS
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **generated}


def schema_files() -> Mapping[str, bytes]:
    """File name to content, as kept under `deploy/policies/schemas`."""
    return {
        f"{key}.json": orjson.dumps(schema(key), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE) for key in KEYS
    }
