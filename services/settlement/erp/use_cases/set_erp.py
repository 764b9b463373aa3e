"""An organisation says where its ERP is and how both sides prove themselves."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from services.settlement.erp import store
from services.settlement.erp.rules import ErpAddress, ErpSecretInvalid, ErpUrlRefused, Scheme
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.dead_letter import audit
from shared.platform.outbound.addresses import UrlRefused, judged_url
from shared.platform.outbound.signature import parse_secret
from shared.platform.sealing import Sealer

_TOKEN: Final = re.compile(r"[\x21-\x7e]{16,500}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetErp:
    """The address without a path of the contract: `https://erp.example/redress`."""

    org: OrgId
    url: str
    scheme: Scheme
    secret: str = field(repr=False)
    callback_secret: str | None = field(repr=False)
    allow_loopback: bool


async def set_erp(tx: Transaction, cmd: SetErp, *, sealer: Sealer, actor: Actor, now: datetime) -> ErpAddress:
    """Store the address; what was set before is replaced. Raises ErpUrlRefused or ErpSecretInvalid.

    The organisation need not have arrived here yet: its token is proof enough. The audit has no secret.
    """
    try:
        url = judged_url(cmd.url, allow_loopback=cmd.allow_loopback).url.rstrip("/")
    except UrlRefused as refused:
        raise ErpUrlRefused(fields={"url": refused.why}) from None
    if "?" in url:
        raise ErpUrlRefused(fields={"url": "query"})
    _require_secret(cmd.scheme, "secret", cmd.secret)
    if cmd.callback_secret is not None:
        _require_secret(cmd.scheme, "callback_secret", cmd.callback_secret)
    if cmd.secret == cmd.callback_secret:
        raise ErpSecretInvalid(fields={"callback_secret": "same"})
    address = ErpAddress(
        org=cmd.org,
        url=url,
        scheme=cmd.scheme,
        secret=cmd.secret,
        callback_secret=cmd.callback_secret,
        set_by=actor.subject,
        set_at=now,
    )
    await store.save(tx, address, sealer=sealer)
    details: dict[str, object] = {"url": url, "scheme": cmd.scheme.value, "callbacks": cmd.callback_secret is not None}
    await audit(tx, operator=actor.subject, action="erp.set", org=cmd.org, details=details)
    return address


def _require_secret(scheme: Scheme, name: str, secret: str) -> None:
    fits = _TOKEN.fullmatch(secret) if scheme is Scheme.BEARER else parse_secret(secret) is not None
    if not fits:
        raise ErpSecretInvalid(fields={name: scheme.value})
