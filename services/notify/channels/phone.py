"""A call that a person makes."""

from typing import Final

from services.notify.channels.rules.channel import Contact
from services.notify.channels.rules.places import number

PLACE: Final = number


def address(contact: Contact) -> str | None:
    """The number of the party on the case, else that of the pack."""
    recorded = contact.party.phone if contact.party else None
    return recorded or (contact.listed.phone if contact.listed else None)
