"""The inbox that every colleague has in the product; customers have none."""

from services.notify.channels.rules.channel import Contact


def address(contact: Contact) -> str | None:
    """The inbox of the role or person."""
    return contact.inbox
