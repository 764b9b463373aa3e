"""Links in the words of a message: stored by id, sent with the secret, and of no other case."""

from dataclasses import replace

from services.notify.channels.rules.links import named_links, printed, with_secrets
from tests.unit.platform.auth.test_link_tokens import LINK

PAGE = "https://shop.example/case"
OTHER = replace(LINK, link_id="018f4e0a-7b1c-7000-8000-00000000000f")


def test_what_is_stored_names_the_link_and_no_secret() -> None:
    assert printed(PAGE, LINK) == f"{PAGE}#link={LINK.link_id}"
    assert printed(PAGE, None) == PAGE
    assert named_links(f"See {printed(PAGE, LINK)}.\n{printed(PAGE, OTHER)}") == {LINK.link_id, OTHER.link_id}
    assert named_links(f"{PAGE} {LINK.link_id} #link=x") == frozenset()


def test_what_is_sent_has_the_secret_of_the_links_that_are_given() -> None:
    words = f"{printed(PAGE, LINK)} {printed(PAGE, OTHER)}"
    assert with_secrets(words, {LINK.link_id: "s3cret"}) == f"{PAGE}#link=s3cret {printed(PAGE, OTHER)}"
