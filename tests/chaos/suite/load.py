"""Complaints at a steady rate, played as `make bench` plays them, by clients that repeat blindly until they are answered.

Every answer 2xx to a POST is kept: it is what the run is held to afterwards.
"""

import asyncio
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import orjson

from operate.errors import OperatorError
from tests.bench.whole import Load
from tests.chaos.suite.books import Accepted
from tests.support.persevering import PerseveringClient

PATIENCE_SECONDS: Final = 300.0
"""How long a complaint waits for what happens by itself: a payment that was in doubt thrice is asked about after 35 s."""
MOST_GOING: Final = 30

_OF_CASE: Final = re.compile(r"^/v1(?:/my)?/cases/(?P<case>[0-9a-f-]{36})/(?P<rest>.+)$")
_OF_REMEDY: Final = re.compile(r"^/v1/remedies/[0-9a-f-]{36}/(?P<action>[a-z]+)$")
_ACTIONS: Final = {
    "offer": "remedy.offered",
    "accept": "remedy.accepted",
    "approve": "remedy.approved",
    "payout": "remedy.payout_requested",
}


class Answers(PerseveringClient):
    """Keeps what was accepted."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.accepted: list[Accepted] = []

    async def request(self, method: str, url: Any, **options: Any) -> httpx2.Response:
        """One answer, however often that takes."""
        response = await super().request(method, url, **options)
        headers = options.get("headers") or {}
        if method == "POST" and response.is_success and "Idempotency-Key" in headers:
            found = effect_of(urlsplit(str(url)).path, response.json())
            if found is not None:
                org, subject = _bearer(headers["Authorization"])
                what, case_id = found
                key = f"{subject} {headers['Idempotency-Key']}"
                self.accepted.append(Accepted(org=org, case_id=case_id, what=what, key=key))
        return response


def effect_of(path: str, body: Any) -> tuple[str, str] | None:
    """The event that an accepted POST causes, `step <id>` for a step, and its case; None for what is about no case."""
    if path == "/v1/cases":
        return "case.registered", body["case_id"]
    if found := _OF_REMEDY.match(path):
        return _ACTIONS[found["action"]], body["case_id"]
    if (found := _OF_CASE.match(path)) and (event := _event_of(*found["rest"].split("/"))):
        return event, found["case"]
    return None


def _event_of(kind: str, name: str = "", action: str = "") -> str | None:
    """The event of a POST to `/v1/cases/{case}/{kind}/{name}/{action}`."""
    if kind == "steps":
        return f"step {name}"
    return {"evidence": "evidence.added", "remedies": "remedy.quoted", "offers": _ACTIONS.get(action)}.get(kind)


@dataclass(slots=True)
class SteadyLoad:
    """Begins `rate` complaints a second until it is told to end.

    While `MOST_GOING` go on, no further one is begun: a machine that is too slow plays fewer complaints instead of
    queueing them up.
    """

    load: Load
    rate: float
    _going: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, end: asyncio.Event) -> None:
        """Until `end` is set."""
        clock = asyncio.get_running_loop()
        next_at = clock.time()
        while not end.is_set():
            if len(self._going) < MOST_GOING:
                self.begin()
            next_at += 1 / self.rate
            await asyncio.sleep(max(0.0, next_at - clock.time()))

    def begin(self) -> None:
        """One more complaint."""
        task = asyncio.create_task(self._complaint())
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    async def finish(self, within: float) -> int:
        """Wait for all complaints; how many had not ended within so many seconds."""
        if not self._going:
            return 0
        _, late = await asyncio.wait(self._going, timeout=within)
        for task in late:
            task.cancel()
        return len(late)

    async def _complaint(self) -> None:
        try:
            await self.load.complaint()
        except OperatorError as error:
            self.load.failed.append(str(error).partition("\n")[0])


def _bearer(header: str) -> tuple[str, str]:
    """Organisation and subject of the token."""
    payload = header.partition(".")[2].partition(".")[0]
    claims = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims.get("org", ""), claims["sub"]
