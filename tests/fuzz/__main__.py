"""`make fuzz`: schemathesis with all its checks, on the four documents, as long as `EXAMPLES` says; it prints as it goes on.

ARGS: names of services; none means all.
"""

import asyncio
import os
import secrets
import sys

import httpx2

from operate.progress import say_to_terminal
from operate.runtime.databases import SERVICES
from operate.scenarios.stack import of_running
from tests.e2e.story import tell
from tests.fuzz.run import fuzz
from tests.support.stack import whole_stack

EXAMPLES = 200
HELP = """
{services} answered what the document does not say, or what no service may answer. Each failure above ends in the request as a curl line.
  Mend the service, or the document where it is the document that is wrong (docs/adr/0059-clients-are-generated-in-the-tests.md).
  The same run again: make fuzz SEED={seed} EXAMPLES={examples} ARGS="{services}"
"""


def main() -> int:
    """Fuzz the services that are named; 1 when something failed."""
    services = sys.argv[1:] or list(SERVICES)
    seed = int(os.environ.get("SEED") or secrets.randbelow(2**31))
    examples = int(os.environ.get("EXAMPLES") or EXAMPLES)
    say_to_terminal(f"Starting a stack, and a story to ask about. SEED={seed} EXAMPLES={examples}")
    failed = []
    with whole_stack("fuzz") as running:

        async def told() -> None:
            async with httpx2.AsyncClient(trust_env=False) as http:
                story = await tell(of_running(running), http)
                for service in services:
                    say_to_terminal(f"\n=== {service}")
                    if await asyncio.to_thread(fuzz, story, service, examples=examples, seed=seed, show=True):
                        failed.append(service)

        asyncio.run(told())
    if failed:
        say_to_terminal(HELP.format(services=" ".join(failed), seed=seed, examples=examples))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
