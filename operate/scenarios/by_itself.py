"""What of a pack happens by itself upon a request: no position covers it, so the runner waits for rest.

Intake's part of a pack may react to events of other services, or ask for such as come by themselves in a gate. Events
of sla and notify may follow upon any request, those of settlement upon certain verbs. Timers need no look: they fire
when the clock is moved, and the runner waits for rest then.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from operate.scenarios.verb import Verb
from shared.contracts.catalogue import CATALOGUE

_OF_TIMERS: Final = frozenset({"clock.breached", "clock.warned"})
_UPON_ANY: Final = tuple(
    event.name for event in CATALOGUE if event.producer in {"sla", "notify"} and event.name not in _OF_TIMERS
)
_UPON_VERB: Final[Mapping[str, tuple[str, ...]]] = {
    "quote": ("remedy.quoted",),
    "offer": ("remedy.offered",),
    "accept": ("remedy.accepted", "remedy.approved"),
    "reject": ("remedy.rejected",),
    "approve": ("remedy.approval_recorded", "remedy.approved"),
    "decline": ("remedy.declined",),
    "certificate": ("remedy.certificate_recorded",),
    "release": ("remedy.replacement_released", "remedy.executed"),
    "return_goods": ("remedy.goods_returned", "remedy.executed"),
}


_STEP: Final = "step"


class ByItself:
    """What happens by itself under certain packs."""

    def __init__(self, packs: Iterable[Mapping[str, Any]]) -> None:
        sections = [documents["intake"] for documents in packs]
        said = json.dumps(sections, default=str)
        self._reactions = json.dumps([step.get("on") for section in sections for step in section.get("steps", ())])
        self._withdraws = any(step.get("withdraws") for section in sections for step in section.get("steps", ()))
        self._upon_any = any(name in said for name in _UPON_ANY)

    def follows(self, verb: Verb) -> bool:
        """Whether something may happen by itself after the answer to `verb`."""
        if self._withdraws and verb.NAME == _STEP:
            return True  # what the step withdraws is withdrawn by settlement
        named = _UPON_VERB.get(verb.NAME, ())
        return verb.GOES_ON or self._upon_any or any(f'"{name}"' in self._reactions for name in named)
