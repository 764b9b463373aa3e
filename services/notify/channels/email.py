"""E-mail, handed to an SMTP server."""

from collections.abc import Awaitable, Callable

from services.notify.channels.client.mail import Mailer
from services.notify.channels.rules.mime import Mail
from services.notify.channels.rules.parcel import Parcel
from services.notify.messages.rules import Outcome


def sender(mailer: Mailer) -> Callable[[Parcel], Awaitable[Outcome]]:
    """Hands a message to `mailer`."""

    async def send(parcel: Parcel) -> Outcome:
        message = parcel.kept.message
        return await mailer.send(
            Mail(
                message_id=message.message_id,
                org=parcel.kept.org,
                case_id=message.identity.case_id,
                sender_name=message.words.sender_name,
                sender_email=message.words.sender_email,
                to=message.address or "",
                subject=message.words.subject,
                body=message.words.body,
                locale=message.locale,
                at=parcel.at,
            )
        )

    return send
