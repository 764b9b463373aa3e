"""Names are on one line and read in the order in which they are stored."""

import pytest
from pydantic import ValidationError

from services.intake.cases.views import CustomerBody
from shared.platform.http.strict import ShortText, StrictModel


class Named(StrictModel):
    name: ShortText


UNSEEN = ["\u202e", "\u202a", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c", "\x00", "\x1b", "\n", "\x7f", "\x85"]


@pytest.mark.parametrize("character", [*UNSEEN, "\u2028", "\ufeff", "\u200b", "\u00ad", "\u2060"])
def test_what_is_not_seen_is_refused(character: str) -> None:
    text = f"Li{character}Wei"
    with pytest.raises(ValidationError):
        Named(name=text)
    with pytest.raises(ValidationError):
        CustomerBody(ref="C-1", name=text)
    with pytest.raises(ValidationError):
        CustomerBody(ref=text, name="Li Wei")


@pytest.mark.parametrize("text", ["江苏某机械有限公司", "O'Brien & Söhne", "مؤسسة", "नेपाल\u200d", "😀"])
def test_names_of_any_script_are_taken(text: str) -> None:
    assert CustomerBody(ref="C-1", name=text).name == text


@pytest.mark.parametrize(
    "address", ["李伟@example.com", "li@例子.中国", "li@example", "li wei@example.com", "li@x.y\n"]
)
def test_an_address_that_not_every_mail_server_takes_is_refused_at_registration(address: str) -> None:
    with pytest.raises(ValidationError):
        CustomerBody(ref="C-1", name="Li Wei", email=address)


@pytest.mark.parametrize("address", ["li.wei+a@example.com", "o'brien@mail.example.com", "li@xn--fsqu00a.xn--fiqs8s"])
def test_other_addresses_are_taken(address: str) -> None:
    assert CustomerBody(ref="C-1", name="Li Wei", email=address).email == address
