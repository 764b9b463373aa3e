"""Keyset pages: opaque tokens, nothing else accepted."""

import pytest

from shared.platform.http.paging import PageRequest, PageTokenInvalid, decode, encode


def test_a_token_round_trips() -> None:
    assert decode(encode(("2026-03-02T01:00:00Z", "id-1"))) == ("2026-03-02T01:00:00Z", "id-1")


@pytest.mark.parametrize("token", ["x", "%%%", "bnVsbA", "eyJhIjoxfQ", "WzFd", "质", encode(("a\x00b",)), "A" * 400])
def test_other_tokens_are_refused(token: str) -> None:
    with pytest.raises(PageTokenInvalid):
        decode(token)


def test_a_token_of_another_width_is_refused() -> None:
    with pytest.raises(PageTokenInvalid):
        decode(encode(("a",)), width=2)


def test_one_row_more_than_asked_means_another_page() -> None:
    request = PageRequest(limit=2, after=None)
    page = request.page(["a", "b", "c"], keys=[("a",), ("b",), ("c",)])
    assert page.items == ["a", "b"]
    assert page.next == encode(("b",))


def test_exactly_as_many_rows_as_asked_is_the_last_page() -> None:
    page = PageRequest(limit=2, after=None).page(["a", "b"], keys=[("a",), ("b",)])
    assert page.items == ["a", "b"]
    assert page.next is None


def test_no_rows_is_an_empty_last_page() -> None:
    empty: list[str] = []
    page = PageRequest(limit=2, after=None).page(empty, keys=[])
    assert page.items == []
    assert page.next is None
