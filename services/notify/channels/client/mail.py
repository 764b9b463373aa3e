"""Hands mails to one SMTP server over a few connections that stay open.

Nothing is raised: whatever goes wrong is an `Outcome`. A connection that turned out to be dead before
anything was handed over is replaced at once; after DATA has begun, silence means `unknown`, because the
server may have taken the mail. The next attempt carries the same Message-ID.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPServerDisconnected

from services.notify.channels.rules.mime import Mail, encode
from services.notify.channels.rules.outcomes import smtp_outcome
from services.notify.messages.rules import Outcome, Verdict

TIMEOUT_SECONDS: Final = 15.0
_CLOSING: Final = 421


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where and how mails are handed over."""

    host: str
    port: int
    use_tls: bool
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    helo_name: str = "localhost"

    @classmethod
    def parse(cls, url: str, *, helo_name: str) -> "MailServer":
        """From `smtp://[user:password@]host:port` or `smtps://…` (TLS from the start)."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("an SMTP URL is smtp://host:port or smtps://host:port")
        use_tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if use_tls else 25),
            use_tls=use_tls,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            helo_name=helo_name,
        )


class Mailer:
    """A pool of at most `connections` sessions with the server."""

    def __init__(self, server: MailServer, *, connections: int, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._server = server
        self._timeout = timeout_seconds
        self._tls = ssl.create_default_context() if server.use_tls else None
        self._slots = asyncio.Semaphore(connections)
        self._idle: list[SMTP] = []

    async def send(self, mail: Mail) -> Outcome:
        """Hand `mail` over once and say what the server made of it."""
        try:
            content = encode(mail)
        except ValueError:
            return Outcome(verdict=Verdict.PERMANENT, code=None, reason="mail_malformed")
        async with self._slots:
            try:
                session = await self._envelope(mail)
            except SMTPResponseException as error:
                return smtp_outcome(error.code)
            except (SMTPException, OSError, TimeoutError, ValueError):
                return Outcome(verdict=Verdict.TEMPORARY, code=None, reason="server_unreachable")
            return await self._data(session, content)

    async def close(self) -> None:
        """Send QUIT on all idle sessions."""
        while self._idle:
            session = self._idle.pop()
            try:
                async with asyncio.timeout(1.0):
                    await session.quit()
            except (SMTPException, OSError, TimeoutError):
                session.close()

    async def _envelope(self, mail: Mail) -> SMTP:
        """A session on which MAIL and RCPT were accepted."""
        while self._idle:
            session = self._idle.pop()
            try:
                return await self._addressed(session, mail)
            except (SMTPServerDisconnected, OSError, TimeoutError):
                continue
            except SMTPResponseException as error:
                if error.code != _CLOSING:
                    raise
        return await self._addressed(await self._connect(), mail)

    async def _addressed(self, session: SMTP, mail: Mail) -> SMTP:
        try:
            await session.mail(mail.sender_email)
            await session.rcpt(mail.to)
        except BaseException:
            session.close()
            raise
        return session

    async def _data(self, session: SMTP, content: bytes) -> Outcome:
        try:
            response = await session.data(content)
        except SMTPResponseException as error:
            session.close()
            return smtp_outcome(error.code)
        except (SMTPException, OSError, TimeoutError):
            session.close()
            return Outcome(verdict=Verdict.UNKNOWN, code=None, reason="no_answer")
        except BaseException:
            session.close()
            raise
        self._idle.append(session)
        return smtp_outcome(response.code)

    async def _connect(self) -> SMTP:
        server = self._server
        session = SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=server.helo_name,
            timeout=self._timeout,
            use_tls=server.use_tls,
            username=server.username,
            password=server.password,
            tls_context=self._tls,
        )
        await session.connect()
        return session
