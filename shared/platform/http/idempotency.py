"""Doing a POST once: its key, its effects and its answer are stored in one transaction.

The work runs first and the complete key row goes in last, so a first request costs one statement
more than the bare work. When the key is taken, everything is rolled back and the stored answer is
given again; a concurrent request with the same key is waited for on the unique index. Refusals have no
effect and are not stored. draft-ietf-httpapi-idempotency-key-header-07.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, TypeVar

import orjson
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError
from starlette.requests import Request
from starlette.responses import Response

from shared.kernel.errors import Conflict, Invalid, Rejected, ServiceError, Unavailable
from shared.kernel.text import Text
from shared.platform.auth.caller import Caller
from shared.platform.db.engine import Database
from shared.platform.db.transaction import (
    LOCK_NOT_AVAILABLE,
    CommitUnknown,
    Transaction,
    reading,
    sqlstate,
    transaction,
)
from shared.platform.failpoints import failpoint
from shared.platform.http.admission import PLACE
from shared.platform.http.catching_up import position_after
from shared.platform.http.strict import PARSED
from shared.platform.http.turns import Turns
from shared.platform.observability.metrics import HTTP_OUTCOMES_UNKNOWN, HTTP_REPLAYS
from shared.platform.organisation_clock import organisation_now
from shared.platform.position import HEADER as POSITION
from shared.platform.sealing import SealBroken, Sealer

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
LONGEST_KEY: Final = 255

Work = Callable[[Transaction, datetime], Awaitable[tuple[int, BaseModel]]]

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

_SAFE: Final = "__redress_safe_to_repeat__"
_STORES_NOTHING: Final = "__redress_stores_nothing__"
_INSERT: Final = """
    INSERT INTO idempotency (org_id, key, subject, route, request_hash, status, body, position)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING 1
"""


class IdempotencyKeyMissing(Invalid):
    """A POST that creates or pays came without Idempotency-Key. 400."""

    code = "idempotency_key_missing"
    title = Text(en="Idempotency-Key header required", zh="缺少 Idempotency-Key 请求头")


class IdempotencyKeyInvalid(Invalid):
    """The key is empty, longer than 255 characters or not printable ASCII. 400."""

    code = "idempotency_key_invalid"
    title = Text(en="Invalid Idempotency-Key header", zh="Idempotency-Key 请求头无效")


class IdempotencyKeyReused(Rejected):
    """The same key came with another request. 422."""

    code = "idempotency_key_reused"
    title = Text(en="Idempotency key used for another request", zh="该幂等键已用于其他请求")


class IdempotencyKeyInFlight(Conflict):
    """A concurrent request holds the key and its answer cannot be read yet. 409."""

    code = "idempotency_key_in_flight"
    title = Text(en="A request with this idempotency key is in progress", zh="相同幂等键的请求正在处理中")


class OutcomeUnknown(Unavailable):
    """The connection broke during COMMIT; a repetition with the same key answers with the outcome. 503."""

    code = "outcome_unknown"
    title = Text(en="Outcome unknown; repeat with the same idempotency key", zh="结果未知，请使用同一幂等键重试")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Once:
    """One request's identity; `slot`, the hash of (subject, route, key), is its place in the primary key."""

    caller: Caller
    route: str
    slot: str
    request_hash: str
    sealer: Sealer | None = None

    def stored(self, body: bytes) -> bytes:
        return body if self.sealer is None else self.sealer.seal(body, about=self.slot)

    def given(self, stored: bytes) -> bytes:
        return stored if self.sealer is None else self.sealer.open(stored, about=self.slot)


async def run_once(
    request: Request,
    db: Database,
    caller: Caller,
    work: Work,
    *,
    fingerprint: bytes | None = None,
    sealer: Sealer | None = None,
) -> Response:
    """Run `work` in one transaction at the organisation's instant, at most once per key.

    `fingerprint` stands for the body where its bytes differ between retries (multipart). An answer that holds a secret
    is stored sealed by `sealer`.
    """
    once = replace(await _identify(request, caller, fingerprint), sealer=sealer)
    try:
        async with _turn(request, once), transaction(db) as tx:
            now = await organisation_now(tx, caller.org)
            status, model = await work(tx, now)
            body: bytes = model.__pydantic_serializer__.to_json(model)
            position = position_after(request, tx)
            await _store(tx, once, status=status, body=once.stored(body), position=position)
    except CommitUnknown as error:
        HTTP_OUTCOMES_UNKNOWN.inc()
        raise OutcomeUnknown(detail="repeat the request with the same Idempotency-Key") from error
    except Unavailable:
        raise
    except (ServiceError, IntegrityError) as error:
        return await _replay(db, once, instead_of=error)
    db.work_committed()
    failpoint("http.after_commit")
    return Response(body, status, {POSITION: position}, "application/json")


def _turn(request: Request, once: _Once) -> AbstractAsyncContextManager[None]:
    """The turn among the requests about the same thing, which the path names; else among those of the same key."""
    turns: Turns = request.app.state.turns
    named = next(iter(request.path_params.values()), once.slot)
    return turns.turn(f"{once.caller.org} {named}", place=request.scope.get(PLACE))


def safe_to_repeat(endpoint: Endpoint) -> Endpoint:
    """`@router.post(…)` over `@safe_to_repeat`: a POST that names a state to reach, so it takes no key."""
    setattr(endpoint, _SAFE, True)
    return endpoint


def stores_nothing(endpoint: Endpoint) -> Endpoint:
    """`@router.post(…)` over `@stores_nothing`: a check or a preview; no key, no position in the answer."""
    setattr(endpoint, _STORES_NOTHING, True)
    return safe_to_repeat(endpoint)


def is_safe_to_repeat(endpoint: object) -> bool:
    """Whether `endpoint` was marked so."""
    return getattr(endpoint, _SAFE, False)


def is_storing_nothing(endpoint: object) -> bool:
    """Whether `endpoint` was marked so."""
    return getattr(endpoint, _STORES_NOTHING, False)


async def _identify(request: Request, caller: Caller, fingerprint: bytes | None) -> _Once:
    key = request.headers.get(HEADER)
    if key is None:
        raise IdempotencyKeyMissing
    key = key.strip().removeprefix('"').removesuffix('"')
    if not key or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise IdempotencyKeyInvalid
    route: str = request.scope["route"].path
    content = fingerprint if fingerprint is not None else await _content(request)
    return _Once(
        caller=caller,
        route=route,
        slot=sha256(f"{caller.identity}\n{route}\n{key}".encode()).hexdigest(),
        request_hash=sha256(request.url.path.encode() + b"\0" + content).hexdigest(),
    )


async def _content(request: Request) -> bytes:
    """The body in one spelling: spaces and the order of keys do not make it another request."""
    parsed = request.scope.get(PARSED)
    if parsed is None:
        return await request.body()
    return orjson.dumps(parsed, option=orjson.OPT_SORT_KEYS)


async def _store(tx: Transaction, once: _Once, *, status: int, body: bytes, position: str) -> None:
    caller = once.caller
    row = (caller.org, once.slot, caller.subject, once.route, once.request_hash, status, body, position)
    try:
        stored = await tx.rows(_INSERT, row)
    except DBAPIError as error:
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise IdempotencyKeyInFlight from error
        raise
    if not stored:
        raise IdempotencyKeyInFlight


async def _replay(db: Database, once: _Once, *, instead_of: Exception) -> Response:
    """The stored answer of the same request; without one, what the work itself ended in."""
    table = db.kernel.idempotency
    query = select(table.c.request_hash, table.c.status, table.c.body, table.c.position).where(
        table.c.org_id == once.caller.org, table.c.key == once.slot
    )
    async with reading(db) as tx:
        stored = (await tx.execute(query)).one_or_none()
    if stored is None:
        raise instead_of
    if stored.request_hash != once.request_hash:
        raise IdempotencyKeyReused from None
    HTTP_REPLAYS.inc()
    headers = {REPLAYED: "true", POSITION: stored.position}
    try:
        body = once.given(stored.body)
    except SealBroken as error:
        raise OutcomeUnknown(detail="the answer was given, and cannot be read any more") from error
    return Response(body, stored.status, headers, "application/json")
