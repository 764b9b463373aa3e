"""The language of message texts: what it has, and all that it leaves out."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.packs.language.wording import Wording, WordingInvalid

SHANGHAI = ZoneInfo("Asia/Shanghai")
CONTEXT: dict[str, Any] = {
    "case": {"number": "O-1"},
    "document": {"fields": {"items": "3 pails"}},
    "facts": {"product": None, "tonnes": "1200.50", "papers": ["a", "b"], "major": True},
    "event": {
        "due_at": "2026-03-16T09:00:00Z",
        "amount": {"minor": 2_100_000, "currency": "CNY"},
        "label": {"zh": "处理周期", "en": "Handling cycle"},
        "dollars": {"minor": 2_100_000, "currency": "USD"},
        "yen": {"minor": 2_100_000, "currency": "JPY"},
    },
}


def said(source: str, locale: str = "zh-CN") -> str:
    return Wording(source).render(CONTEXT, locale=locale, zone=SHANGHAI)


@pytest.mark.parametrize(
    ("source", "zh", "en"),
    [
        ("{{ event.amount | money }}", "21,000.00 元", "CNY 21,000.00"),
        ("{{ event.dollars | money }}", "USD 21,000.00", "USD 21,000.00"),
        ("{{ event.yen | money }}", "JPY 2,100,000", "JPY 2,100,000"),
        ("{{ event.amount.minor | money }}", "21,000.00 元", "CNY 21,000.00"),
        ("{{ event.due_at | instant }}", "2026-03-16 17:00", "2026-03-16 17:00"),
        ("{{ event.due_at | day }}", "2026-03-16", "2026-03-16"),
        ("{{ event.label | text }}", "处理周期", "Handling cycle"),
        ("{{ facts.tonnes | quantity }} t", "1,200.50 t", "1,200.50 t"),
        ("{{ facts.product }}", "—", "—"),
        ("{{ document.fields.items }}", "3 pails", "3 pails"),
        ("{{ facts.keys }}", "—", "—"),
        ("{{ facts.never | money }}", "—", "—"),
        ("{{ facts.never.deeper | instant }}", "—", "—"),
        ("{{ facts.product or 'goods' }}", "goods", "goods"),
        ("{% if facts.major %}yes{% else %}no{% endif %}", "yes", "yes"),
        ("{% if facts.never %}yes{% else %}no{% endif %}", "no", "no"),
        ("{% for p in facts.papers %}[{{ p }}]{% endfor %}", "[a][b]", "[a][b]"),
        ("{{ facts.papers | join('、') }}", "a、b", "a、b"),
        ("{% if case.number in ['O-1', 'O-2'] %}x{% endif %}", "x", "x"),
        ("<b>{{ case.number }}</b>", "<b>O-1</b>", "<b>O-1</b>"),
    ],
)
def test_what_is_said(source: str, zh: str, en: str) -> None:
    assert (said(source), said(source, "en")) == (zh, en)


@pytest.mark.parametrize(
    "source",
    [
        "{{ case.number.upper() }}", "{{ range(9) }}", "{{ 'a' * 1000000000 }}", "{{ 1 + 1 }}", "{{ 10 ** 10 }}",
        "{% set x = 1 %}", "{% macro f() %}{% endmacro %}", "{% include 'x' %}", "{% import 'x' as y %}",
        "{% extends 'x' %}", "{% block b %}{% endblock %}", "{% raw %}{{ x }}{% endraw %}{{ f() }}",
        "{{ case.__class__ }}", "{{ case['__class__'] }}", "{{ ''.__class__.__mro__ }}", "{{ case[0] }}",
        "{{ case.number | attr('upper') }}", "{{ case.number | replace('a', 'b') }}", "{{ case | tojson }}",
        "{% for a in facts.papers %}{% for b in facts.papers %}x{% endfor %}{% endfor %}",
        "{% for a in [1, 2] %}x{% endfor %}", "{% for a, b in facts.papers %}x{% endfor %}",
        "{% for a in facts.papers recursive %}x{% endfor %}", "{% for a in facts.papers if a %}x{% endfor %}",
        "{{ case.number", "{% if case.number %}", "{{ }}", "{{ case.number is defined }}", "{{ -1 }}", "{{ case[facts.product] }}",
        "x" * 8001, "{% filter upper %}x{% endfilter %}", "{% with a = 1 %}{% endwith %}", "{% call f() %}{% endcall %}",
    ],
)  # fmt: skip
def test_what_the_language_does_not_have(source: str) -> None:
    with pytest.raises(WordingInvalid):
        Wording(source)


def test_names_are_found_in_every_branch() -> None:
    wording = Wording(
        "{% if facts.a %}{{ event.b.c | money }}{% elif document.d == case.e %}{{ x['y'] }}{% else %}{{ cite }}{% endif %}"
        "{% for p in record.fields.list %}{{ p }}{{ party.name }}{% endfor %}"
    )
    assert set(wording.variables) == {
        ("facts", "a"), ("event", "b", "c"), ("document", "d"), ("case", "e"), ("x", "y"), ("cite",),
        ("record", "fields", "list"), ("party", "name"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "source", ["{{ facts.papers | money }}", "{{ facts.major | instant }}", "{{ facts.papers | quantity }}"]
)
def test_a_value_of_a_wrong_kind_fails_loudly(source: str) -> None:
    with pytest.raises(WordingInvalid):
        said(source)


@pytest.mark.parametrize(
    "source", ["{{ facts.major }}", "{{ facts.papers }}", "{{ event.amount }}", "{{ facts.never }}"]
)
def test_the_check_refuses_what_reads_badly(source: str) -> None:
    with pytest.raises(WordingInvalid):
        Wording(source).check(CONTEXT, locale="en", zone=SHANGHAI)
