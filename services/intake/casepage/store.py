"""The case page in one statement."""

from typing import Final

from services.intake.cases.rules.errors import CaseUnknown
from services.intake.copies.rules import MessageCopy
from services.intake.copies.store import message_of
from services.intake.dossier.rules.dossier import Dossier
from services.intake.dossier.store import dossier_of, dossier_statement, part
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.transaction import Transaction

_PAGE: Final = dossier_statement(part("message_view", order="p.at, p.message_id"))


async def case_page(tx: Transaction, *, org: OrgId, case_id: CaseId) -> tuple[Dossier, list[MessageCopy]]:
    """The case, everything that belongs to it, and its messages, in one statement. Raises CaseUnknown."""
    row = (await tx.execute(_PAGE, {"org": org, "case_id": case_id})).mappings().one_or_none()
    if row is None:
        raise CaseUnknown
    return dossier_of(row), [message_of(item) for item in row["message_view"]]
