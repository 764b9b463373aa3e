"""A channel that exists in tests only, written like those of notify: a provider delivers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from services.notify.channels.rules.channel import Contact
from services.notify.channels.rules.parcel import Parcel, Sender
from services.notify.messages.rules import Outcome, Verdict
from services.notify.settings import NotifySettings

PAGED: Final[list[tuple[str | None, str]]] = []


def address(contact: Contact) -> str | None:
    return contact.party.phone if contact.party else None


@asynccontextmanager
async def open_sender(_settings: NotifySettings) -> AsyncIterator[Sender]:
    async def send(parcel: Parcel) -> Outcome:
        message = parcel.stored.message
        PAGED.append((message.address, message.words.body))
        return Outcome(verdict=Verdict.DELIVERED, code=None, reason="paged")

    yield Sender(send=send, at_once=4)
