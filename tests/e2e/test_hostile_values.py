"""What is well-formed JSON and means harm, in every field of every route; and hostile paths and queries on every GET.

Each request is one that would be good but for one value. Nothing may answer 500, repeat what it was sent, or leave
an event behind that a consumer cannot handle.
"""

import asyncio
import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from operate.scenarios.organisation import create_organisation
from operate.scenarios.quiescence import settle
from operate.scenarios.session import Session
from shared.kernel.ids import new_id
from shared.platform.http.paging import encode
from tests.e2e.routes import ROUTES, Route, good
from tests.e2e.story import CASE, PAPER, ZONE, Story
from tests.support.packs import documents

AT_ONCE = 6
ASKED_AGAIN = 3
"""A service may be busy with the other requests of this test; a client then asks again."""
MARK = "CANARY-139-0000-0000"
# Where instants, numbers and nothing are expected most goes wrong: every field meets these.
ALWAYS: list[Any] = [
    "", "NaN", "1e999", "9" * 40, "0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-12:00",
    "9999-12-31T23:59:59Z", "2026-04-10T00:00:00", 0, -1, 2**63 - 1, -(2**63), 1e308, None, [], {},
]  # fmt: skip
# And each field a third of these, in turn.
BY_TURNS: list[Any] = [
    " ", MARK, f"{MARK}\x01\x1b[31m", f"{MARK}\u202e", f"{MARK}\ufffe", f"{MARK}' OR '1'='1", f"{MARK}{{{{7*7}}}}", f"../../{MARK}",
    "x" * 10_000, "x" * 10_001, "😀" * 5_000, "Infinity", "1E+1000000", "-0", "0x7f", "١٢", "0." + "0" * 25 + "1", "2026-02-30",
    "0001-01-01T00:00:00Z", "10000-01-01T00:00:00Z", 2**31, 2**53 + 1, 0.1, -0.0, 5e-324, True, [[]] * 50, {"a": {"b": [MARK]}}, [MARK] * 500,
]  # fmt: skip
# Whole packs are slow to check: a small one, with one value for every place. What is wrong in them is named.
PACKS = {"intake POST /v1/policies", "intake POST /v1/policies/lint"}
WRITES = [route for route in ROUTES if route.takes_json]
READS = [route for route in ROUTES if route.method == "GET"]
PATH_PARTS = [
    "%00", "%FF%FE", "%ED%A0%80", "..%2F..%2Fetc", "%0d%0aX-Injected:%201", "x" * 4_000, "9" * 40, "-1", "1e9", "%20", "null", quote("莱"),
    "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "{case_id}", MARK,
]  # fmt: skip
QUERIES = [
    "", "%00", "%FF", "%ED%A0%80", "0", "-1", "1e3", "9" * 40, "%D9%A3", "x" * 100, "x" * 5_000, MARK, "!!!!", "bnVsbA", "W10", "WzFd",
    encode(("",)), encode(("a",)), encode(("a", "b")), encode((new_id(),)), encode(("9" * 40, new_id())), encode(("pack", "9" * 10)),
    encode(("9999-12-31T23:59:59+00:00", new_id())), encode(("0001-01-01T00:00:00+14:00", new_id())), encode(("2026-01-01", new_id())),
    encode(("9999-12-31T23:59:59-12:00", new_id())), encode(("\ufffe", new_id())), encode(tuple("abcdefgh")),
    encode(tuple("abc")), encode(("2026-01-01T00:00:00Z", new_id(), "x")), encode(("9999-12-31T23:59:59Z", "a", "1")),
]  # fmt: skip


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where `value` holds something, itself excepted."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*at, key)
        yield from places(item, (*at, key))


def changed(body: Any, place: tuple[Any, ...], value: Any) -> Any:
    """`body` with another value there."""
    body = copy.deepcopy(body)
    inner = body
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return body


def mutants(route: Route, body: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    every = [*places(body), *((name,) for name in route.fields if name not in body)]
    if route.id in PACKS:
        values = [*ALWAYS, *BY_TURNS]
        return ((place, values[number % len(values)]) for number, place in enumerate(every))
    return ((place, value) for number, place in enumerate(every) for value in [*ALWAYS, *BY_TURNS[number % 3 :: 3]])


def wrong(response: httpx2.Response, *, may_quote: bool = False) -> str | None:
    """What is wrong with an answer, if anything is."""
    if response.status_code >= 500:
        return f"{response.status_code} {response.text[:300]}"
    if response.status_code < 400:
        return None
    if response.headers["content-type"] != "application/problem+json":
        return f"no problem but {response.headers['content-type']}"
    quoted = MARK in response.text and not may_quote
    return response.text[:500] if quoted or response.json()["status"] != response.status_code else None


@pytest.mark.parametrize("route", WRITES, ids=lambda route: route.id)
async def test_hostile_values(story: Story, route: Route, tmp_path: Path) -> None:
    body = good(route, story.ids)["json"]
    if route.id in PACKS:
        body |= {"documents": documents(tmp_path)}
    gate = asyncio.Semaphore(AT_ONCE)
    # A clock that was put to the end of time, another ERP or pack would spoil the organisation for everything else.
    spoils = {"clock", "erp", "policies"} & set(route.path.split("/"))
    own = await another(story) if spoils else story.session.organisation
    ids = story.ids | {"organisation_id": own}
    if route.path.endswith("/corrections"):  # the story's case keeps its customer
        ids |= {"case_id": (await story.post("intake", "/v1/cases", CASE))["case_id"]}

    async def one(place: tuple[Any, ...], value: Any) -> tuple[str, str | None]:
        async with gate:
            for _ in range(ASKED_AGAIN):
                answer = await story.send(
                    route.service, route.method, route.filled(ids), org=own, json=changed(body, place, value)
                )
                if answer.status_code != 503:
                    break
        return f"{place} = {str(value)[:60]!r}", wrong(answer, may_quote=route.id in PACKS)

    answers = await asyncio.gather(*(one(place, value) for place, value in mutants(route, body)))

    assert {name: fault for name, fault in answers if fault} == {}


async def another(story: Story) -> str:
    """An organisation to be spoilt."""
    session = Session(story.session.stack, story.session.http, organisation="", zone=ZONE)
    return await create_organisation(session, "To be spoilt", session.instant("2026-04-09T09:00"))


async def test_nothing_that_was_accepted_chokes_a_consumer(story: Story) -> None:
    await settle(story.session)


@pytest.mark.parametrize("route", READS, ids=lambda route: route.id)
async def test_hostile_paths_and_queries(story: Story, route: Route) -> None:
    paths = [
        route.filled({**{name: quote(value) for name, value in story.ids.items()}, name: part})
        for name in route.parameters
        for part in PATH_PARTS
    ]
    known = route.filled(story.ids)
    paths += [f"{known}?{name}={value}" for name in (*route.query, "unheard_of") for value in QUERIES]
    paths += [f"{known}?{name}=1&{name}=2" for name in route.query]

    faults = {}
    for path in paths:
        answer = await story.send(route.service, "GET", path, org=story.session.organisation)
        if fault := wrong(answer):
            faults[path[:200]] = fault
        assert "x-injected" not in answer.headers

    assert faults == {}


def multipart(*parts: bytes, boundary: bytes = b"b") -> bytes:
    return b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"


FILE = b'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nx'
KIND = b'Content-Disposition: form-data; name="kind"\r\n\r\nother'
FORMS = {
    "no parts": multipart(),
    "garbage": b"--c\r\nnothing",
    "cut off": multipart(FILE, KIND)[:-30],
    "a thousand fields": multipart(*[KIND] * 1000),
    "a thousand files": multipart(*[FILE] * 1000, KIND),
    "a field of 100 KB": multipart(FILE, KIND + b"x" * 100_000),
    "a header of 100 KB": multipart(b"X-A: " + b"a" * 100_000 + b"\r\n" + FILE, KIND),
    "a thousand headers": multipart(b"X-A: b\r\n" * 1000 + FILE, KIND),
    "no name": multipart(b"Content-Disposition: form-data\r\n\r\nx"),
    "kind as file": multipart(FILE, FILE.replace(b'"file"', b'"kind"')),
    "file as field": multipart(KIND, KIND.replace(b"kind", b"file")),
    "NUL in the kind": multipart(FILE, KIND + b"\x00"),
    "kind not UTF-8": multipart(FILE, KIND + b"\xff\xfe"),
    "unknown kind": multipart(FILE, KIND.replace(b"other", MARK.encode())),
    "page as text": multipart(FILE + b"<html><script>1</script>", KIND),
}
FILENAMES = ["%00", "../../x", "a" * 5000, "x\\r\\ny", "莱", "C:\\\\x", "", ".", "con.txt"]


@pytest.mark.parametrize("name", FORMS)
async def test_hostile_forms(story: Story, name: str) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await story.send(
        "intake", "POST", f"/v1/cases/{story.ids['case_id']}/evidence",
        org=story.session.organisation, content=FORMS[name], headers=headers,
    )  # fmt: skip

    assert wrong(answer) is None
    assert answer.status_code in {400, 413, 415, 422}, answer.text


@pytest.mark.parametrize(
    "kind",
    ["", "application/json", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=b"],
)
async def test_a_form_of_another_kind(story: Story, kind: str) -> None:
    answer = await story.send(
        "intake", "POST", f"/v1/cases/{story.ids['case_id']}/evidence",
        org=story.session.organisation, content=multipart(FILE, KIND), headers={"Content-Type": kind},
    )  # fmt: skip

    assert wrong(answer) is None
    assert answer.status_code in {400, 415, 422}, answer.text


@pytest.mark.parametrize("filename", FILENAMES)
async def test_hostile_file_names(story: Story, filename: str) -> None:
    part = FILE.replace(b"a.txt", filename.encode())
    answer = await story.send(
        "intake", "POST", f"/v1/cases/{story.ids['case_id']}/evidence",
        org=story.session.organisation, content=multipart(part + new_id().encode(), KIND),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )  # fmt: skip

    assert wrong(answer) is None


async def test_a_chunked_form_beyond_every_limit_is_cut(story: Story) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        yield multipart(FILE, KIND)[: -len(b"--b--\r\n") - len(KIND) - 7]
        while sent < 1000:
            sent += 1
            yield b"x" * 256 * 1024

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    path = f"/v1/cases/{story.ids['case_id']}/evidence"
    try:
        answer = await story.send(
            "intake", "POST", path, org=story.session.organisation, content=endless(), headers=headers
        )
        assert answer.status_code == 413
    except httpx2.TransportError:
        pass  # The server answered and hung up while we were still sending.
    assert sent < 1000
    assert (await story.send("intake", "POST", path, org=story.session.organisation, **PAPER)).is_success
