"""Pack authors learn every field from its description: in their editor's schema and in AUTHORING.md."""

import pytest

from operate.authoring.models import models_of
from shared.packs.documents import MODELS
from shared.packs.language.section import Section

MODELS_OF_PACKS = [(key, model) for key in MODELS for model in models_of(MODELS[key])]


@pytest.mark.parametrize(("key", "model"), MODELS_OF_PACKS, ids=lambda thing: getattr(thing, "__name__", thing))
def test_every_model_and_field_says_what_it_means(key: str, model: type[Section]) -> None:
    whole = model.model_json_schema(ref_template="{model}")
    own = whole["$defs"][whole["$ref"]] if "$ref" in whole else whole
    silent = [name for name, field in own["properties"].items() if not field.get("description")]

    assert model.__doc__
    assert silent == [], f"{key}.yaml, {model.__name__}: a docstring below each field is its description"


def test_all_models_are_looked_at() -> None:
    names = {model.__qualname__ for _, model in MODELS_OF_PACKS}

    assert {"Step", "Goal", "Hours", "Milestone", "TemplateText", "Posting", "Gap", "Duration"} <= names
