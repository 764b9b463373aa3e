"""Keys in a file that may be replaced while the process runs, to rotate them.

A rotation puts the new key beside the old one (a JWKS with both), lets the issuer sign with the new one,
and removes the old one. A removed key is refused after at most `LOOK_SECONDS`.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from shared.platform.auth.keys import Keys, parse_keys
from shared.platform.observability.logging import logger

LOOK_SECONDS: Final = 30.0
LARGEST_FILE: Final = 256 * 1024


class KeyFile:
    """The keys in the file; checked for a change every `LOOK_SECONDS`. Raises OSError or NoUsableKey at the start."""

    def __init__(
        self, path: Path, *, algorithms: Sequence[str], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = path
        self._algorithms = algorithms
        self._monotonic = monotonic
        self._stamp = self._stamped()
        self._keys = self._read()
        self._looked_at = monotonic()

    async def keys(self, kid: str | None) -> Keys:  # noqa: ARG002 (a file is not looked into again for a kid)
        """The keys; the same object until the file holds others. An unusable file does not replace them."""
        now = self._monotonic()
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._look()
        return self._keys

    def _look(self) -> None:
        try:
            stamp = self._stamped()
            if stamp != self._stamp:
                self._keys = self._read()
                self._stamp = stamp
                logger().info("auth.keys_changed", count=len(self._keys))
        except (OSError, ValueError) as error:
            logger().error("auth.keys_unusable", error_type=type(error).__name__)

    def _read(self) -> Keys:
        with self._path.open("rb") as file:
            return parse_keys(file.read(LARGEST_FILE), algorithms=self._algorithms)

    def _stamped(self) -> tuple[int, int, int]:
        found = self._path.stat()
        return found.st_mtime_ns, found.st_ino, found.st_size
