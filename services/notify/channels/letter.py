"""A letter that a person posts."""

from typing import Final

from services.notify.channels.rules.channel import Contact
from services.notify.channels.rules.places import postal

PLACE: Final = postal


def address(contact: Contact) -> str | None:
    """The postal address in the pack; none is recorded on a case."""
    return contact.listed.letter if contact.listed else None
