"""Every answer of the edge that is not a route's own: tokens, bodies, methods, limits, ids."""

import asyncio
import re
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import Any

import httpx2
import pytest

from shared.kernel.ids import is_id, new_id
from shared.platform.observability import metrics
from tests.support.samples import values

SWAGGER_UI = Path("shared/platform/http/swagger_ui")
PROBLEM = ["type", "title", "title_zh", "status", "code", "detail", "fields", "cite", "request_id"]


def is_problem(response: httpx2.Response, status: int, code: str) -> bool:
    body = response.json()
    return (
        response.status_code == body["status"] == status
        and body["code"] == code
        and response.headers["content-type"] == "application/problem+json"
        and list(body) == PROBLEM
        and body["request_id"] == response.headers["x-request-id"]
    )


BODIES = [
    (b"", 400, "json_empty"),
    (b"{", 400, "json_malformed"),
    (b"[]", 422, "input_invalid"),
    (b"null", 422, "input_invalid"),
    (b'{"text":"a","text":"b"}', 400, "json_duplicate_key"),
    (b'{"text":"\\u0000"}', 400, "json_nul_character"),
    (b'{"text":"\\ud800"}', 400, "json_lone_surrogate"),
    (b'{"text":"a","facts":{"x":1e999}}', 400, "json_number_out_of_range"),
    (b'{"text":"a","facts":{"x":NaN}}', 400, "json_malformed"),
    (b'{"text":"a","count":1000000000000000000000000000000}', 400, "json_number_out_of_range"),
    (b'{"text":"a","count":' + b"1" * 5000 + b"}", 400, "json_number_out_of_range"),
    (b'{"text":"a","count":true}', 422, "input_invalid"),
    (b'{"text":"a","count":" 12 "}', 422, "input_invalid"),
    (b'{"text":"a","count":"1_000"}', 422, "input_invalid"),
    (b'{"text":"a","amount":"1E+1000000"}', 422, "input_invalid"),
    ('{"text":"a","amount":"١٢"}'.encode(), 422, "input_invalid"),
    (b'{"text":"a","status":"closed","org_id":"x"}', 422, "input_invalid"),
    (b'{"text":""}', 422, "input_invalid"),
    (b'\xef\xbb\xbf{"text":"a"}', 400, "json_not_utf8"),
    ('{"text":"a"}'.encode("utf-16"), 400, "json_not_utf8"),
    (b'{"text":"a","facts":' + b"[" * 65 + b"]" * 65 + b"}", 400, "json_too_deep"),
    (b"[" * 20_000 + b"]" * 20_000, 400, "json_too_deep"),
    (b"[" * 100_000 + b"]" * 100_000, 400, "json_too_many_parts"),
    (b'{"text":"a","facts":{"x":[' + b"0," * 40_000 + b"0]}}", 400, "json_too_many_parts"),
    (b'{"text":"' + b"a" * 1024 * 1024 + b'"}', 413, "body_too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), BODIES)
async def test_a_bad_body_is_refused(toy: Any, body: bytes, status: int, code: str) -> None:
    response = await toy.note(body, key=new_id())
    assert is_problem(response, status, code), response.text
    assert await toy.count() == 0


async def test_a_refused_body_is_not_repeated_to_anybody(toy: Any) -> None:
    response = await toy.note('{"text":"a","phone":"13900000000","count":"13911111111"}', key="k")
    assert response.json()["fields"] == [
        {"path": "/count", "code": "int_type"},
        {"path": "/phone", "code": "extra_forbidden"},
    ]
    assert "13900000000" not in response.text
    assert "13911111111" not in response.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
async def test_another_media_type_is_415(toy: Any, kind: str) -> None:
    headers = toy.headers(key="k") | {"Content-Type": kind}
    refused = await toy.client.post("/v1/notes", content="{}", headers=headers)
    assert is_problem(refused, 415, "media_type_unsupported")
    assert (refused.headers["accept"], refused.json()["fields"]) == ("application/json", {"accept": "application/json"})


async def test_json_with_a_charset_is_taken(toy: Any) -> None:
    headers = toy.headers(key="k") | {"Content-Type": "Application/JSON; charset=utf-8"}
    assert (await toy.client.post("/v1/notes", content='{"text":"a"}', headers=headers)).status_code == 201


async def test_a_chunked_body_beyond_the_limit_is_cut(toy: Any) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 65536

    response = await toy.client.post("/v1/notes", content=endless(), headers=toy.headers(key="k"))
    assert is_problem(response, 413, "body_too_large")
    assert sent <= 20


async def test_multipart_beyond_the_limit_is_413(toy: Any) -> None:
    headers = {"Authorization": f"Bearer {toy.token()}", "Idempotency-Key": "f"}
    for content in (b"x" * (1024 * 1024), b"x" * 5_000_000):
        response = await toy.client.post("/v1/files", files={"file": ("a", content)}, headers=headers)
        assert is_problem(response, 413, "body_too_large"), response.text
        assert response.headers["connection"] == "close"


async def test_a_route_may_take_more(toy: Any) -> None:
    headers = {"Authorization": f"Bearer {toy.token()}", "Idempotency-Key": "f"}
    for size, status in ((2 * 2**20, 201), (2 * 2**20 + 1, 413)):
        response = await toy.client.post("/v1/raw", content=b"x" * size, headers=headers)
        assert response.status_code == status


async def test_a_form_may_be_allowed_more_while_it_is_handled(toy: Any) -> None:
    headers = {"Authorization": f"Bearer {toy.token()}", "Idempotency-Key": "f"}
    taken = await toy.client.post("/v1/form", files={"file": ("a", b"x" * 1_500_000)}, headers=headers)
    assert (taken.status_code, taken.json()["note_id"]) == (201, 1_500_000)
    refused = await toy.client.post("/v1/form", files={"file": ("a", b"x" * 2**21)}, headers=headers)
    assert is_problem(refused, 413, "body_too_large")


async def test_broken_multipart_is_400(toy: Any) -> None:
    headers = toy.headers(key="k") | {"Content-Type": "multipart/form-data; boundary=x"}
    response = await toy.client.post("/v1/files", content=b"--y\r\nno", headers=headers)
    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/", "/v1/none", "/v1/notes/", "/health", "/docs/x", "/v1/notes/not-an-id"])
async def test_no_such_path_is_404(toy: Any, path: str) -> None:
    assert is_problem(await toy.client.get(path, headers=toy.headers()), 404, "not_found")


async def test_another_method_is_405_and_names_the_right_ones(toy: Any) -> None:
    response = await toy.client.delete("/v1/notes", headers=toy.headers())
    assert is_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/v1/slow?x=%00", "/v1/notes/%00"])
async def test_nul_in_an_address_is_400(toy: Any, path: str) -> None:
    assert is_problem(await toy.client.get(path, headers=toy.headers()), 400, "invalid")


async def test_without_a_token_is_401(toy: Any) -> None:
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "}):
        response = await toy.client.get(f"/v1/notes/{new_id()}", headers=headers)
        assert is_problem(response, 401, "token_missing")
        assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["x", "a.b.c", "a" * 1_000_000, "x y"])
async def test_a_bad_token_is_401(toy: Any, token: str) -> None:
    response = await toy.client.get(f"/v1/notes/{new_id()}", headers=toy.headers(token=token))
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_the_token_comes_before_the_body(toy: Any) -> None:
    response = await toy.client.post("/v1/notes", content=b"{", headers={"Content-Type": "application/json"})
    assert response.status_code == 401


async def test_a_missing_scope_is_403_and_named(toy: Any) -> None:
    response = await toy.note('{"text":"a"}', key="k", scopes="notes:read")
    assert is_problem(response, 403, "scope_missing")
    assert response.json()["fields"] == {"scopes": ["notes:write"]}


async def test_an_unhandled_error_is_500_without_its_text(toy: Any) -> None:
    response = await toy.note('{"text":"crash"}', key="k")
    assert is_problem(response, 500, "internal")
    assert "secret" not in response.text


async def test_a_sane_request_id_comes_back_and_another_is_replaced(toy: Any) -> None:
    url, headers = f"/v1/notes/{new_id()}", toy.headers()
    kept = await toy.client.get(url, headers=headers | {"X-Request-Id": "abc-1"})
    assert kept.headers["x-request-id"] == "abc-1"
    replaced = await toy.client.get(url, headers=headers | {"X-Request-Id": "a b"})
    assert is_id(replaced.headers["x-request-id"])


async def test_the_metric_is_labelled_by_route_template(toy: Any) -> None:
    await toy.client.get(f"/v1/notes/{new_id()}", headers=toy.headers())
    await toy.client.get("/never/heard/of", headers=toy.headers())
    text = (await toy.client.get("/metrics")).text
    assert 'redress_http_requests_total{code="2xx",method="GET",route="/v1/notes/{note_id}"}' in text
    assert 'redress_http_request_duration_seconds_count{method="GET",route="unmatched"}' in text
    assert "/never" not in text


async def test_a_route_has_its_series_before_its_first_request(toy: Any) -> None:
    text = (await toy.client.get("/metrics")).text
    for code in ("2xx", "3xx", "4xx", "5xx"):
        assert f'redress_http_requests_total{{code="{code}",method="POST",route="/v1/notes"}}' in text


async def test_metrics_are_in_the_format_that_is_asked_for_and_name_the_trace(toy: Any) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = toy.headers() | {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    await toy.client.get(f"/v1/notes/{new_id()}", headers=headers)
    plain = await toy.client.get("/metrics")
    assert plain.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert trace not in plain.text
    asked = await toy.client.get("/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"})
    assert asked.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0; charset=utf-8")
    exemplars = [line for line in asked.text.splitlines() if f'# {{trace_id="{trace}"}}' in line]
    assert [line.partition("{")[0] for line in exemplars] == ["redress_http_request_duration_seconds_bucket"]


async def test_more_requests_than_connections_wait_and_the_rest_is_refused(toy: Any) -> None:
    app, before = toy.other_app(requests_at_once=2, max_waiting=3), values(metrics.HTTP_REFUSED)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://toy") as client:
        responses = await asyncio.gather(*(client.get("/v1/slow", headers=toy.headers()) for _ in range(8)))
        assert (await client.get("/v1/slow", headers=toy.headers())).status_code == 200
    assert [response.status_code for response in responses] == [200] * 5 + [503] * 3
    more = {reason: number - before[reason] for reason, number in values(metrics.HTTP_REFUSED).items()}
    assert {reason: number for (reason,), number in more.items() if number} == {"queue_full": 3}
    assert is_problem(responses[-1], 503, "overloaded")
    assert 2 <= int(responses[-1].headers["retry-after"]) <= 6


async def test_others_are_answered_while_the_document_is_made(toy: Any) -> None:
    app, begun, end = toy.other_app(), Event(), Event()

    def slowly() -> dict[str, Any]:
        begun.set()
        end.wait(5)
        return {}

    app.openapi = slowly
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://toy") as client:
        document = asyncio.create_task(client.get("/openapi.json"))
        await asyncio.to_thread(begun.wait, 5)
        assert (await client.get("/health/live")).status_code == 200
        assert not document.done()
        end.set()
        assert (await document).json() == {}


async def test_openapi_documents_bodies_problems_scopes_and_the_bearer(toy: Any) -> None:
    document = (await toy.client.get("/openapi.json")).json()
    operation = document["paths"]["/v1/notes"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/NoteBody"}
    assert document["components"]["schemas"]["NoteBody"]["additionalProperties"] is False
    assert operation["responses"]["201"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Note"
    }
    assert operation["responses"]["409"] == {"$ref": "#/components/responses/Problem409"}
    conflict = document["components"]["responses"]["Problem409"]
    assert conflict["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
    assert "`not_caught_up`" in conflict["description"]
    assert operation["security"] == [{"bearer": []}]
    assert operation["x-scopes"] == ["notes:write"]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"])
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_the_docs_open_without_the_internet(toy: Any) -> None:
    page = await toy.client.get("/docs")
    assert page.status_code == 200
    assert "//" not in page.text
    named = re.findall(r"""(?:href|src)=["']([^"']+)["']""", page.text)
    assert named == ["/docs/swagger-ui.css", "/docs/favicon-32x32.png", "/docs/swagger-ui-bundle.js"]
    kinds = ["text/css; charset=utf-8", "image/png", "text/javascript; charset=utf-8"]
    for address, kind in zip(named, kinds, strict=True):
        asset = await toy.client.get(address)
        assert (asset.status_code, asset.headers["content-type"]) == (200, kind)
        assert asset.content == (SWAGGER_UI / address.removeprefix("/docs/")).read_bytes()
    assert '"validatorUrl": null' in page.text


def test_the_files_of_the_docs_are_those_that_were_published() -> None:
    lines = (SWAGGER_UI / "SHA256SUMS").read_text().splitlines()
    stated = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    found = {file.name: sha256(file.read_bytes()).hexdigest() for file in SWAGGER_UI.iterdir()}
    assert {name: digest for name, digest in found.items() if name not in {"README.md", "SHA256SUMS"}} == stated


async def test_the_worker_role_serves_only_the_open_routes(toy: Any) -> None:
    app = toy.other_app(role="worker")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://toy") as client:
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/metrics")).status_code == 200
        assert (await client.get("/v1/slow", headers=toy.headers())).status_code == 404
        assert (await client.get("/v1/quiescence", headers=toy.headers())).status_code == 404
