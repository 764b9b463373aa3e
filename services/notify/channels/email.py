"""E-mail, handed to an SMTP server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from services.notify.channels.client.mail import Mailer, MailServer
from services.notify.channels.rules.channel import Contact
from services.notify.channels.rules.links import with_secrets
from services.notify.channels.rules.mime import Mail
from services.notify.channels.rules.parcel import Parcel, Sender
from services.notify.channels.rules.places import mailbox
from services.notify.messages.rules import Outcome
from services.notify.settings import NotifySettings
from shared.platform.auth.link_tokens import LinkKeys, link_keys_of

PLACE: Final = mailbox


def address(contact: Contact) -> str | None:
    """The address of the party on the case, else that of the pack."""
    recorded = contact.party.email if contact.party else None
    return recorded or (contact.listed.email if contact.listed else None)


@asynccontextmanager
async def open_sender(settings: NotifySettings) -> AsyncIterator[Sender]:
    """A sender with its own connections to the server."""
    server = MailServer.parse(settings.smtp_url, helo_name=settings.smtp_helo_name)
    mailer = Mailer(server, connections=settings.smtp_connections)
    try:
        yield mail_sender(mailer, at_once=settings.mails_at_once, keys=link_keys_of(settings.link_keys))
    finally:
        await mailer.close()


def mail_sender(mailer: Mailer, *, at_once: int, keys: LinkKeys) -> Sender:
    """Sends over `mailer`; the secrets of links are put in here, so that none is stored."""

    async def send(parcel: Parcel) -> Outcome:
        message = parcel.stored.message
        return await mailer.send(
            Mail(
                message_id=message.message_id,
                org=parcel.stored.org,
                case_id=message.identity.case_id,
                sender_name=message.words.sender_name,
                sender_email=message.words.sender_email,
                to=message.address or "",
                subject=message.words.subject,
                body=with_secrets(message.words.body, {link.link_id: keys.token(link) for link in parcel.links}),
                locale=message.locale,
                at=parcel.at,
            )
        )

    return Sender(send=send, at_once=at_once)
