"""`make bench`: every figure as a ratio in one run; printed, and written to `.redress/bench.json`.

Ours and yardsticks run as the services do: on uvloop, with the services' garbage collection.
Arguments name figures (`python -m tests.bench intake due_dates`); none means all but the long ones.
"""

import json
import platform
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from pathlib import Path

import uvloop

from operate.runtime.databases import SERVICES
from operate.runtime.embedded import embedded_stack
from operate.runtime.parts import SINKS
from operate.runtime.stack import Stack
from shared.platform.serving import settle_garbage_collection
from tests.bench import (
    command,
    consumer,
    crowd,
    due_dates,
    intake_post,
    language,
    latency,
    looks,
    reads,
    recovery,
    relay,
    search,
    whole,
)
from tests.bench.crowd import Crowd
from tests.bench.database_work import POSTGRES_OPTIONS
from tests.bench.latency import Latency
from tests.bench.pairs import Figure
from tests.bench.recovery import Gone, Stopped
from tests.bench.search import Answered, Loaded
from tests.bench.whole import Whole
from tests.support.passable_folder import passable_folder

Result = Figure | Latency | Crowd | Answered | Loaded | Whole | Stopped | Gone

ON_A_STACK: dict[str, Callable[[Stack], Coroutine[None, None, Result | Sequence[Result]]]] = {
    "intake": intake_post.measure,
    "intake_one_organisation": intake_post.measure_one_organisation,
    "case_page": reads.measure_case_page,
    "position": reads.measure_position,
    "crowd": crowd.measure,
    "latency": latency.measure,
    "relay": relay.measure,
    "consumer": consumer.measure,
    "search": search.measure,
    "looks": looks.measure,
    "recovery": recovery.measure,
    "whole": whole.measure,
    "whole_in_parts": whole.measure_in_parts,
}
OF_INTAKE = {"intake", "intake_one_organisation", "case_page", "position", "crowd", "search", "looks"}
"""The figures about intake alone."""
OF_ALL = {"latency", "recovery", "whole", "whole_in_parts"}
"""The figures about the whole stack."""
LONG = {"recovery", "search", "looks", "whole", "whole_in_parts"}
"""Measured only when they are named: search and looks load a million cases, some minutes and 3 GB; whole takes a minute a rate,
recovery three."""
ALONE: dict[str, Callable[[], Coroutine[None, None, list[Figure]]]] = {
    "due_dates": due_dates.measure,
    "command": command.measure,
    "language": language.measure,
}
REPORT = Path(".redress/bench.json")


def main(names: list[str]) -> None:
    """Measure the named figures, or all."""
    wanted = names or [name for name in (*ALONE, *ON_A_STACK) if name not in LONG]
    unknown = set(wanted) - {*ALONE, *ON_A_STACK}
    if unknown:
        sys.exit(f"no figure called {', '.join(sorted(unknown))}; there are {', '.join([*ALONE, *ON_A_STACK])}")
    settle_garbage_collection()
    results: list[Result] = []
    began = time.monotonic()
    for name in wanted:
        print(f"[{time.monotonic() - began:4.0f} s] {name} …", flush=True)
        measured = _alone(name) if name in ALONE else _on_a_stack(name)
        for result in measured:
            print(f"         {result.line()}", flush=True)
        results += measured
    _write(results)
    print(f"\nWritten to {REPORT}. Ratios are medians of interleaved runs; absolute numbers are this machine's today.")


def _alone(name: str) -> list[Result]:
    return list(uvloop.run(ALONE[name]()))


def _on_a_stack(name: str) -> list[Result]:
    """A fresh stack for each figure, so that none inherits another's tables or queues."""
    with ExitStack() as cleanup:
        root = cleanup.enter_context(passable_folder("bench"))
        services = SERVICES if name in OF_ALL else ("intake",) if name in OF_INTAKE else ()
        sinks = SINKS if name in OF_ALL else ()
        options = POSTGRES_OPTIONS if name in {"whole", "whole_in_parts"} else {}
        started = embedded_stack(root / "state", services=services, sinks=sinks, postgres_options=options)
        stack = cleanup.enter_context(started)
        found = uvloop.run(ON_A_STACK[name](stack))
        return list(found) if isinstance(found, Sequence) else [found]


def _write(results: list[Result]) -> None:
    REPORT.parent.mkdir(exist_ok=True)
    report = {
        "machine": {"python": platform.python_version(), "system": platform.system(), "processor": platform.machine()},
        "figures": [result.as_json() for result in results],
    }
    REPORT.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
