"""Small pieces of packs, one YAML file for each primitive: shown in AUTHORING.md, parsed by a test with the models."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import orjson
from pydantic import TypeAdapter

from operate.authoring.models import models_of
from shared.kernel.text import Text
from shared.packs.documents import MODELS, words_of
from shared.packs.language.durations import Duration
from shared.packs.language.words import Words
from shared.packs.language.yaml_reader import read_yaml
from shared.packs.pack.tables import DecisionTable, Definition
from shared.packs.sla.model.calendars import Calendar

FOLDER: Final = Path(__file__).parent / "pieces"
_NAMED: Final[Mapping[str, type]] = {"define": Definition, "tables": DecisionTable}
_WORD: Final = re.compile(r"(?<!^)(?=[A-Z])")


def file_of(model: type, key: str) -> Path:
    """`pieces/intake/fact_field.yaml`."""
    return FOLDER / key / f"{_WORD.sub('_', model.__name__).lower()}.yaml"


def example_of(model: type, key: str) -> str:
    """The example of a primitive; empty when it is shown inside that of another."""
    file = file_of(model, key)
    return file.read_text(encoding="utf-8") if file.exists() else ""


def all_models() -> list[tuple[str, type]]:
    """Every model of a pack with the section that it belongs to."""
    common: list[tuple[str, type]] = [("common", Text), ("common", Duration)]
    parts = [(key, part) for key, model in MODELS.items() for part in models_of(model)]
    return common + [(key, part) for key, part in parts if part is not Duration]


def parsed() -> Iterator[tuple[Path, object]]:
    """Each example as the model that it is of. Raises pydantic's ValidationError."""
    for key, model in all_models():
        file = file_of(model, key)
        if file.exists():
            tree, faults = read_yaml(file.read_text(encoding="utf-8"), file=str(file))
            assert not faults, faults  # noqa: S101 (ours, and tested)
            yield file, TypeAdapter(model).validate_json(orjson.dumps(tree.plain()), strict=True)


def words() -> Words:
    """The words of a pack in Shanghai that has the pieces' definition, table and calendar."""
    pieces = {key: [_piece(model, "pack")] for key, model in _NAMED.items()}
    return words_of({"pack": {"zone": "Asia/Shanghai", **pieces}, "sla": {"calendars": [_piece(Calendar, "sla")]}})


def _piece(model: type, key: str) -> object:
    return read_yaml(example_of(model, key), file=key)[0].plain()
