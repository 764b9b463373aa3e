"""Which network addresses and URLs a webhook may reach: public unicast, https on 443, nothing else.

`ipaddress.is_global` of Python 3.11 calls NAT64, 6to4, IPv4-compatible, site-local and multicast
addresses global, so what may be reached is listed here. A host name is judged by every address it
resolves to, and the connection goes to an address that was judged.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from services.notify.webhooks.rules.errors import WebhookUrlRefused

HTTPS_PORT: Final = 443
LONGEST_URL: Final = 2048
_LABELS: Final = re.compile(r"(?=.{1,253}\.?\Z)[^.]{1,63}(\.[^.]{1,63})*\.?")
"""A host name of labels of 1 to 63 characters, 253 in all (RFC 1035 §2.3.4)."""

# RFC 6890 and its updates, multicast, and addresses that clouds give to their own services.
_REFUSED_V4: Final = tuple(
    ip_network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32", "100.100.100.200/32",
    )
)  # fmt: skip
_GLOBAL_UNICAST_V6: Final = ip_network("2000::/3")
_REFUSED_V6: Final = tuple(
    ip_network(net)
    for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL that passed the first look; its addresses are judged when connecting."""

    url: str
    host: str
    port: int


def is_reachable(address: str, *, allow_loopback: bool = False) -> bool:
    """True when a webhook may connect to `address` (text form, an IPv6 zone is refused)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if allow_loopback and parsed.is_loopback:
        return True
    match parsed:
        case IPv4Address():
            return not any(parsed in net for net in _REFUSED_V4)
        case IPv6Address():
            return (
                parsed.scope_id is None
                and parsed in _GLOBAL_UNICAST_V6
                and not any(parsed in net for net in _REFUSED_V6)
            )


def judged_url(url: str, *, allow_loopback: bool = False) -> Target:
    """`url` when a webhook may be registered under it.

    Raises WebhookUrlRefused: not https on 443 (http and any port only towards loopback, where that is
    allowed), credentials or a fragment in it, no host, or a literal address that may not be reached.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused("malformed") from error
    host = parts.hostname
    if not host or len(url) > LONGEST_URL or not url.isascii() or any(c <= " " or c in "\\\x7f" for c in url):
        raise _refused("malformed")
    if not _is_literal(host) and not _LABELS.fullmatch(host):
        raise _refused("malformed")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _refused("credentials_or_fragment")
    local = allow_loopback and (host == "localhost" or (_is_literal(host) and ip_address(host).is_loopback))
    if not local and (parts.scheme != "https" or port not in (None, HTTPS_PORT)):
        raise _refused("https_443_only")
    if local and parts.scheme not in ("http", "https"):
        raise _refused("https_443_only")
    if _is_literal(host) and not is_reachable(host, allow_loopback=allow_loopback):
        raise _refused("address")
    return Target(url=url, host=host, port=port or (HTTPS_PORT if parts.scheme == "https" else 80))


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _refused(why: str) -> WebhookUrlRefused:
    return WebhookUrlRefused(fields={"url": why})
