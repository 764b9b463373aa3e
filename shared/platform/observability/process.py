"""Gauges of the process: its pool, its disk, its certificates. They are read when they are scraped."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates

from shared.platform.observability import metrics


def observe_process(*, pool_size: int, in_use: Callable[[], int], certificates: Mapping[str, Path | None]) -> None:
    """Set what is fixed, and say how the rest is read. Raises ValueError for a file without a certificate."""
    spool = tempfile.gettempdir()
    metrics.DB_POOL_MAX.set(pool_size)
    metrics.DB_POOL_IN_USE.set_function(in_use)
    metrics.DISK_FREE.labels(place="temporary").set_function(lambda: shutil.disk_usage(spool).free)
    metrics.DISK_SIZE.labels(place="temporary").set_function(lambda: shutil.disk_usage(spool).total)
    for name, file in certificates.items():
        if file is not None:
            metrics.CERTIFICATE_EXPIRES.labels(certificate=name).set(expires_at(file))


def expires_at(file: Path) -> float:
    """When the first of the file's certificates ends, in Unix time. Raises ValueError where there is none."""
    found = load_pem_x509_certificates(file.read_bytes())
    return min(each.not_valid_after_utc.timestamp() for each in found)
