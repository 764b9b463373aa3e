"""An organisation's instant: real time, its own simulated time, or no such organisation."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.kernel.clock import SystemClock
from shared.kernel.ids import OrgId, new_id
from shared.platform import organisations as organisation
from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading, transaction
from shared.platform.organisation_clock import OrganisationUnknown, organisation_now

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


async def create(db: Database, *, simulated_now: datetime | None) -> OrgId:
    org = OrgId(new_id())
    async with transaction(db) as tx:
        assert await organisation.remember(tx, org, name="a mill", simulated_now=simulated_now)
    return org


async def now_of(db: Database, org: OrgId) -> datetime:
    async with reading(db) as tx:
        return await organisation_now(tx, org)


async def test_a_real_organisation_lives_now(db: Database) -> None:
    org = await create(db, simulated_now=None)
    for _ in range(2):
        assert abs(await now_of(db, org) - SystemClock().now()) < timedelta(seconds=5)


async def test_a_simulated_organisation_lives_at_its_own_instant(db: Database) -> None:
    org = await create(db, simulated_now=NOON)
    assert await now_of(db, org) == NOON
    assert (await now_of(db, org)).utcoffset() == timedelta(0)


async def test_an_unknown_organisation_is_not_found_until_it_comes(db: Database) -> None:
    org = OrgId(new_id())
    with pytest.raises(OrganisationUnknown) as caught:
        await now_of(db, org)
    assert caught.value.code == "organisation_unknown"
    async with transaction(db) as tx:
        await organisation.remember(tx, org, name="late", simulated_now=NOON)
    assert await now_of(db, org) == NOON


async def test_a_clock_moves_forward_only(db: Database) -> None:
    org = await create(db, simulated_now=NOON)
    async with transaction(db) as tx:
        assert await organisation.advance(tx, org, now=NOON + timedelta(seconds=1))
        assert not await organisation.advance(tx, org, now=NOON)
    assert await now_of(db, org) == NOON + timedelta(seconds=1)


async def test_real_time_cannot_be_advanced(db: Database) -> None:
    org = await create(db, simulated_now=None)
    async with transaction(db) as tx:
        assert not await organisation.advance(tx, org, now=datetime(2099, 1, 1, tzinfo=UTC))


async def test_remembering_twice_keeps_the_clock(db: Database) -> None:
    org = await create(db, simulated_now=NOON)
    async with transaction(db) as tx:
        assert not await organisation.remember(tx, org, name="again", simulated_now=None)
    assert await now_of(db, org) == NOON
