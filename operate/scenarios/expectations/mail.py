"""`mail`: mails that arrived over SMTP."""

from collections.abc import AsyncIterator
from typing import Final

from operate.scenarios.compare import Shown
from operate.scenarios.difference import Difference, as_written, differing
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import Count, Strict

ORGANISATION: Final = "X-Redress-Organisation"


class MailExpectation(Strict):
    """Mails that arrived at an address."""

    to: str
    contains: str | None = None
    count: Count = 1


async def _differences(wanted: list[MailExpectation], view: View) -> AsyncIterator[Difference]:
    for mail in wanted:
        page = await view.session.sink(f"{view.session.stack.mail_sink}/messages", params={"recipient": mail.to})
        own = [each for each in page["messages"] if _header(each, ORGANISATION) == view.session.organisation]
        texts = [f"{message['subject']}\n{message['text']}" for message in own]
        came = sum(1 for text in texts if mail.contains is None or mail.contains in text)
        if came != mail.count:
            about = f" with {as_written(mail.contains)}" if mail.contains else ""
            yield differing(f"mails to {mail.to}{about}", mail.count, came)


def _header(message: Shown, name: str) -> str:
    return next((value for key, value in message["headers"].items() if key.lower() == name.lower()), "")


EXPECTATION: Final = Expectation(
    name="mail",
    type=list[MailExpectation],
    about="organisation",
    meaning="list of `{to, contains?, count}`: mails that arrived over SMTP at an address",
    differences=_differences,
)
