"""To whom a request is counted."""

from typing import Any

import pytest
from fastapi import FastAPI

from shared.kernel.ids import OrgId
from shared.platform.auth.caller import Caller, Unauthorised
from shared.platform.http.share import share_of

LI_WEI = Caller(org=OrgId("org-1"), subject="li.wei", roles=frozenset(), scopes=frozenset())


class OneToken:
    async def verify(self, token: str) -> Caller:
        if token != "good":
            raise Unauthorised(code="token_invalid")
        return LI_WEI


def scope(*, authorization: str | None = None, client: Any = ("192.0.2.7", 1234)) -> dict[str, Any]:
    app = FastAPI()
    app.state.verifier = OneToken()
    headers = [] if authorization is None else [(b"authorization", authorization.encode("latin-1"))]
    return {"type": "http", "app": app, "client": client, "headers": headers}


async def test_a_request_with_a_valid_token_counts_to_its_organisation() -> None:
    share = await share_of(scope(authorization="Bearer good"))
    assert (share.name, share.caller) == ("org-1", LI_WEI)


@pytest.mark.parametrize("authorization", [None, "Bearer bad", "Basic good", "Bearer", "Bearer \xff", ""])
async def test_any_other_counts_to_its_peer(authorization: str | None) -> None:
    share = await share_of(scope(authorization=authorization))
    assert (share.name, share.caller) == ("peer 192.0.2.7", None)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("2001:db8:1:2:3:4:5:6", "peer 2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "peer 2001:db8:1:2::/64"),
        ("fe80::1%eth0", "peer fe80::/64"),
        ("testclient", "peer unknown"),
    ],
)
async def test_one_ipv6_network_is_one_peer(address: str, name: str) -> None:
    assert (await share_of(scope(client=(address, 1)))).name == name


async def test_a_connection_without_an_address_is_one_peer() -> None:
    assert (await share_of(scope(client=None))).name == "peer unknown"
