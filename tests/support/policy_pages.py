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

SHIPPED: Final = sorted(folder.parent.name for folder in ROOT.glob("*/pack.yaml"))
GUIDE: Final = "lamps"


@cache
def page(pack: str) -> Page:
    """The page of a shipped pack, or of the guide's."""
    if pack != GUIDE:
        return page_of(load_pack(pack))
    with TemporaryDirectory() as folder:
        guide.write(Path(PLACE).read_text(encoding="utf-8"), Path(folder))
        return page_of(load_pack(Path(folder) / GUIDE))


@cache
def html(pack: str) -> str:
    """Its text in both languages."""
    return rendered(page(pack))
