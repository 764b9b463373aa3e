"""A fax that a person sends."""

from typing import Final

from services.notify.channels.rules.channel import Contact
from services.notify.channels.rules.places import number

PLACE: Final = number


def address(contact: Contact) -> str | None:
    """The number in the pack; none is recorded on a case."""
    return contact.listed.fax if contact.listed else None
