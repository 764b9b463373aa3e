"""What one organisation, caller or peer uses up is no other's: a process of intake with small limits beside the stack's."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import orjson

from operate.runtime.stack import Stack
from operate.scenarios.session import TokenRequest
from shared.kernel.ids import new_id
from tests.e2e.story import CONTACT, ROLES, Story
from tests.support.another import another

LONG = {"REDRESS_RATE_WINDOW_SECONDS": "3600"}
"""Nothing of a quota comes back while a test runs."""


@contextmanager
def another_intake(stack: Stack, **limits: str) -> Iterator[str]:
    """The address of one more process that only answers requests, with these limits."""
    with another(stack, "intake", REDRESS_ROLE="api", **limits) as process:
        yield process.url


def bearer(story: Story, subject: str, *, org: str) -> dict[str, str]:
    request = TokenRequest(organisation=org, subject=subject, roles=ROLES, scope="cases:read cases:write")
    return {"Authorization": f"Bearer {story.session.token(request)}"}


async def test_a_caller_an_organisation_and_a_peer_use_up_their_own_quota(e2e_stack: Stack, story: Story) -> None:
    own, other, http = story.session.organisation, story.stranger, story.session.http
    limits = {"REDRESS_RATE_PER_CALLER": "3", "REDRESS_RATE_PER_ORGANISATION": "5", "REDRESS_RATE_PER_PEER": "2"}
    with another_intake(e2e_stack, **LONG, **limits) as url:

        async def asked(headers: dict[str, str]) -> tuple[int, str]:
            """Status, and of a refusal the policy that was used up."""
            answer = await http.get(f"{url}/v1/cases", headers=headers)
            if answer.status_code != 429:
                return answer.status_code, ""
            assert answer.json()["code"] == "rate_exceeded"
            assert int(answer.headers["retry-after"]) > 0
            assert f'"{answer.json()["fields"]["policy"]}";r=0;' in answer.headers["ratelimit"]
            return 429, answer.json()["fields"]["policy"]

        first, second = bearer(story, "first", org=own), bearer(story, "second", org=own)
        assert [await asked(first) for _ in range(4)] == [(200, "")] * 3 + [(429, "caller")]
        assert [await asked(second) for _ in range(3)] == [(200, "")] * 2 + [(429, "organisation")]
        assert await asked(bearer(story, "first", org=other)) == (200, "")
        assert [await asked({}) for _ in range(3)] == [(401, "")] * 2 + [(429, "peer")]
        assert (await http.get(f"{url}/health/ready")).status_code == 200


async def test_idle_uploads_of_one_organisation_end_and_stop_no_other(e2e_stack: Stack, story: Story) -> None:
    own, other = story.session.organisation, story.stranger
    with another_intake(e2e_stack, REDRESS_MAX_UPLOADS="8", REDRESS_BODY_SECONDS="2") as url:
        path = f"/v1/cases/{story.ids['case_id']}/evidence"
        idle = [asyncio.create_task(idle_upload(url, path, bearer(story, "idle", org=own))) for _ in range(3)]
        headers = bearer(story, "busy", org=other) | {"Idempotency-Key": new_id()}
        answer = await story.session.http.post(f"{url}/v1/contacts", json=CONTACT, headers=headers)
        assert answer.status_code == 201
        assert Counter(await asyncio.gather(*idle)) == {(408, "body_too_slow"): 2, (429, "too_many_uploads"): 1}


async def idle_upload(url: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """Status and code of the answer to a file of which the first line alone is sent."""
    address = httpx2.URL(url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    lines = {
        "Host": address.host,
        "Content-Type": "multipart/form-data; boundary=b",
        "Content-Length": "1000",
        "Idempotency-Key": new_id(),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in (lines | headers).items())
    writer.write(f"POST {path} HTTP/1.1\r\n{head}\r\n--b\r\n".encode())
    said = await reader.readuntil(b"\r\n\r\n")
    length = int(said.lower().partition(b"content-length: ")[2].split()[0])
    body = orjson.loads(await reader.readexactly(length))
    writer.close()
    return int(said.split()[1]), str(body["code"])
