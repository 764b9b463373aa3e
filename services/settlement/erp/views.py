"""Requests and answers about an organisation's ERP; its secrets are written and never read."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.settlement.erp.rules import ErpAddress, Scheme
from shared.platform.http.strict import StrictModel

Secret = Annotated[str, Field(min_length=1, max_length=500)]


class ErpBody(StrictModel):
    """Where payments go. The contract that the ERP keeps is `docs/api/erp.json`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    url: Annotated[str, Field(min_length=1, max_length=2000, examples=["https://erp.example/redress"])]
    """The ERP serves `{url}/v1/payments`: https on port 443."""
    scheme: Annotated[Scheme, Field(strict=False)]
    """How each side proves itself to the other."""
    secret: Secret
    """Proves us to the ERP: a token, or `whsec_` and base64."""
    callback_secret: Secret | None = None
    """Proves the ERP to us, another one of the same kind; without it nothing is called back and the ERP is asked."""


class ErpView(BaseModel):
    """The organisation's ERP, without its secrets."""

    url: str
    scheme: Scheme
    callbacks: bool
    """Whether the ERP may call back."""
    callback_path: str
    """Where on this service the ERP calls back."""
    set_by: str
    set_at: datetime


def erp_view(address: ErpAddress, *, callback_path: str) -> ErpView:
    """The ERP for a reader."""
    return ErpView(
        url=address.url,
        scheme=address.scheme,
        callbacks=address.callback_secret is not None,
        callback_path=callback_path,
        set_by=address.set_by,
        set_at=address.set_at,
    )
