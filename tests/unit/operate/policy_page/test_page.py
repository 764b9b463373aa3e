"""The page of a pack: whole, in the document's order, escaped, the same each time."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from operate.authoring.guide import write
from operate.authoring.page import PLACE
from operate.policy_page.articles import in_order
from operate.policy_page.details import Detail, Nested
from operate.policy_page.page import page_of
from operate.policy_page.rendering import rendered
from operate.policy_page.words import KINDS
from shared.kernel.text import Text
from shared.packs.documents import KEYS, Sections
from shared.packs.publishing.cited_rules import cited_rules
from shared.packs.publishing.load import load_pack
from tests.support.packs import write_pack
from tests.support.policy_pages import GUIDE, SHIPPED, TABLES, html, page, write_tables


def by_rule(text: str) -> dict[str, str]:
    """What the page says of each rule."""
    parts = text.partition('<h2 id="workflows">')[0].split('id="rule-')[1:]
    return {part.partition('"')[0]: part for part in parts}


@pytest.mark.parametrize("pack", SHIPPED)
def test_every_citation_of_a_shipped_pack_stands_at_its_rule(pack: str) -> None:
    loaded = load_pack(pack)
    said = by_rule(html(pack))
    cited = cited_rules(loaded.valid())

    assert cited
    for each in cited:
        _, line = loaded.place(each.section, each.path)
        assert each.where in said[each.rule]
        assert f"{each.section}.yaml:{line}" in said[each.rule]


@pytest.mark.parametrize("pack", SHIPPED)
def test_every_element_has_a_word_for_what_it_is(pack: str) -> None:
    kinds = {element.kind.en for rule in page(pack).rules for element in rule.elements}

    assert "Setting" not in kinds


def cites(annotation: Any) -> bool:
    """Whether something of this type, or in it, may cite a rule."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields
        return "cite" in fields or any(cites(field.annotation) for field in fields.values())
    return any(map(cites, get_args(annotation)))


@pytest.mark.parametrize("key", KEYS)
def test_everything_that_may_cite_a_rule_has_a_word(key: str) -> None:
    fields = Sections.__annotations__[key].model_fields
    parts = [f"{key}.{field.alias or name}" for name, field in fields.items() if cites(field.annotation)]

    assert [part for part in parts if not any(kind.startswith(part) for kind in KINDS)] == []


def test_a_pack_that_extends_another_tells_the_files_of_both(tmp_path: Path) -> None:
    write(Path(PLACE).read_text(encoding="utf-8"), tmp_path)
    loaded = load_pack(tmp_path / "lamps_city")

    found = page_of(loaded)

    places = {element.place.rpartition(":")[0] for rule in found.rules for element in rule.elements}
    assert "intake.yaml" in places
    assert "lamps/intake.yaml" in places
    assert {cited.rule for cited in cited_rules(loaded.valid())} <= {rule.id for rule in found.rules}
    assert not found.has_words


def without_words(details: tuple[Detail, ...]) -> set[str]:
    nested = (value for detail in details for value in detail.values if isinstance(value, Nested))
    inside = (without_words(each.details) for each in nested)
    return {each.caption.en for each in details if each.caption.zh == each.caption.en}.union(*inside)


@pytest.mark.parametrize("pack", [*SHIPPED, GUIDE])
def test_every_setting_has_a_caption_in_both_languages(pack: str) -> None:
    elements = [element for rule in page(pack).rules for element in rule.elements]

    assert set[str]().union(*(without_words(element.details) for element in elements)) == set()


def test_a_branch_is_shown_with_its_condition() -> None:
    step = next(each for each in page(GUIDE).rules[2].elements if each.where == "intake.steps[check]")
    (leads,) = (detail for detail in step.details if detail.caption.en == "leads to")
    accepted, _ = leads.values

    assert isinstance(accepted, Nested)
    assert accepted.names == (Text(zh="已受理", en="Accepted"),)
    assert [(each.caption.en, each.values) for each in accepted.details] == [("when", ("input.ours == true",))]


@pytest.mark.parametrize("pack", [*SHIPPED, GUIDE, TABLES])
def test_every_link_leads_to_one_place_of_the_page_and_nothing_is_loaded(pack: str) -> None:
    text = html(pack)
    ids = re.findall(r'\bid="([^"]+)"', text)
    links = re.findall(r'\bhref="([^"]+)"', text)

    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in links} - set(ids) == set()
    assert re.findall(r"<script|<link|<img|\bsrc=|url\(|@import", text) == []


def test_the_guides_page_puts_the_words_beside_their_execution() -> None:
    found = page(GUIDE)
    text = html(GUIDE)

    assert [rule.id for rule in found.rules] == [f"LS-{number}" for number in range(1, 9)]
    assert "The price is refunded, less 5 per cent for each month of use." in text
    said = by_rule(text)
    assert "A lamp of 800 yuan, three months old" in said["LS-4"]
    assert "min([inputs.months * 0.05, 1])" in said["LS-4"]
    assert "Working days." in said["LS-3"]  # the reading of G1
    assert "Nothing in the pack carries this rule out" not in text


def test_the_worked_example_is_the_scenarios() -> None:
    (refund,) = page(GUIDE).remedies
    example = refund.example

    # 800 × (1 − 3 × 5 %) = 680, above 500: the manager.
    assert example is not None
    assert refund.given == {"price": "800", "months": "3"}
    assert [(step.id, step.value) for step in example.trace.steps] == [("lost", "0.15"), ("refund", "680.00")]
    assert example.result == "680.00 CNY"
    assert example.quoted.expected == "680.00"
    assert [getattr(role, "en", role) for role in refund.approvers] == ["Manager"]


@pytest.mark.parametrize("pack", SHIPPED)
def test_a_worked_example_gives_what_its_scenario_expects(pack: str) -> None:
    for remedy in page(pack).remedies:
        example = remedy.example
        if example is not None and example.quoted.expected is not None:
            assert example.trace.value_of(remedy.remedy.result) == Decimal(example.quoted.expected), remedy


def test_tax_is_split_in_the_example() -> None:
    example = next(each.example for each in page("laigang").remedies if each.remedy.id == "money_compensation")

    # 36,000 / 1.13 = 31,858.407…; the tax is the rest.
    assert example is not None
    assert (example.net, example.tax) == ("31,858.41 CNY", "4,141.59 CNY")


def test_rules_that_nothing_carries_out_are_marked(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "small")
    words = (
        "## X-3 Art.3\n\nThe leader closes.\n\n## X-99 Art.99\n\nTea is served.\n\n## X-1 Art.1\n\nAll complaints.\n"
    )
    (folder / "source.md").write_text(words, encoding="utf-8")

    found = page_of(load_pack(folder))
    said = by_rule(rendered(found))

    # The document's order, then what stands in none of its passages.
    assert [rule.id for rule in found.rules] == ["X-3", "X-99", "X-1", "X-2", "X-4", "X-5"]
    assert "Nothing in the pack carries this rule out" in said["X-99"]
    assert "Nothing in the pack carries this rule out" not in said["X-3"]
    assert "No scenario proves this rule" in said["X-3"]
    assert rendered(found).count("Not in source.md") == 3


def test_what_people_write_is_text_and_no_html(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "small")
    evil = "<script>alert(1)</script>"
    for name in ("pack", "intake", "sla"):
        file = folder / f"{name}.yaml"
        text = re.sub(r"\ben: ([^,}]+)", f'en: "{evil}\\1"', file.read_text(encoding="utf-8"))
        file.write_text(text, encoding="utf-8")
    (folder / "source.md").write_text(f"## X-1 {evil}\n\n{evil}\n", encoding="utf-8")

    text = rendered(page_of(load_pack(folder)))

    assert "<script" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 10


def test_a_condition_shows_its_signs(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "small")
    file = folder / "sla.yaml"
    text = file.read_text(encoding="utf-8").replace("facts.severity == 'major'", "number(facts.tonnes ?? '0') < 3")
    file.write_text(text, encoding="utf-8")

    assert "number(facts.tonnes ?? &#39;0&#39;) &lt; 3" in rendered(page_of(load_pack(folder)))


def test_the_same_pack_gives_the_same_text(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "small")

    assert rendered(page_of(load_pack(folder))) == rendered(page_of(load_pack(folder)))


def test_one_language_leaves_the_other_out(tmp_path: Path) -> None:
    found = page_of(load_pack(write_pack(tmp_path / "small")))
    english, chinese, both = rendered(found, languages=["en"]), rendered(found, languages=["zh"]), rendered(found)

    assert '<html lang="en">' in english
    assert "投诉" not in english
    assert "Complaint" not in chinese
    assert 'type="radio"' not in english
    assert both.index("投诉") < both.index("Complaint")  # the pack's own first
    assert both.count('type="radio"') == 3


def test_a_pack_in_english_shows_english_first(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "small")
    with (folder / "pack.yaml").open("a", encoding="utf-8") as file:
        file.write("language: en\n")

    text = rendered(page_of(load_pack(folder)))

    assert '<html lang="en">' in text
    assert text.index("Complaint") < text.index("投诉")


def test_ids_are_sorted_as_people_count() -> None:
    assert sorted(["LS-10", "LS-3a", "LS-2", "LS-3", "A-1.10", "A-1.9"], key=in_order) == [
        "A-1.9",
        "A-1.10",
        "LS-2",
        "LS-3",
        "LS-3a",
        "LS-10",
    ]


def test_tables_and_definitions_are_shown_row_by_row() -> None:
    found = page(TABLES)

    (table,) = found.tables
    assert (table.call, table.hit.en) == ("share(kind, months)", "the first row that fits is taken")
    assert [row.cells for row in table.rows] == [("a", "≥ 12, < 24"), ("a, b", "> 24"), ("b", "–")]
    assert [row.rules for row in table.rows] == [("X-8",), ("X-8a",), ("X-8a",)]
    (definition,) = found.definitions
    assert (definition.call, definition.formula) == ("twice(what)", "what * 2")
    said = by_rule(html(TABLES))
    assert 'href="#table-share"' in said["X-8a"]
    assert 'href="#definition-twice"' in said["X-7"]


def test_a_calculation_shows_what_its_tables_and_definitions_gave() -> None:
    (refund,) = page(TABLES).remedies

    # 40 × 2 × 0.5; the first row holds from 12 months on.
    assert refund.example is not None
    assert refund.example.result == "40.00 CNY"
    (step,) = refund.example.trace.steps
    assert [(use.call, use.value, use.rows) for use in step.uses] == [
        ("twice(inputs.price)", "80", ()),
        ("share('a', 12)", "0.5", (1,)),
    ]
    assert "share(&#39;a&#39;, 12)</code> = 0.5" in html(TABLES)


def test_a_faulty_scenario_is_told_and_proves_nothing(tmp_path: Path) -> None:
    folder = write_tables(tmp_path)
    (folder / "scenarios" / "wrong.yaml").write_text("scenario: Wrong\nrules: [X-1]\n", encoding="utf-8")

    text = rendered(page_of(load_pack(folder)))

    assert "Faulty scenarios, which prove nothing" in text
    assert "<code>scenarios/wrong.yaml:1: " in text
    assert "No scenario proves this rule" in by_rule(text)["X-1"]
