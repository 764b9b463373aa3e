"""Runs of the model write no log lines: each has hundreds of faults."""

from collections.abc import Iterator

import pytest
import structlog

from tests.simulation.__main__ import quiet


@pytest.fixture(autouse=True, scope="package")
def _quiet() -> Iterator[None]:
    before = structlog.get_config()
    quiet()
    yield
    structlog.configure(**before)
