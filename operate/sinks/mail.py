"""A mail server that delivers nowhere: what it was sent can be read in the browser and as JSON.

`GET /` page · `GET /messages?recipient=…&after=…` · `GET /messages/{number}` · `DELETE /messages?recipient=…` ·
`POST /faults {"recipient": …, "times": N, "kind": …}`: the next N messages to that recipient (`*`: to anybody) are
refused with 451 (`refuse`), stored and never answered (`silent`), or answered with 250 and lost (`lose`).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from html import escape
from typing import Final, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from operate.sinks.book import Book
from operate.sinks.bounded import Newest
from operate.sinks.faults import FaultBody, Faults, Name, Times, fault_of
from operate.sinks.serving import after, parse_arguments, problem, ready, serve
from shared.kernel.clock import SystemClock

_LIMIT = 20_000
_ANYBODY: Final = "*"
_NEVER_ANSWERS: Final = 60.0

Kind = Literal["refuse", "silent", "lose"]


class MailFault(FaultBody):
    """What happens to the next `times` messages to `recipient`."""

    recipient: Name
    times: Times
    kind: Kind = "refuse"


@dataclass(slots=True)
class Fault:
    """What happens to the next messages."""

    kind: Kind
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it arrived."""

    received_at: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    headers: dict[str, str]
    text: str
    html: str


class Mailbox:
    """All messages of all recipients, and the faults that were asked for."""

    def __init__(self, book: Book | None = None) -> None:
        self.messages: Newest[Message] = Newest(limit=_LIMIT)
        self.faults: Faults[Fault] = Faults()
        self._book = book or Book()
        for entry in self._book.entries("mail"):
            known = {name: entry[name] for name in Message.__slots__}
            self.messages.add(Message(**known | {"recipients": tuple(entry["recipients"])}))

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Called by aiosmtpd for each message; the text is the SMTP answer."""
        recipients = tuple(address.lower() for address in envelope.rcpt_tos)
        fault = self._next_fault(recipients)
        if fault == "refuse":
            return "451 try again later"
        message = _read(envelope, recipients)
        self._book.write("lost_mail" if fault == "lose" else "mail", asdict(message))
        if fault != "lose":
            self.messages.add(message)
        if fault == "silent":
            await asyncio.sleep(_NEVER_ANSWERS)
        return "250 stored"

    def _next_fault(self, recipients: tuple[str, ...]) -> Kind | None:
        for recipient in (*recipients, _ANYBODY):
            fault = self.faults.get(recipient)
            if fault is not None and fault.times > 0:
                fault.times -= 1
                return fault.kind
        return None

    def find(self, recipient: str, *, after_number: int) -> list[tuple[int, Message]]:
        """Messages to a recipient; all of them when it is empty."""
        wanted = recipient.lower()
        return self.messages.since(after_number, where=lambda each: not wanted or wanted in each.recipients)


def create_app(mailbox: Mailbox, *, smtp_port: int) -> Starlette:
    """The pages, with the SMTP server running as long as they do."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        controller = Controller(mailbox, hostname="127.0.0.1", port=smtp_port, enable_SMTPUTF8=True)
        controller.start()
        yield
        controller.stop()

    async def page(request: Request) -> Response:
        found = mailbox.find(request.query_params.get("recipient", ""), after_number=after(request))
        return HTMLResponse(_page(found[::-1][:200], total=mailbox.messages.count))

    async def messages(request: Request) -> Response:
        found = mailbox.find(request.query_params.get("recipient", ""), after_number=after(request))
        return JSONResponse({"messages": [{"number": number, **asdict(message)} for number, message in found]})

    async def message(request: Request) -> Response:
        wanted = request.path_params["number"]
        for number, each in mailbox.messages:
            if number == wanted:
                body = each.html or f"<pre>{escape(each.text)}</pre>"
                return HTMLResponse(body, headers={"Content-Security-Policy": "sandbox; default-src 'none'"})
        return problem(404, "message_not_found", "No such message")

    async def delete(request: Request) -> Response:
        wanted = request.query_params.get("recipient", "").lower()
        removed = mailbox.messages.remove(lambda each: not wanted or wanted in each.recipients)
        return JSONResponse({"removed": removed})

    async def faults(request: Request) -> Response:
        fault = await fault_of(request, MailFault)
        if fault is None:
            return problem(422, "fault_invalid", "recipient and times are required; kind is refuse, silent or lose")
        mailbox.faults[fault.recipient.lower()] = Fault(fault.kind, fault.times)
        return JSONResponse(fault.model_dump())

    routes = [
        Route("/", page),
        Route("/messages", messages),
        Route("/messages", delete, methods=["DELETE"]),
        Route("/messages/{number:int}", message),
        Route("/faults", faults, methods=["POST"]),
        Route("/health/ready", ready),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def _read(envelope: Envelope, recipients: tuple[str, ...]) -> Message:
    content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
    parsed = message_from_bytes(content, policy=default_policy)
    return Message(
        received_at=SystemClock().now().isoformat(),
        sender=envelope.mail_from or "",
        recipients=recipients,
        subject=str(parsed["Subject"] or ""),
        headers={name: str(value) for name, value in parsed.items()},
        text=_body(parsed, "plain"),
        html=_body(parsed, "html"),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _page(messages: list[tuple[int, Message]], *, total: int) -> str:
    rows = "".join(
        f"<tr><td>{escape(each.received_at[:19])}</td><td>{escape(', '.join(each.recipients))}</td>"
        f'<td><a href="/messages/{number}">{escape(each.subject) or "(no subject)"}</a></td></tr>'
        for number, each in messages
    )
    return (
        '<!doctype html><meta charset="utf-8"><title>Mail sink</title>'
        "<style>body{font:15px system-ui;margin:2em}td,th{padding:.3em 1em;text-align:left}</style>"
        f"<h1>Mail sink</h1><p>{total} messages received; the newest are shown.</p>"
        f"<table><tr><th>Received (UTC)</th><th>To</th><th>Subject</th></tr>{rows}</table>"
    )


if __name__ == "__main__":
    arguments = parse_arguments("smtp-port")
    serve(create_app(Mailbox(arguments.book), smtp_port=arguments.smtp_port), port=arguments.port)
