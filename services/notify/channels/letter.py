"""A letter that a person posts."""

from services.notify.channels.rules.channel import Contact


def address(contact: Contact) -> str | None:
    """The postal address in the pack; none is recorded on a case."""
    return contact.listed.letter if contact.listed else None
