"""An organisation is never visible to another's token: absent and foreign are one answer on every route there is."""

import asyncio
import time
from typing import Any

import asyncpg
import httpx2
import pytest

from operate.runtime.databases import SERVICES, with_database
from operate.runtime.embedded import admin_url
from operate.runtime.stack import Stack
from tests.e2e.routes import BODIES, ROUTES, UUID, Route, absent, good
from tests.e2e.story import Story
from tests.support.eventually import eventually

# An indicator is named by the pack: a stranger asks for its own. Its wall is in tests/integration/sla/test_indicators.py.
# The story's pack issues no links: their wall is in tests/integration/intake/test_customer_links.py.
ELSEWHERE = {"indicator", "link_id"}
ABOUT_A_THING = [route for route in ROUTES if route.parameters and ELSEWHERE.isdisjoint(route.parameters)]
# They have no parameter, so nothing of another organisation can be named: what they list is compared below.
# The story's pack has nothing recurring, no samples and nothing delivered by hand: those lists have their own tests,
# tests/integration/intake/test_recurring.py, test_sample_draws.py and tests/integration/notify/test_by_hand.py.
# An organisation has one ERP, which is no list: tests/integration/settlement/test_erp.py.
# Counts and a table of postings have no items: tests/integration/intake/test_statistics.py, settlement/test_lists.py.
# Standing facts and balances are listed for one subject, which no id names: tests/integration/intake/test_standing.py,
# test_balance_lists.py.
# Exports are lines: tests/e2e/test_feeds_and_webhooks.py.
EXPORTS = {f"/v1/exports/{name}" for name in ("cases", "clocks", "payouts", "ledger")}
NO_LISTS = EXPORTS | {
    "/v1/quiescence", "/v1/erp", "/v1/recurring", "/v1/samples", "/v1/samples/cases", "/v1/messages", "/v1/statistics",
    "/v1/standing-facts", "/v1/balances", "/v1/balances/entries",
}  # fmt: skip
LISTS = [route for route in ROUTES if not route.parameters and route.method == "GET" and route.path not in NO_LISTS]


def said(response: httpx2.Response) -> tuple[int, str, str]:
    """An answer but for the ids in it."""
    return response.status_code, response.headers["content-type"], UUID.sub("id", response.text)


async def rows_of(stack: Stack, org: str) -> dict[str, tuple[int, str]]:
    """How many rows of each table are the organisation's, and a digest of them."""
    connection = await asyncpg.connect(with_database(admin_url(stack), "redress"))
    tables = await connection.fetch(
        "SELECT table_schema AS schema, table_name AS name FROM information_schema.columns "
        "JOIN information_schema.tables USING (table_schema, table_name) "
        "WHERE column_name = 'org_id' AND table_schema = ANY($1) AND table_type = 'BASE TABLE'",
        list(SERVICES),
    )
    found = {}
    for table in tables:
        row = await connection.fetchrow(
            f"SELECT count(*) AS n, coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS digest "
            f'FROM "{table["schema"]}"."{table["name"]}" t WHERE org_id::text = $1',
            org,
        )
        found[f"{table['schema']}.{table['name']}"] = (row["n"], row["digest"])
    await connection.close()
    return found


async def rows_at_rest(stack: Stack, org: str) -> dict[str, tuple[int, str]]:
    """The rows once none has changed for two seconds: messages of the story are sent by then."""
    rows, since = await rows_of(stack, org), time.monotonic()

    async def rest() -> bool:
        nonlocal rows, since
        now = await rows_of(stack, org)
        if now != rows:
            rows, since = now, time.monotonic()
        return time.monotonic() - since > 2

    await eventually(rest, within=120)
    return rows


def test_every_route_that_takes_json_has_a_good_body_here() -> None:
    assert {route.id for route in ROUTES if route.takes_json} == set(BODIES)
    assert len(ABOUT_A_THING) > 30


async def test_foreign_is_answered_like_absent_and_nothing_happens(e2e_stack: Stack, story: Story) -> None:
    before = await rows_at_rest(e2e_stack, story.session.organisation)
    nothing = absent(story.ids)
    seen: dict[str, Any] = {}
    for route in ABOUT_A_THING:
        # At once: a case of another service is absent when it is older than a minute, and not caught up with before.
        foreign, missing = map(
            said,
            await asyncio.gather(
                *(
                    story.send(route.service, route.method, route.filled(ids), org=story.stranger, **good(route, ids))
                    for ids in (story.ids, nothing)
                )
            ),
        )
        may_be_on_its_way = route.service != "intake" and "case_id" in route.parameters
        if foreign[0] not in ({404, 409} if may_be_on_its_way else {404}) or foreign != missing:
            seen[route.id] = foreign, missing

    assert seen == {}
    assert await rows_of(e2e_stack, story.session.organisation) == before
    assert before["intake.case_file"][0] >= 2


async def test_its_owner_sees_every_one_of_them(story: Story) -> None:
    """What makes the test above mean something: the same calls with the owner's token find the thing."""
    own = story.session.organisation
    found = {}
    for route in ABOUT_A_THING:
        if route.method == "GET":
            answer = await story.send(route.service, "GET", route.filled(story.ids), org=own)
            if answer.status_code != (409 if route.path.endswith(("/archive", "/purge-certificate")) else 200):
                found[route.id] = answer.text
        elif route.method == "POST":
            answer = await story.send(route.service, "POST", route.filled(story.ids), org=own, **good(route, story.ids))
            if answer.status_code == 404 or answer.status_code >= 500:
                found[route.id] = answer.text

    assert found == {}


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.id)
async def test_a_list_holds_nothing_foreign_from_wherever_it_begins(story: Story, route: Route) -> None:
    path = route.asked(story.ids)
    own = await story.send(route.service, "GET", path, org=story.session.organisation)
    foreign = await story.send(route.service, "GET", path, org=story.stranger)
    ours = {UUID.findall(str(item))[0] for item in own.json()["items"] if UUID.search(str(item))}

    assert own.json()["items"], "the owner sees something"
    assert not [thing for thing in ours if thing in foreign.text]
    assert story.session.organisation not in foreign.text
    if "limit" in route.query:
        page = await story.send(route.service, "GET", f"{path}&limit=1", org=story.session.organisation)
        if cursor := page.json()["next"]:
            beyond = await story.send(route.service, "GET", f"{path}&after={cursor}", org=story.stranger)
            assert beyond.status_code == 200
            assert not [thing for thing in ours if thing in beyond.text]
