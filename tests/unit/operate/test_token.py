from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from operate.errors import OperatorError
from operate.runtime.keys import ensure_keys, public_key_file
from operate.token_commands import sign_token


def test_a_token_carries_who_which_organisation_and_what_is_allowed(tmp_path: Path) -> None:
    ensure_keys(tmp_path)

    token = sign_token(
        tmp_path, roles=["clerk", "approver"], organisation="org-1", scopes=["cases:read", "cases:write"], subject="li"
    )

    claims = jwt.decode(token, public_key_file(tmp_path).read_bytes(), algorithms=["EdDSA"], audience="redress")
    assert claims["iss"] == "redress-dev"
    assert claims["sub"] == "li"
    assert claims["org"] == "org-1"
    assert claims["roles"] == ["clerk", "approver"]
    assert claims["scope"] == "cases:read cases:write"
    assert claims["exp"] - claims["iat"] == 8 * 3600
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"


def test_an_expired_token_is_one(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    token = sign_token(tmp_path, roles=["clerk"], valid_for=timedelta(seconds=-1))

    with pytest.raises(jwt.ExpiredSignatureError):
        jwt.decode(token, public_key_file(tmp_path).read_bytes(), algorithms=["EdDSA"], audience="redress")


def test_keys_are_made_once_are_private_and_a_lost_public_half_comes_back(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    public = public_key_file(tmp_path).read_bytes()
    public_key_file(tmp_path).unlink()

    ensure_keys(tmp_path)

    assert public_key_file(tmp_path).read_bytes() == public
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_without_a_key_the_operator_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="make up"):
        sign_token(tmp_path, roles=["clerk"])
