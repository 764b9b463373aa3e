"""Keep what settlement needs to know of a case, as intake and sla tell it."""

from datetime import datetime

from services.settlement.db import cases
from services.settlement.domain.case import Case, Document, with_document, with_milestones
from shared.contracts.intake import CaseAdvancedV1, CaseRegisteredV1, DocumentRefV1
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.transaction import Transaction


async def register_case(tx: Transaction, data: CaseRegisteredV1, *, org: OrgId, at: datetime) -> None:
    """A case exists; whoever took it first has touched it."""
    await cases.add(
        tx,
        Case(
            org=org,
            case_id=CaseId(data.case_id),
            number=data.number,
            pack=data.policy.pack,
            policy_version=data.policy.version,
            facts=data.facts,
            milestones=(data.milestone(),),
        ),
    )
    for subject in dict.fromkeys((data.actor.subject, data.first_responder)):
        await cases.touch(tx, org, data.case_id, subject=subject, at=at)


async def advance_case(tx: Transaction, data: CaseAdvancedV1, *, org: OrgId, at: datetime) -> None:
    """A step was taken: facts replaced, milestones and the document added."""
    known = await cases.get_for_update(tx, org, data.case_id)
    after = with_milestones(_with_facts(known, data), tuple(data.milestones))
    if data.document is not None:
        after = with_document(after, _document(data.document))
    await cases.save(tx, after)
    await cases.touch(tx, org, data.case_id, subject=data.actor.subject, at=at)


async def note_actor(tx: Transaction, case_id: str, subject: str, *, org: OrgId, at: datetime) -> None:
    """Somebody did something to the case that only four eyes care about."""
    await cases.touch(tx, org, case_id, subject=subject, at=at)


def _with_facts(case: Case, data: CaseAdvancedV1) -> Case:
    return Case(
        org=case.org,
        case_id=case.case_id,
        number=case.number,
        pack=case.pack,
        policy_version=case.policy_version,
        facts=data.facts,
        milestones=case.milestones,
        documents=case.documents,
    )


def _document(ref: DocumentRefV1) -> Document:
    return Document(
        document_id=ref.document_id,
        template=ref.template,
        number=ref.number,
        state=ref.state,
        fields=ref.fields,
        signed_by=tuple(ref.signed_by),
    )
