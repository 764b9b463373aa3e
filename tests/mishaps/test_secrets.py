"""Secrets are replaced while complaints go on: keys that seal, keys that sign links, the password of the database."""

import asyncio
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

import asyncpg
import httpx2
import pytest

from operate.doctor.database import check_database
from operate.doctor.finding import Level
from operate.doctor.installation import read_settings
from operate.runtime.databases import DATABASE, SERVICES, ensure_roles, service_url, with_database
from operate.runtime.embedded import admin_url
from operate.runtime.parts import service_environment
from operate.runtime.stack import Stack
from operate.runtime.state import LINKS, SEALING
from operate.scenarios.organisation import create_organisation, publish
from operate.scenarios.session import Session
from operate.scenarios.stack import of_running
from operate.scenarios.verb_call import Created
from shared.kernel.ids import new_id
from tests.bench.whole import SCENARIO
from tests.e2e.story import CASE, begin
from tests.e2e.test_case_links import LINK, documents
from tests.mishaps.test_payments import PAYOUT, played, until_paid
from tests.support.chaos_organisation import register
from tests.support.eventually import eventually


def a_key() -> str:
    return b64encode(secrets.token_bytes(32)).decode()


@asynccontextmanager
async def restarted(stack: Stack, *names: str) -> AsyncIterator[None]:
    """At the end these services have their usual settings again."""
    try:
        yield
    finally:
        for name in names:
            await asyncio.to_thread(stack.part(name).restart, {})


async def restart(stack: Stack, *names: str, **settings: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(stack.part(name).restart, settings) for name in names))


async def sealed(stack: Stack, service: str, keys: str) -> tuple[Level, str]:
    """What `redress doctor` says of a service's secrets under these keys."""
    environment = service_environment(service, stack.layout, stack.state) | {"REDRESS_SEALING_KEYS": keys}
    [part], _ = read_settings({service: environment})
    [finding] = [each async for each in check_database(part) if each.check == "secrets.sealed"]
    return finding.level, finding.found


@pytest.mark.chaos
async def test_a_sealing_key_is_replaced_and_then_taken_away(stack: Stack) -> None:
    """Secrets of an ERP and of a webhook that the old key sealed are used under the new one alone."""
    old, new = stack.state.passwords[SEALING], a_key()
    owners = ("settlement", "notify")
    async with httpx2.AsyncClient(trust_env=False) as http, restarted(stack, *owners):
        session = Session(of_running(stack), http, organisation="", zone=ZoneInfo("Asia/Shanghai"))
        session.organisation = await create_organisation(session, "sealed", None)
        await publish(session, SCENARIO.pack.documents, effective_from=None)
        url = f"{session.stack.webhook_sink}/hooks/{session.organisation}"
        hook = {"url": url, "events": ["remedy.executed"]}
        made = await session.operate("notify", "POST", "/v1/webhooks", json=hook, headers={"Idempotency-Key": new_id()})
        await session.set_webhook_secret(made["secret"])
        created = Created()
        await played(session, created, *range(PAYOUT))
        for service in owners:
            level, said = await sealed(stack, service, f"{new},{old}")
            assert level is Level.WARN
            assert said.endswith("under an older key, 0 under the first")
            assert (await sealed(stack, service, new))[0] is Level.FAIL

        await restart(stack, *owners, REDRESS_SEALING_KEYS=f"{new},{old}")

        async def are_sealed_again() -> bool:
            return {(await sealed(stack, service, new))[0] for service in owners} == {Level.OK}

        await eventually(are_sealed_again)
        await restart(stack, *owners, REDRESS_SEALING_KEYS=new)
        await played(session, created, PAYOUT)
        await until_paid(session, stack)

        async def is_told() -> bool:
            page = await session.sink(f"{session.stack.webhook_sink}/deliveries?receiver={session.organisation}")
            return [each["verified"] for each in page["deliveries"]] == [True]

        await eventually(is_told)
        # The stack goes on with its usual key: it seals again what the new one has sealed.
        await restart(stack, *owners, REDRESS_SEALING_KEYS=f"{old},{new}")

        async def are_as_before() -> bool:
            return {(await sealed(stack, service, old))[0] for service in owners} == {Level.OK}

        await eventually(are_as_before)


@pytest.mark.chaos
async def test_a_key_of_links_is_replaced_and_then_taken_away(stack: Stack) -> None:
    """A link of the old key is taken by all services until the old key goes; the same link has another address then."""
    old, new = stack.state.passwords[LINKS], a_key()
    async with httpx2.AsyncClient(trust_env=False) as http, restarted(stack, *SERVICES):
        story = await begin(of_running(stack), http, "rotated links", documents())
        case_id = (await story.post("intake", "/v1/cases", CASE))["case_id"]
        link = await story.post("intake", f"/v1/cases/{case_id}/links", {})

        async def token() -> str:
            told = await story.get("intake", f"/v1/cases/{case_id}/links/{link['link_id']}/address")
            found = LINK.fullmatch(told["address"])
            assert found is not None
            return found[1]

        async def answers(bearer: str) -> set[tuple[int, str]]:
            tails = {"intake": "", "sla": "/promises", "settlement": "/offers", "notify": "/messages"}
            headers = {"Authorization": f"Bearer {bearer}"}
            found = [
                await story.send(name, "GET", f"/v1/my/cases/{case_id}{tail}", org="", headers=headers)
                for name, tail in tails.items()
            ]
            return {(answer.status_code, answer.json().get("code", "")) for answer in found}

        first = await token()
        await restart(stack, *SERVICES, REDRESS_LINK_KEYS=f"{old},{new}")
        assert await token() == first
        await restart(stack, *SERVICES, REDRESS_LINK_KEYS=f"{new},{old}")
        second = await token()
        assert second != first
        assert await answers(first) == await answers(second) == {(200, "")}
        await restart(stack, *SERVICES, REDRESS_LINK_KEYS=new)
        assert await answers(first) == {(401, "token_invalid")}
        assert await answers(second) == {(200, "")}


@pytest.mark.chaos
async def test_the_password_of_a_database_role_is_replaced(stack: Stack, session: Session) -> None:
    """Connections that are open go on; new ones are refused, which is 503 with a code, until the process has the new one."""
    admin, old = admin_url(stack), stack.state.passwords["intake"]
    new = secrets.token_urlsafe(24)
    try:
        await ensure_roles(admin, {"intake": new})
        assert (await register(session, "open connections")).status == 201
        connection = await asyncpg.connect(with_database(admin, DATABASE))
        try:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'redress_intake'"
            )
        finally:
            await connection.close()
        refused = await register(session, "new connections")
        assert (refused.status, refused.body["code"]) == (503, "database_unavailable")

        await restart(stack, "intake", REDRESS_DATABASE_URL=service_url(admin, "intake", password=new))
        answer = await register(session, "new connections")
        assert answer.status == 201
    finally:
        await ensure_roles(admin, {"intake": old})
        await asyncio.to_thread(stack.part("intake").restart, {})
