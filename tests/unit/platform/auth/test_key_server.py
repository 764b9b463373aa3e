"""Keys from an issuer's real HTTP server: cached, rotated, found by discovery, kept while it is down, never flooded."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from shared.platform.auth.caller import Unauthorised
from shared.platform.auth.key_server import (
    AGAIN_SECONDS,
    FRESH_SECONDS,
    LARGEST_ANSWER,
    STALE_SECONDS,
    KeyServer,
    KeysUnavailable,
)
from shared.platform.auth.verifier import Issuer, JwtVerifier
from shared.platform.settings import BaseServiceSettings, IssuerSettings
from tests.support.issuer import CONFIGURATION_PATH, JWKS_PATH, IssuerServer, issuer_server, key
from tests.support.settings import OF_A_TEST

OLD, NEW = key(b"o"), key(b"n")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[IssuerServer]:
    with issuer_server(old=OLD) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


def verifier(server: IssuerServer, clock: Clock, **source: Any) -> JwtVerifier:
    options = {"jwks_url": server.url + JWKS_PATH, "http_allowed": True, **source}
    keys = KeyServer(algorithms=("EdDSA",), monotonic=clock, **options)
    return JwtVerifier([Issuer(name=server.url, audience="redress", algorithms=("EdDSA",), source=keys)])


async def subject(checked: JwtVerifier, token: str) -> str:
    return (await checked.verify(token)).subject


async def test_keys_are_fetched_once_while_they_are_fresh(server: IssuerServer, clock: Clock) -> None:
    checked = verifier(server, clock)
    tokens = [server.token("old", sub=f"s{number}") for number in range(20)]

    assert await asyncio.gather(*(subject(checked, token) for token in tokens)) == [f"s{n}" for n in range(20)]
    clock.now = FRESH_SECONDS - 0.001
    assert await subject(checked, server.token("old", sub="later")) == "later"

    assert server.asked == {JWKS_PATH: 1}


async def test_a_new_key_is_found_when_a_token_names_it(server: IssuerServer, clock: Clock) -> None:
    checked = verifier(server, clock)
    await checked.verify(server.token("old"))
    server.keys["new"] = NEW
    with pytest.raises(Unauthorised):
        await checked.verify(server.token("new"))

    clock.now = AGAIN_SECONDS
    assert await subject(checked, server.token("new")) == "li.wei"
    assert await subject(checked, server.token("old")) == "li.wei"
    assert server.asked[JWKS_PATH] == 2


async def test_a_flood_of_unknown_keys_is_one_fetch_in_the_interval(server: IssuerServer, clock: Clock) -> None:
    checked = verifier(server, clock)
    server.keys |= {f"invented-{number}": NEW for number in range(50)}
    flood = [server.token(f"invented-{number}") for number in range(50)]
    for number in range(50):
        del server.keys[f"invented-{number}"]

    for second in range(int(AGAIN_SECONDS)):
        clock.now = float(second)
        refused = await asyncio.gather(*(checked.verify(token) for token in flood), return_exceptions=True)
        assert {type(error) for error in refused} == {Unauthorised}
    assert server.asked[JWKS_PATH] == 1

    clock.now = AGAIN_SECONDS
    await asyncio.gather(*(checked.verify(token) for token in flood), return_exceptions=True)
    assert server.asked[JWKS_PATH] == 2


async def test_a_removed_key_is_refused_after_twice_the_fresh_time(server: IssuerServer, clock: Clock) -> None:
    checked, token = verifier(server, clock), server.token("old")
    await checked.verify(token)
    server.keys = {"new": NEW}

    clock.now = 2 * FRESH_SECONDS
    with pytest.raises(Unauthorised):
        await checked.verify(token)
    assert await subject(checked, server.token("new")) == "li.wei"


async def test_the_last_keys_hold_while_the_server_is_down_but_not_for_ever(server: IssuerServer, clock: Clock) -> None:
    checked, token = verifier(server, clock), server.token("old")
    await checked.verify(token)
    server.answers[JWKS_PATH] = (503, b"")

    clock.now = STALE_SECONDS - 0.001
    assert await subject(checked, token) == "li.wei"
    clock.now = STALE_SECONDS
    with pytest.raises(KeysUnavailable):
        await checked.verify(token)

    del server.answers[JWKS_PATH]
    clock.now += AGAIN_SECONDS
    assert await subject(checked, token) == "li.wei"


UNUSABLE = {
    "not JSON": (200, b"<html>"),
    "no keys": (200, b'{"keys": []}'),
    "keys of no use": (200, b'{"keys": [{"kty": "oct", "k": "AAAA", "kid": "old"}]}'),
    "a list": (200, b"[]"),
    "longer than allowed": (200, b" " * (LARGEST_ANSWER + 1)),
    "elsewhere": (302, b""),
    "an error": (500, b""),
}


@pytest.mark.parametrize("answer", UNUSABLE.values(), ids=UNUSABLE.keys())
async def test_an_unusable_answer_does_not_replace_the_keys(
    server: IssuerServer, clock: Clock, answer: tuple[int, bytes]
) -> None:
    checked, token = verifier(server, clock), server.token("old")
    server.answers[JWKS_PATH] = answer
    with pytest.raises(KeysUnavailable):
        await checked.verify(token)

    del server.answers[JWKS_PATH]
    clock.now = AGAIN_SECONDS
    await checked.verify(token)
    server.answers[JWKS_PATH] = answer
    clock.now += 2 * FRESH_SECONDS
    assert await subject(checked, token) == "li.wei"


async def test_discovery_names_the_key_set(server: IssuerServer, clock: Clock) -> None:
    checked = verifier(server, clock, jwks_url=None, discovered_of=server.url)

    assert await subject(checked, server.token("old")) == "li.wei"
    assert server.asked == {CONFIGURATION_PATH: 1, JWKS_PATH: 1}


@pytest.mark.parametrize(
    "configuration",
    [
        '{"issuer": "https://elsewhere", "jwks_uri": "URL/keys"}',
        '{"issuer": "URL"}',
        '{"issuer": "URL", "jwks_uri": "file:///etc/x"}',
    ],
)
async def test_the_configuration_of_another_issuer_counts_for_nothing(
    server: IssuerServer, clock: Clock, configuration: str
) -> None:
    server.answers[CONFIGURATION_PATH] = (200, configuration.replace("URL", server.url).encode())
    checked = verifier(server, clock, jwks_url=None, discovered_of=server.url)

    with pytest.raises(KeysUnavailable):
        await checked.verify(server.token("old"))


async def test_discovered_keys_over_http_are_refused_where_https_is_required(
    server: IssuerServer, clock: Clock
) -> None:
    checked = verifier(server, clock, jwks_url=None, discovered_of=server.url, http_allowed=False)

    with pytest.raises(KeysUnavailable):
        await checked.verify(server.token("old"))


async def test_each_issuer_has_its_own_keys_audience_and_organisations(clock: Clock) -> None:
    with issuer_server(k=OLD) as one, issuer_server(k=NEW) as two:
        org = "018f4e0a-7b1c-7000-8000-000000000002"
        settings = [
            IssuerSettings(issuer=one.url, jwks_url=one.url + JWKS_PATH),
            IssuerSettings(issuer=two.url, audience="shop", organisations=(org,)),
        ]
        checked = JwtVerifier([Issuer.from_settings(each, http_allowed=True) for each in settings])

        assert await subject(checked, one.token("k")) == "li.wei"
        assert await subject(checked, two.token("k", aud="shop", org=org)) == "li.wei"
        for wrong in (one.token("k", iss=two.url), two.token("k"), two.token("k", aud="shop"), one.token("k", iss="x")):
            with pytest.raises(Unauthorised):
                await checked.verify(wrong)


@pytest.mark.parametrize(
    ("issuers", "mode", "line"),
    [
        ([{"issuer": "http://idp.example"}], "production", "over https"),
        ([{"issuer": "x", "jwks_url": "http://idp.example/keys"}], "production", "over https"),
        ([{"issuer": "x"}], "test", "for OpenID discovery"),
        ([{"issuer": "x", "key_file": "k.pem", "jwks_url": "https://idp.example"}], "test", "not both"),
        ([{"issuer": "https://i"}, {"issuer": "https://i"}], "test", "twice"),
        ([], "test", "at least 1"),
    ],
)
def test_settings_of_issuers_that_do_not_fit_stop_the_start(issuers: Any, mode: str, line: str) -> None:
    with pytest.raises(ValidationError, match=line):
        BaseServiceSettings.model_validate(
            {**OF_A_TEST, "database_url": "postgresql://u@h/d", "jwt_issuers": issuers, "mode": mode}
        )
