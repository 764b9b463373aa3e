"""A channel that exists in tests only: a person carries the message."""

from services.notify.channels.rules.channel import Contact


def address(_contact: Contact) -> str | None:
    return None
