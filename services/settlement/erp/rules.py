"""The one ERP of an organisation: its address, and how each side proves that it is who it says."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.kernel.errors import Invalid, NotFound
from shared.kernel.ids import OrgId
from shared.kernel.text import Text


class Scheme(StrEnum):
    """How requests are proven, ours and the ERP's: a bearer token (RFC 6750), or a Standard Webhooks signature."""

    BEARER = "bearer"
    SIGNATURE = "signature"


class ErpNotFound(NotFound):
    """The organisation has not set an ERP address."""

    code = "erp_not_found"
    title = Text(en="No ERP address is set", zh="尚未设置 ERP 地址")


class ErpUrlRefused(Invalid):
    """The address is not one we may call; `fields.url` says why."""

    code = "erp_url_refused"
    title = Text(en="ERP address not allowed", zh="该地址不允许作为 ERP 地址")


class ErpSecretInvalid(Invalid):
    """A bearer token is 16 to 500 visible ASCII characters, a signing secret `whsec_` and base64 of 24 to 64 bytes."""

    code = "erp_secret_invalid"
    title = Text(en="Invalid secret for the ERP", zh="ERP 密钥格式不符合要求")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErpAddress:
    """Where the organisation's ERP is. `secret` proves us to the ERP, `callback_secret` the ERP to us."""

    org: OrgId
    url: str
    scheme: Scheme
    secret: str = field(repr=False)
    callback_secret: str | None = field(repr=False)
    set_by: str
    set_at: datetime
