"""Ways of writing one mailbox that are refused at the doors, and ways of writing one URL."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from services.intake.cases.views import Email
from services.notify.webhooks.rules.place import place_of
from shared.packs.notify.model.delivery import EmailAddress

WRITINGS = [
    " desk@lamps.example",
    "desk@lamps.example ",
    "desk@lamps.example.",
    '"desk"@lamps.example',
    "desk(lamps)@lamps.example",
    "Desk <desk@lamps.example>",
    "desk@bücher.example",
    "desk@b\u0308ucher.example",
    "desk@lamps\u3002example",
    "desk@\uff4camps.example",
    "desk@[192.0.2.1]",
    "desk@lamps.example\n",
]


@pytest.mark.parametrize("written", WRITINGS)
@pytest.mark.parametrize("door", [Email, EmailAddress], ids=["request", "pack"])
def test_no_other_way_of_writing_a_mailbox_is_admitted(door: Any, written: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(door).validate_python(written)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://erp.example", "https://ERP.example/", True),
        ("https://erp.example/hook", "HTTPS://erp.example.:443/hook", True),
        ("https://erp.example/%7ea?x=%2f", "https://erp.example/~a?x=%2F", True),
        ("https://erp.example/hook", "https://erp.example/Hook", False),
        ("https://erp.example/hook", "https://erp.example/hook/", False),
        ("https://erp.example/a%2Fb", "https://erp.example/a/b", False),
        ("https://erp.example/hook", "https://erp.example/hook?x=1", False),
        ("http://localhost:8080/hook", "http://LOCALHOST:8080/hook", True),
        ("http://localhost:8080/hook", "http://localhost:8081/hook", False),
        ("http://localhost:80/hook", "http://localhost/hook", True),
    ],
)
def test_which_urls_are_one_place(one: str, other: str, *, same: bool) -> None:
    assert (place_of(one) == place_of(other)) is same
