"""The page of a pack in a real browser: at a desk, on a telephone, and printed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browser import Browser, browser
from tests.support.policy_pages import GUIDE, SHIPPED, TABLES, html

PACKS = [*SHIPPED, GUIDE, TABLES]
WIDTHS = [1280, 390]
BROKEN_LINKS = """
[...document.querySelectorAll("a[href^='#']")].map(link => link.getAttribute("href").slice(1))
  .filter(id => !document.getElementById(id))
"""
BEYOND = """
[...document.querySelectorAll("main *, header *")].filter(element => !element.closest(".scroll, .text, svg"))
  .filter(element => element.getBoundingClientRect().right > innerWidth + 1).map(element => element.outerHTML.slice(0, 200))
"""
CUT = """
[...document.querySelectorAll("svg.workflow text")].filter(text => {
  const drawing = text.closest("svg").getBoundingClientRect(), own = text.getBoundingClientRect();
  return own.width > 0 && (own.left < drawing.left - 1 || own.right > drawing.right + 1);
}).map(text => text.textContent)
"""
OUT_OF_BOX = """
[...document.querySelectorAll("svg.workflow g")].filter(group => group.querySelector("rect")).flatMap(group => {
  const box = group.querySelector("rect").getBoundingClientRect();
  return [...group.querySelectorAll("text")].filter(text => {
    const own = text.getBoundingClientRect();
    return own.left < box.left || own.right > box.right || own.bottom > box.bottom + 1;
  }).map(text => text.textContent);
})
"""
SHOWN = """
[...document.querySelectorAll("h2 .{language}")].filter(element => element.getBoundingClientRect().width > 0).length
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("pages")
    for pack in PACKS:
        (place / f"{pack}.html").write_text(html(pack), encoding="utf-8")
    return place


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("pack", PACKS)
def test_the_page_fits_its_window_and_loads_nothing(chromium: Browser, folder: Path, pack: str, width: int) -> None:
    file = folder / f"{pack}.html"
    chromium.open(file, width=width)

    assert chromium.evaluate("document.documentElement.scrollWidth") <= width
    assert chromium.evaluate(BEYOND) == []
    assert chromium.evaluate(BROKEN_LINKS) == []
    assert chromium.evaluate(CUT) == []
    assert chromium.evaluate(OUT_OF_BOX) == []
    assert chromium.requests == [file.as_uri()]
    assert chromium.console == []


def test_words_stand_beside_their_execution_at_a_desk_and_above_it_on_a_telephone(
    chromium: Browser, folder: Path
) -> None:
    place = "(name => document.querySelector(`.article .${name}`).getBoundingClientRect())"
    seen = {}
    for width in WIDTHS:
        chromium.open(folder / f"{GUIDE}.html", width=width)
        seen[width] = chromium.evaluate(f"[{place}('words').right, {place}('does').left]")
        assert chromium.evaluate("document.querySelectorAll('.article .words').length") == 8

    assert seen[1280][0] < seen[1280][1]
    assert seen[390][0] > seen[390][1]


def test_a_reader_chooses_the_language_without_a_script(chromium: Browser, folder: Path) -> None:
    chromium.open(folder / f"{GUIDE}.html", width=1280)
    counts = {}
    for choice in ("both", "zh", "en"):
        chromium.evaluate(f"document.querySelector('label[for=show-{choice}]').click()")
        counts[choice] = [chromium.evaluate(SHOWN.replace("{language}", language)) > 0 for language in ("zh", "en")]

    assert counts == {"both": [True, True], "zh": [True, False], "en": [False, True]}


def test_it_prints_on_a4(chromium: Browser, folder: Path) -> None:
    chromium.open(folder / f"{GUIDE}.html", width=1280)

    paper = chromium.printed()

    sizes = set(re.findall(rb"/MediaBox \[\s*0 0 ([0-9.]+) ([0-9.]+)", paper))
    assert {(round(float(width)), round(float(height))) for width, height in sizes} == {(595, 842)}  # 210 × 297 mm
