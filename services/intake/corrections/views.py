"""Requests and answers about corrections."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from services.intake.cases.rules.history import TimelineEntry
from services.intake.cases.views import Email, PersonName, Phone, Reference
from services.intake.corrections.rules import OF_CASE, OF_PARTY, Corrected
from shared.platform.http.edge import StrictModel

_REMOVABLE = frozenset({"email", "phone", "order_ref"})


class CorrectionBody(StrictModel):
    """The right values; what is left out stays. `null` removes an address or the order."""

    reason: Annotated[str, Field(min_length=1, max_length=2000, description="Why; it stands in the case's history.")]
    name: PersonName | None = None
    email: Email | None = None
    phone: Phone | None = None
    customer_ref: Reference | None = None
    order_ref: Reference | None = None

    def stated(self) -> dict[str, str | None]:
        """The values by field."""
        named = (name for name in (*OF_PARTY, *OF_CASE) if name in self.model_fields_set)
        values: dict[str, str | None] = {name: getattr(self, name) for name in named}
        return {name: value for name, value in values.items() if value is not None or name in _REMOVABLE}


class CorrectionView(BaseModel):
    """A correction as it stands in the case's history, and the case afterwards."""

    case_id: str
    entry_id: str
    at: datetime
    actor: str
    fields: list[str] = Field(description="What was corrected.")
    name: str | None
    email: str | None
    phone: str | None
    customer_ref: str
    order_ref: str | None


def correction_view(corrected: Corrected, entry: TimelineEntry) -> CorrectionView:
    """A correction that was made."""
    customer = corrected.customer
    return CorrectionView(
        case_id=corrected.case.case_id,
        entry_id=entry.entry_id,
        at=entry.at,
        actor=entry.actor.subject,
        fields=[change.name for change in corrected.changes],
        name=customer and customer.name,
        email=customer and customer.email,
        phone=customer and customer.phone,
        customer_ref=corrected.case.customer_ref,
        order_ref=corrected.case.order_ref,
    )
