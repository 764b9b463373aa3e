"""A POST happens once per key, whatever the client, the network or its twins do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text

from shared.kernel.ids import new_id
from shared.platform.db.engine import Database
from shared.platform.db.transaction import CommitUnknown, Transaction, transaction
from shared.platform.http import idempotency
from tests.support.statements import statements_of


async def test_the_first_request_does_the_work(toy: Any) -> None:
    response = await toy.note('{"text":"a"}', key="k1")
    assert response.status_code == 201
    assert response.json()["text"] == "a"
    assert "idempotency-replayed" not in response.headers
    assert await toy.count() == 1


async def test_the_same_request_gets_the_stored_answer(toy: Any) -> None:
    first = await toy.note('{"text":"a","count":1}', key="k1")
    second = await toy.note('{ "count": 1, "text": "a" }', key="k1")
    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["idempotency-replayed"] == "true"
    assert await toy.count() == 1


async def test_another_body_under_the_key_is_refused_and_has_no_effect(toy: Any) -> None:
    await toy.note('{"text":"a"}', key="k1")
    second = await toy.note('{"text":"b"}', key="k1")
    assert (second.status_code, second.json()["code"]) == (422, "idempotency_key_reused")
    assert await toy.count() == 1


async def test_another_path_of_the_route_is_another_request(toy: Any) -> None:
    first, second = new_id(), new_id()
    assert (
        await toy.client.post(f"/v1/cases/{first}/notes", content='{"text":"a"}', headers=toy.headers(key="k"))
    ).is_success
    other = await toy.client.post(f"/v1/cases/{second}/notes", content='{"text":"a"}', headers=toy.headers(key="k"))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_keys_of_other_organisations_subjects_and_routes_are_independent(toy: Any) -> None:
    await toy.note('{"text":"a"}', key="k1")
    for claims in ({"org": toy.simulated_org}, {"sub": "wang.fang"}):
        response = await toy.note('{"text":"b"}', key="k1", **claims)
        assert response.status_code == 201
        assert "idempotency-replayed" not in response.headers
    path = f"/v1/cases/{new_id()}/notes"
    assert (await toy.client.post(path, content='{"text":"c"}', headers=toy.headers(key="k1"))).status_code == 201


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency_key_missing"),
        ("", "idempotency_key_invalid"),
        ('""', "idempotency_key_invalid"),
        ("k" * 256, "idempotency_key_invalid"),
        ("a\tb", "idempotency_key_invalid"),
    ],
)
async def test_a_key_is_needed(toy: Any, key: str | None, code: str) -> None:
    response = await toy.note('{"text":"a"}', key=key)
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert await toy.count() == 0


async def test_the_longest_key_is_taken(toy: Any) -> None:
    assert (await toy.note('{"text":"a"}', key="k" * 255)).status_code == 201


async def test_twenty_at_once_have_one_effect_and_one_answer(toy: Any) -> None:
    responses = await asyncio.gather(*(toy.note('{"text":"slow"}', key="k1") for _ in range(20)))
    assert {response.status_code for response in responses} == {201}
    assert len({response.content for response in responses}) == 1
    assert sum("idempotency-replayed" in response.headers for response in responses) == 19
    assert await toy.count() == 1


async def test_twenty_at_once_with_other_bodies_have_one_effect(toy: Any) -> None:
    bodies = [f'{{"text":"slow","count":{number}}}' for number in range(20)]
    responses = await asyncio.gather(*(toy.note(body, key="k1") for body in bodies))
    assert sorted(response.status_code for response in responses) == [201] + [422] * 19
    assert await toy.count() == 1


async def test_a_refusal_is_not_stored_and_leaves_nothing(toy: Any) -> None:
    for _ in range(2):
        refused = await toy.note('{"text":"gate"}', key="k1")
        assert (refused.status_code, refused.json()["code"], refused.json()["cite"]) == (
            409,
            "gate_closed",
            "LG-00 Art.0",
        )
    late = await toy.note('{"text":"late"}', key="k1")
    assert (late.status_code, late.json()["code"]) == (422, "too_late")
    assert await toy.count() == 0
    assert (await toy.note('{"text":"a"}', key="k1")).status_code == 201


async def test_a_failure_is_not_stored_and_leaves_nothing(toy: Any) -> None:
    failed = await toy.note('{"text":"crash"}', key="k1")
    assert (failed.status_code, failed.json()["code"]) == (500, "internal")
    assert "secret" not in failed.text
    assert await toy.count() == 0


async def test_a_replay_whose_work_would_now_be_refused_still_replays(toy: Any) -> None:
    first = await toy.note('{"text":"a"}', key="k1")
    async with toy.db.engine.begin() as conn:
        await conn.execute(text("ALTER TABLE toy.note ADD CONSTRAINT no_more CHECK (seq < 0) NOT VALID"))
    try:
        second = await toy.note('{"text":"a"}', key="k1")
    finally:
        async with toy.db.engine.begin() as conn:
            await conn.execute(text("ALTER TABLE toy.note DROP CONSTRAINT no_more"))
    assert (second.status_code, second.content) == (201, first.content)


async def test_now_is_the_organisations_instant(toy: Any) -> None:
    response = await toy.note('{"text":"a"}', key="k1", org=toy.simulated_org)
    assert response.json()["at"] == "2026-03-02T01:00:00Z"


async def test_an_unknown_organisation_is_not_found(toy: Any) -> None:
    response = await toy.note('{"text":"a"}', key="k1", org=new_id())
    assert (response.status_code, response.json()["code"]) == (404, "organisation_unknown")


async def test_an_unknown_outcome_says_repeat_and_the_repeat_replays(toy: Any, monkeypatch: Any) -> None:
    @asynccontextmanager
    async def answer_lost(db: Database) -> AsyncIterator[Transaction]:
        async with transaction(db) as tx:
            yield tx
        raise CommitUnknown

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "transaction", answer_lost)
        unknown = await toy.note('{"text":"a"}', key="k1")
    assert (unknown.status_code, unknown.json()["code"]) == (503, "outcome_unknown")
    assert 2 <= int(unknown.headers["retry-after"]) <= 6
    again = await toy.note('{"text":"a"}', key="k1")
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert await toy.count() == 1


class Abandoned(Exception):
    """The twin gives up and rolls back."""


async def test_a_twin_that_does_not_end_makes_409(toy: Any) -> None:
    await toy.note('{"text":"a"}', key="k1")
    table = toy.db.kernel.idempotency
    async with toy.db.engine.begin() as conn:
        twin = (await conn.execute(table.delete().where(table.c.org_id == toy.org).returning(table))).mappings().one()
    with contextlib.suppress(Abandoned):
        async with transaction(toy.db) as tx:
            await tx.execute(table.insert().values(dict(twin)))
            refused = await toy.note('{"text":"a"}', key="k1")
            raise Abandoned
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_in_flight")
    assert await toy.count() == 1


async def test_multipart_retries_differ_in_bytes_and_are_the_same_request(toy: Any) -> None:
    headers = {"Authorization": f"Bearer {toy.token()}", "Idempotency-Key": "f1"}
    answers = [await toy.client.post("/v1/files", files={"file": ("a.bin", b"abc")}, headers=headers) for _ in range(2)]
    assert [response.status_code for response in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    other = await toy.client.post("/v1/files", files={"file": ("a.bin", b"abd")}, headers=headers)
    assert other.status_code == 422


async def test_one_statement_more_than_the_work(toy: Any) -> None:
    await toy.note('{"text":"a"}', key="warm")
    statements = statements_of(toy.db.engine.sync_engine)
    await toy.note('{"text":"a"}', key="k1")
    assert [statement.split(maxsplit=1)[0] for statement in statements] == ["INSERT", "INSERT"]
