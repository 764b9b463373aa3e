"""Certificates where TLS is used: those in the settings' files, and those that servers show."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509

from operate.doctor.finding import Finding, fail, ok, warn
from operate.doctor.installation import Part
from shared.platform.settings import KafkaSettings

WARN_BEFORE: Final = timedelta(days=30)
CONNECT_SECONDS: Final = 5.0
_HTTPS: Final = 443


async def check_certificates(parts: Sequence[Part], *, now: datetime) -> AsyncIterator[Finding]:
    """A finding for each certificate; none where no connection uses TLS."""
    files = dict.fromkeys(path for part in parts for path in _files(part.settings))
    for path in files:
        yield _of_file(path, now=now)
    places = dict.fromkeys(place for part in parts for place in _servers(part))
    for host, port in places:
        yield await _of_server(host, port, now=now)


def _files(settings: KafkaSettings) -> Iterator[Path]:
    if settings.kafka_security_protocol.endswith("SSL"):
        yield from filter(None, (settings.kafka_ca_file, settings.kafka_certificate_file))


def _servers(part: Part) -> Iterator[tuple[str, int]]:
    """Brokers, and issuers whose keys are fetched. PostgreSQL asks for TLS inside its own protocol and is left out."""
    settings = part.settings
    if settings.kafka_security_protocol.endswith("SSL"):
        for server in settings.kafka.split(","):
            host, _, port = server.strip().rpartition(":")
            yield host, int(port)
    for issuer in settings.jwt_issuers:
        place = urlsplit(issuer.fetched_from or "")
        if place.scheme == "https" and place.hostname:
            yield place.hostname, place.port or _HTTPS


def _of_file(path: Path, *, now: datetime) -> Finding:
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        advice = "The file has certificates in PEM; REDRESS_KAFKA_CA_FILE and _CERTIFICATE_FILE name it."
        return fail("tls.certificate", str(path), f"cannot be read: {error}", advice=advice)
    return judged_certificate(str(path), min(found, key=lambda each: each.not_valid_after_utc), now=now)


async def _of_server(host: str, port: int, *, now: datetime) -> Finding:
    """The certificate that a server shows, trusted or not: whether it is trusted is for the connection to say."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    subject = f"{host}:{port}"
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except (OSError, TimeoutError) as error:
        said = f"shows no certificate: {error or type(error).__name__}"
        return warn("tls.certificate", subject, said, advice="Is this the address, and does it speak TLS?")
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return judged_certificate(subject, x509.load_der_x509_certificate(shown), now=now)


def judged_certificate(subject: str, certificate: x509.Certificate, *, now: datetime) -> Finding:
    """Whether the certificate holds, and for how long."""
    ends, begins = certificate.not_valid_after_utc, certificate.not_valid_before_utc
    left = ends - now
    said = f"{certificate.subject.rfc4514_string()} holds until {ends.astimezone(UTC):%Y-%m-%d %H:%MZ}"
    advice = "Put a renewed certificate in its place and restart what reads it."
    if left <= timedelta():
        return fail("tls.certificate", subject, f"{said}: it has expired", advice=advice)
    if begins > now:
        return fail(
            "tls.certificate", subject, f"{said}: it does not hold yet", advice="Is this machine's clock right?"
        )
    if left < WARN_BEFORE:
        return warn("tls.certificate", subject, f"{said}: {left.days} days are left", advice=advice)
    return ok("tls.certificate", subject, said)
