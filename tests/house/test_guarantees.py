"""`docs/guarantees.md` speaks of every event and of tests that exist."""

import re
from pathlib import Path

import pytest

from shared.contracts import topics
from shared.contracts.catalogue import CATALOGUE

TEXT = Path("docs/guarantees.md").read_text(encoding="utf-8")
_ORDER, _, _OUTSIDE = TEXT.partition("## Order")[2].partition("## Effects outside")


def rows(text: str) -> list[list[str]]:
    """The cells of the tables in a text, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if row[0] not in ("published by", "where the sender died")]


def test_each_event_about_a_case_has_its_order() -> None:
    named = [
        (publisher, name) for publisher, events, *_ in rows(_ORDER) for name in re.findall(r"`([a-z_.]+)`", events)
    ]
    published = [(event.producer, event.name) for event in CATALOGUE if event.topic != topics.REGISTRY]
    assert sorted(named) == sorted(published)


@pytest.mark.parametrize("row", rows(_OUTSIDE), ids=lambda row: row[0])
def test_each_row_of_an_effect_outside_is_whole_and_names_a_test(row: list[str]) -> None:
    where, may_have_happened, state, follows, test = row
    assert where
    assert may_have_happened
    assert follows
    assert "`" in state or state == "the same"
    assert test


def test_the_tests_that_are_named_exist() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in Path("tests").rglob("test_*.py"))
    named = set(re.findall(r"`(test_[a-z_]+)`", TEXT))
    assert len(named) > 10
    assert {name for name in named if f"def {name}(" not in code} == set()
    files = set(re.findall(r"`(tests/[a-z_/]+(?:\.py)?)`", TEXT))
    assert {name for name in files if not Path(name).exists()} == set()
