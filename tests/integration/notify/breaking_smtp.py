"""A mail server that breaks off at a step of the dialogue (RFC 5321 §4.1), and keeps what it took."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Final

STEPS: Final = ("connect", "EHLO", "MAIL", "RCPT", "DATA", "content", "answer")
"""`DATA`: before 354; `content`: after 354; `answer`: the mail was taken, 250 is not said. The others before 250."""


@dataclass
class BreakingServer:
    """`breaks` are the steps at which the next sessions break off, one for each; "" goes through."""

    breaks: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One session."""
        step = self.breaks.pop(0) if self.breaks else ""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._talk(reader, writer, step)
        writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, step: str) -> None:
        if step == "connect":
            return
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            verb = line[:4].decode().upper().strip()
            if verb == step:
                return
            if verb == "DATA":
                writer.write(b"354 go on\r\n")
                await writer.drain()
                if step == "content":
                    await reader.readline()
                    return
                content = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append(message_from_bytes(content, policy=default))
                if step == "answer":
                    return
            writer.write(b"221 bye\r\n" if verb == "QUIT" else b"250 yes\r\n")
            await writer.drain()


@contextlib.asynccontextmanager
async def breaking_server(*breaks: str) -> AsyncIterator[BreakingServer]:
    """A server on a port of its own, whose next sessions break off at these steps."""
    found = BreakingServer(breaks=list(breaks))
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    async with server:
        yield found
