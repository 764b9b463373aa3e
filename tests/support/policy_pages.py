"""Pages of packs for tests: those that are shipped, and that of the guide's example; each is made once."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from operate.authoring import guide
from operate.authoring.page import PLACE
from operate.policy_page.page import Page, page_of
from operate.policy_page.rendering import rendered
from shared.packs.publishing.load import ROOT, load_pack
from tests.support.packs import INTAKE, PACK, REFUND, SLIP, write_pack

SHIPPED: Final = sorted(folder.parent.name for folder in ROOT.glob("*/pack.yaml"))
GUIDE: Final = "lamps"
TABLES: Final = "small"
"""A pack with a decision table and a definition, which the calculation of its remedy calls."""

WORDS: Final = """\
define:
  - {id: twice, label: {zh: 两倍, en: Twice}, takes: [what], is: what * 2, cite: X-7 Art.7}
tables:
  - id: share
    label: {zh: 比例, en: Share}
    hit: first
    takes: [{id: kind, type: choice, choices: [a, b]}, {id: months, type: integer, min: "0", max: "60"}]
    rows:
      - {when: {kind: a, months: {from: "12", below: "24"}}, gives: "0.5", cite: X-8 Art.8}
      - {when: {kind: [a, b], months: {above: "24"}}, gives: "0.1", cite: X-8a Art.8}
      - {when: {kind: b}, gives: "0.2", cite: X-8a Art.8}
"""

QUOTED: Final = """\
scenario: Twice the price, of which half is left
rules: [X-6, X-8]
pack: ..
start: 2026-03-02T09:00
people:
  li: {roles: [clerk]}
steps:
  - by: li
    register: {case_type: complaint, channel: web}
  - by: li
    quote: {remedy: refund, inputs: {price: "40.00"}}
    expect: {remedies: {refund: {amount: "40.00"}}}
"""


def write_tables(folder: Path) -> Path:
    """The pack with tables and its scenario, in the folder `small` below."""
    refund = REFUND.replace("formula: inputs.price", "formula: twice(inputs.price) * share('a', 12)")
    pack = write_pack(folder / TABLES, pack=PACK + WORDS, intake=INTAKE + SLIP, settlement=refund)
    (pack / "scenarios").mkdir()
    (pack / "scenarios" / "quoted.yaml").write_text(QUOTED, encoding="utf-8")
    return pack


@cache
def page(pack: str) -> Page:
    """The page of a shipped pack, of the guide's, or of that with tables."""
    if pack in SHIPPED:
        return page_of(load_pack(pack))
    with TemporaryDirectory() as folder:
        if pack == TABLES:
            return page_of(load_pack(write_tables(Path(folder))))
        guide.write(Path(PLACE).read_text(encoding="utf-8"), Path(folder))
        return page_of(load_pack(Path(folder) / GUIDE))


@cache
def html(pack: str) -> str:
    """Its text in both languages."""
    return rendered(page(pack))
