"""The documents that others build against say what the code does."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from operate.contracts import events
from operate.published import documents
from shared.contracts import topics

PROJECT = Path()


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return documents(PROJECT)


def test_documents_are_current(generated: dict[str, str]) -> None:
    stale = [
        name
        for name, content in generated.items()
        if not (PROJECT / name).exists() or (PROJECT / name).read_text(encoding="utf-8") != content
    ]

    assert stale == [], "run `redress documents`"


def test_no_document_is_left_over(generated: dict[str, str]) -> None:
    written = {str(file) for file in Path("docs/api").rglob("*.json")}

    assert written == {name for name in generated if name.startswith("docs/api/")}


def test_event_types_are_unique_and_versioned() -> None:
    names = [event.contract.TYPE for event in events()]

    assert len(names) == len(set(names))
    assert all(name.endswith(".v1") for name in names)


def test_the_topics_of_the_contracts_are_those_that_are_created() -> None:
    declared = YAML(typ="safe").load(Path("deploy/topics.yaml"))["topics"]

    wanted = {*topics.EVENT_TOPICS, *(topics.dead_letter_topic(s) for s in ("intake", "sla", "settlement", "notify"))}
    assert set(declared) == wanted
