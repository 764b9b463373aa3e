"""Secrets at rest: what is sealed opens with its key, for its purpose, unchanged; and nowhere else."""

from base64 import b64encode

import pytest

from shared.platform.sealing import SealBroken, Sealer, parse_keys

OLD, NEW = b"o" * 32, b"n" * 32


def test_what_is_sealed_is_opened_and_never_the_same_bytes_twice() -> None:
    sealer = Sealer([NEW])
    first, second = (sealer.seal("令牌".encode(), about="org-1:erp") for _ in range(2))
    assert sealer.open(first, about="org-1:erp").decode() == sealer.open(second, about="org-1:erp").decode() == "令牌"
    assert first != second
    assert "令牌".encode() not in first


def test_a_rotated_key_still_opens_and_no_longer_seals() -> None:
    sealed = Sealer([OLD]).seal(b"secret", about="a")
    rotated = Sealer([NEW, OLD])
    assert rotated.open(sealed, about="a") == b"secret"
    assert Sealer([NEW]).open(rotated.seal(b"secret", about="a"), about="a") == b"secret"
    with pytest.raises(SealBroken):
        Sealer([NEW]).open(sealed, about="a")


def test_another_purpose_or_a_changed_byte_opens_nothing() -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal(b"secret", about="org-1:erp")
    with pytest.raises(SealBroken):
        sealer.open(sealed, about="org-2:erp")
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(SealBroken):
            sealer.open(changed, about="org-1:erp")
    for length in (0, 1, 5, 16, len(sealed) - 1):
        with pytest.raises(SealBroken):
            sealer.open(sealed[:length], about="org-1:erp")


def test_keys_of_a_setting() -> None:
    assert parse_keys(f"{b64encode(NEW).decode()}, {b64encode(OLD).decode()}") == [NEW, OLD]


@pytest.mark.parametrize("text", ["", "hush", b64encode(b"x" * 31).decode(), b64encode(NEW).decode() + ","])
def test_what_is_no_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"^key \d is not base64 of 32 bytes$"):
        parse_keys(text)


def test_nine_keys_are_too_many() -> None:
    with pytest.raises(ValueError, match="at most 8 keys"):
        parse_keys(",".join([b64encode(NEW).decode()] * 9))
