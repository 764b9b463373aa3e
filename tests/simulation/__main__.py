"""`make simulate SEEDS=n FROM=m`: run seeds of the model of outbox, inbox, leases and timers; a failing one is printed."""

import logging
import os
import sys
import time

import structlog

from tests.simulation.world import simulate


def quiet() -> None:
    """No log lines: a run has thousands of faults."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def main(seeds: int, first: int) -> None:
    """Exit 1 when a seed fails."""
    quiet()
    began, failed = time.process_time(), 0
    for seed in range(first, first + seeds):
        for what in simulate(seed):
            failed += 1
            print(f"seed {seed}: {what}\n    again: make simulate SEEDS=1 FROM={seed}", flush=True)
    seconds = time.process_time() - began
    print(f"{seeds} seeds in {seconds:.0f} s of one core, {60 * seeds / seconds:.0f} a minute: {failed} violations")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(int(os.environ.get("SEEDS") or 1000), int(os.environ.get("FROM") or 0))
