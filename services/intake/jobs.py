"""Intake has no clock of its own: deadlines are sla's, so there is nothing to sweep."""

from typing import Final

from shared.worker import Job

JOBS: Final[tuple[Job, ...]] = ()
