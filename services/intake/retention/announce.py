"""A purge as its published contract."""

from services.intake.cases.announce import outgoing
from services.intake.cases.rules.case import Case
from services.intake.retention.rules import Certificate
from shared.contracts.envelope import ActorV1
from shared.contracts.intake import CasePurgedV1
from shared.platform.outbox.append import Outgoing


def announced(change: Certificate, *, case: Case) -> list[Outgoing]:
    """One event for one purge; `case` is what is left of the case."""
    data = CasePurgedV1(
        case_id=case.case_id,
        number=case.number,
        case_type=case.case_type,
        rule=change.rule.id,
        certificate=change.number,
        sha256=change.sha256,
        actor=ActorV1.of(change.purged_by),
        at=change.purged_at,
        cite=change.rule.cite,
    )
    return [outgoing(case, data, at=change.purged_at)]
