"""Every scenario that a pack ships or a page shows, and how to play them all on one stack."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from operate.authoring import guide, scenario_page
from operate.scenarios.outcome import Outcome
from operate.scenarios.run import run_file
from operate.scenarios.session import Stack
from shared.platform.loops import was_cancelled

GUIDE: Final = Path("deploy/policies/AUTHORING.md")
PAGE: Final = Path(scenario_page.PLACE)
EXAMPLES: Final = scenario_page.examples(PAGE.read_text(encoding="utf-8"))
SHIPPED: Final = sorted([*Path("deploy/policies").glob("*/scenarios/*.yaml"), *Path("tests/scenarios").glob("*.yaml")])
GUIDED: Final = [name for name in guide.files(GUIDE.read_text(encoding="utf-8")) if "/scenarios/" in name]
FILES: Final = [*SHIPPED, *(GUIDE / name for name in GUIDED), *(PAGE / name for name in EXAMPLES)]
AT_ONCE: Final = 6


async def play(files: Sequence[Path], running: Stack, folder: Path) -> dict[Path, Outcome | Exception]:
    """All of them, several at a time; one that cannot be run does not stop the others.

    A client of Kafka whose connection dies cancels what waits for it, though nothing asked for that: such a file has
    failed like any other. `folder` is empty: what the guide and the page show is written there.
    """
    gate = asyncio.Semaphore(AT_ONCE)
    (folder / "guide").mkdir()
    guide.write(GUIDE.read_text(encoding="utf-8"), folder / "guide")
    written = {GUIDE / name: folder / "guide" / name for name in GUIDED}
    for name, text in EXAMPLES.items():
        (folder / name).write_text(text, encoding="utf-8")
        written[PAGE / name] = folder / name

    async def one(file: Path) -> Outcome | Exception:
        async with gate:
            try:
                return await run_file(written.get(file, file), running)
            except asyncio.CancelledError as error:
                if was_cancelled():
                    raise
                return RuntimeError(f"a client gave up: {error!r}")
            except Exception as error:
                return error

    return dict(zip(files, await asyncio.gather(*(one(file) for file in files)), strict=True))
