"""Categories become statuses once, titles exist in two languages, 500 says nothing."""

import orjson
import pytest

from shared.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Rejected, ServiceError, Unavailable
from shared.kernel.text import Text
from shared.platform.auth.caller import Unauthorised
from shared.platform.http.problems import (
    BodyTooLarge,
    InputInvalid,
    MediaTypeUnsupported,
    MethodNotAllowed,
    TooManyRequests,
    problem,
)


class CaseNumberTaken(Conflict):
    code = "case_number_taken"
    title = Text(en="Case number taken", zh="编号已被占用")
    titles = {"case_number_reserved": Text(en="Case number reserved", zh="编号已被预留")}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Invalid(), 400),
        (Unauthorised(), 401),
        (Forbidden(), 403),
        (NotFound(), 404),
        (MethodNotAllowed("GET"), 405),
        (Conflict(), 409),
        (CaseNumberTaken(), 409),
        (BodyTooLarge(), 413),
        (MediaTypeUnsupported(), 415),
        (Rejected(), 422),
        (InputInvalid([]), 422),
        (TooManyRequests(), 429),
        (ServiceError(), 500),
        (Unavailable(), 503),
    ],
)
def test_status(error: ServiceError, status: int) -> None:
    response = problem(error)
    body = orjson.loads(response.body)
    assert response.status_code == body["status"] == status
    assert response.media_type == "application/problem+json"
    assert list(body) == ["type", "title", "title_zh", "status", "code", "detail", "fields", "cite", "request_id"]


def test_a_pack_says_its_refusals_in_its_own_words() -> None:
    error = Conflict(code="file_incomplete", title=Text(en="The file is incomplete", zh="材料不齐全"))
    body = orjson.loads(problem(error).body)
    assert (body["title"], body["title_zh"]) == ("The file is incomplete", "材料不齐全")


def test_a_rule_that_refuses_is_cited() -> None:
    error = Conflict(code="certificate_missing", detail="…", cite="LG-39 Art.39", fields={"certificate": None})
    body = orjson.loads(problem(error).body)
    assert (body["code"], body["cite"], body["fields"]) == (
        "certificate_missing",
        "LG-39 Art.39",
        {"certificate": None},
    )
    assert (body["title"], body["title_zh"]) == ("Conflict with the current state", "当前状态不允许此操作")


@pytest.mark.parametrize(
    ("error", "title", "title_zh"),
    [
        (CaseNumberTaken(), "Case number taken", "编号已被占用"),
        (CaseNumberTaken(code="case_number_reserved"), "Case number reserved", "编号已被预留"),
    ],
)
def test_an_error_class_titles_its_codes(error: ServiceError, title: str, title_zh: str) -> None:
    body = orjson.loads(problem(error).body)
    assert (body["title"], body["title_zh"]) == (title, title_zh)


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (NotFound(), "Not found"),
        (MethodNotAllowed(None), "Method not allowed"),
        (BodyTooLarge(), "Content too large"),
        (MediaTypeUnsupported(), "Unsupported media type"),
        (TooManyRequests(), "Too many requests"),
        (ServiceError(), "Internal server error"),
        (Unavailable(), "Service unavailable"),
    ],
)
def test_categories_are_titled_in_the_words_of_http(error: ServiceError, title: str) -> None:
    assert orjson.loads(problem(error).body)["title"] == title


def test_an_unexpected_failure_keeps_its_text_to_itself() -> None:
    body = orjson.loads(problem(ServiceError(code="ledger_off", detail="password=…")).body)
    assert (body["code"], body["detail"]) == ("internal", "")


@pytest.mark.parametrize("error", [Unavailable(), TooManyRequests()])
def test_retry_after_is_said(error: ServiceError) -> None:
    assert {int(problem(error).headers["retry-after"]) for _ in range(300)} == {2, 3, 4, 5, 6}


@pytest.mark.parametrize(
    ("error", "challenge"),
    [(Unauthorised(), "Bearer"), (Unauthorised(code="token_expired"), 'Bearer error="invalid_token"')],
)
def test_401_carries_a_challenge(error: ServiceError, challenge: str) -> None:
    assert problem(error).headers["www-authenticate"] == challenge


def test_405_names_the_methods() -> None:
    assert problem(MethodNotAllowed("GET, POST")).headers["allow"] == "GET, POST"
