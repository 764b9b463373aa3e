"""Categories become statuses once, titles exist in two languages, 500 says nothing."""

import orjson
import pytest

from shared.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Rejected, ServiceError, Title, Unavailable
from shared.platform.auth.caller import Unauthorised
from shared.platform.http.problems import (
    BodyTooLarge,
    InputInvalid,
    MediaTypeUnsupported,
    MethodNotAllowed,
    TooManyRequests,
    problem,
)
from shared.platform.http.titles import CATALOGUE


class CaseNumberTaken(Conflict):
    code = "case_number_taken"


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
    error = Conflict(code="file_incomplete", title=Title("The file is incomplete", "材料不齐全"))
    body = orjson.loads(problem(error, titles={"file_incomplete": Title("another", "另一个")}).body)
    assert (body["title"], body["title_zh"]) == ("The file is incomplete", "材料不齐全")


def test_a_rule_that_refuses_is_cited() -> None:
    error = Conflict(code="certificate_missing", detail="…", cite="LG-39 Art.39", fields={"certificate": None})
    body = orjson.loads(problem(error).body)
    assert (body["code"], body["cite"], body["fields"]) == (
        "certificate_missing",
        "LG-39 Art.39",
        {"certificate": None},
    )
    assert (body["title"], body["title_zh"]) == CATALOGUE["conflict"]


def test_a_service_titles_its_own_codes() -> None:
    titles = {"case_number_taken": Title("The number is taken", "编号已被占用")}
    body = orjson.loads(problem(CaseNumberTaken(), titles=titles).body)
    assert (body["title"], body["title_zh"]) == ("The number is taken", "编号已被占用")


def test_an_unexpected_failure_keeps_its_text_to_itself() -> None:
    body = orjson.loads(problem(ServiceError(code="ledger_off", detail="password=…")).body)
    assert (body["code"], body["detail"]) == ("internal", "")


@pytest.mark.parametrize("error", [Unavailable(), TooManyRequests()])
def test_retry_after_is_said(error: ServiceError) -> None:
    assert problem(error).headers["retry-after"] == "2"


@pytest.mark.parametrize(
    ("error", "challenge"),
    [(Unauthorised(), "Bearer"), (Unauthorised(code="token_expired"), 'Bearer error="invalid_token"')],
)
def test_401_carries_a_challenge(error: ServiceError, challenge: str) -> None:
    assert problem(error).headers["www-authenticate"] == challenge


def test_405_names_the_methods() -> None:
    assert problem(MethodNotAllowed("GET, POST")).headers["allow"] == "GET, POST"


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_code_has_both_titles(code: str) -> None:
    assert CATALOGUE[code].en.isascii()
    assert not CATALOGUE[code].zh.isascii()
