"""The case page in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from services.intake.cases.rules.errors import CaseUnknown
from services.intake.cases.rules.party import Party, customer_of
from services.intake.copies.rules import MessageCopy
from services.intake.copies.store import message_of
from services.intake.dossier.rules.dossier import Dossier
from services.intake.dossier.store import dossier_of, dossier_statement, part
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.transaction import Transaction

_PAGE: Final = dossier_statement(
    ", ".join((part("message_view", order="p.at, p.message_id"), part("party", order="p.party_id")))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOfCase:
    """What is stored for the case page. `customer` is None where the case has none, and once it was purged."""

    dossier: Dossier
    messages: list[MessageCopy]
    customer: Party | None


async def case_page(tx: Transaction, *, org: OrgId, case_id: CaseId) -> PageOfCase:
    """The case, everything that belongs to it, its messages and its customer, in one statement. Raises CaseUnknown."""
    rows = await tx.rows(_PAGE, ([org], [case_id]))
    if not rows:
        raise CaseUnknown
    row = orjson.loads(rows[0][0])
    return PageOfCase(
        dossier=dossier_of(row),
        messages=[message_of(item) for item in row["message_view"]],
        customer=customer_of(_party(party) for party in row["party"]),
    )


def _party(item: Mapping[str, Any]) -> Party:
    return Party(**{name: item[name] for name in Party.__slots__})
