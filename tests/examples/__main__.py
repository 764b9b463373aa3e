"""`make examples`: record the examples of answers again, from a story on a stack of its own."""

import asyncio
import json

from operate.progress import say_to_terminal
from operate.runtime.databases import SERVICES
from shared.kernel.clock import SystemClock
from tests.examples.play import play
from tests.examples.stable import stable
from tests.support.clients import PROJECT
from tests.support.stack import whole_stack


def main() -> None:
    """Play, and write `services/<service>/examples.json`."""
    say_to_terminal("Starting a stack, and playing every operation on it: about two minutes.")
    with whole_stack("examples") as running:
        said = asyncio.run(play(running))
    for service in SERVICES:
        recorded = json.dumps(stable(said[service], now=SystemClock().now()), indent=1, ensure_ascii=False)
        (PROJECT / "services" / service / "examples.json").write_text(f"{recorded}\n", encoding="utf-8")
    say_to_terminal("Now: .venv/bin/redress documents")


if __name__ == "__main__":
    main()
