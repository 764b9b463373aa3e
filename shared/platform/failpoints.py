"""Named points at which a test kills this process with SIGKILL.

`REDRESS_FAILPOINT=relay.after_publish` kills it the first time the point is reached,
`relay.after_publish:3` the third time. A point that is passed once for several events counts each of them,
for how many are handled together depends on the load. Only test and demo mode read it; without the variable
a point costs one comparison.
"""

import os
import signal
from collections import Counter
from typing import Final

_OBEYING_MODES: Final = frozenset({"test", "demo"})


def _armed() -> tuple[str, int]:
    if os.environ.get("REDRESS_MODE") not in _OBEYING_MODES:
        return "", 0
    name, _, times = os.environ.get("REDRESS_FAILPOINT", "").partition(":")
    return name, int(times or 1)


_NAME, _TIMES = _armed()
_reached: Final[Counter[str]] = Counter()


def failpoint(name: str, *, events: int = 1) -> None:
    """Kill the process when the environment names this point and its count is reached with these events."""
    if not _NAME or name != _NAME:
        return
    _reached[name] += events
    if _reached[name] >= _TIMES:
        os.kill(os.getpid(), signal.SIGKILL)
