"""Looks at the remedies of other cases for one decision: what is looked by is held first and read afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.settlement.cases.rules import Case
from services.settlement.looks import store
from services.settlement.looks.rules import Answer, Answers, key_of, since
from shared.packs.settlement.model.looks import RemedyLook
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAround:
    """Which looks are taken for which case; `held` are those whose values are held, as the decision may count for them.

    `remedy_id` is the remedy that asks, which never counts; None before there is one.
    """

    looks: Sequence[RemedyLook]
    held: Sequence[RemedyLook]
    case: Case
    remedy_id: str | None
    currency: str
    zone: ZoneInfo


async def look_around(tx: Transaction, cmd: LookAround, *, now: datetime) -> Answers:
    """What they answer at `now`."""
    keys = [key_of(look, cmd.case) for look in cmd.held]
    values = [f"{look.id}/{key.text()}" for look, key in zip(cmd.held, keys, strict=True) if key is not None]
    await store.hold(tx, values, org=cmd.case.org, pack=cmd.case.pack)
    return {look.id: await _answer(tx, cmd, look, now=now) for look in cmd.looks}


async def _answer(tx: Transaction, cmd: LookAround, look: RemedyLook, *, now: datetime) -> Answer | None:
    key = key_of(look, cmd.case)
    if key is None:
        return None
    window = store.Window(since=since(look, at=now, zone=cmd.zone), until=now)
    return await store.count(tx, look, key, asking=(cmd.case, cmd.remedy_id, cmd.currency), window=window)
