"""`make chaos MINUTES=15 SEED=n RATE=1 PAUSE=6`: one run; exit 1 when an invariant is broken.

The minutes are those from the first fault to the end of the load: the last two of them, or a third, are calm.
"""

import os
import sys
import time
from typing import Final

import uvloop

from tests.chaos.suite.invariants.catalogue import broken
from tests.chaos.suite.report import report
from tests.chaos.suite.run import Settings, run
from tests.chaos.suite.system import whole_system

_CALM_SECONDS: Final = 120.0
_LAG_AFTER_SECONDS: Final = 60.0


def main(minutes: float, seed: int, rate: float, pause: float) -> int:
    """Run, print, and give the exit status."""
    calm = min(_CALM_SECONDS, minutes * 20)
    settings = Settings(
        seed=seed,
        seconds=minutes * 60 - calm,
        rate=rate,
        pause=pause,
        calm=calm,
        lag_after=min(_LAG_AFTER_SECONDS, calm / 2),
        most_lag=5.0,
        most_recovery=5.0,
        most_stop=15.0,
    )
    again = f"make chaos MINUTES={minutes:g} SEED={seed} RATE={rate:g} PAUSE={pause:g}"
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began:5.0f} s] {text}", flush=True)

    say(f"{again}: starting PostgreSQL, Kafka, the sinks and the services")
    with whole_system() as system:
        books = uvloop.run(run(settings, system, say))
    found = broken(books)
    print("\n".join(report(books, found, again=again)), flush=True)
    return 1 if any(found.values()) else 0


def _number(name: str, default: float) -> float:
    return float(os.environ.get(name) or default)


if __name__ == "__main__":
    sys.exit(
        main(
            _number("MINUTES", 15),
            int(_number("SEED", time.time_ns() % 1_000_000)),
            _number("RATE", 1),
            _number("PAUSE", 6),
        )
    )
