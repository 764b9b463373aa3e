"""What a customer may see and do of an own case: what the pack marks, in words for customers, and no name of ours.

Owner, roles, ledger, internal messages, statuses and gates of other steps stay inside; a refusal keeps its code and
citation and loses the fields that name them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from services.intake.cases.rules.case import Case, Reached
from services.intake.copies.rules import ClockCopy, RemedyCopy
from services.intake.documents.rules.document import Document
from services.intake.dossier.rules.dossier import Dossier
from services.intake.evidence.rules import Evidence
from shared.kernel.actor import CUSTOMER_ROLE
from shared.kernel.errors import NotFound, ServiceError
from shared.kernel.text import Text
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import DocumentTemplate, Status, Step
from shared.packs.sla.model.section import SlaSection

_PHASES: Final[Mapping[str, Text]] = {
    "open": Text(zh="处理中", en="Being handled"),
    "closed": Text(zh="已结案", en="Closed"),
    "archived": Text(zh="已结案", en="Closed"),
}
OFFER_STATES: Final[Mapping[str, str]] = {
    "offered": "offered",
    "accepted": "accepted",
    "approved": "accepted",
    "payout_requested": "accepted",
    "in_doubt": "accepted",
    "failed": "accepted",
    "executed": "executed",
    "rejected": "rejected",
    "declined": "withdrawn",
}
"""What a customer reads for the state of a remedy that was put to it; one in another state was not, or no longer is."""
_PAPERS: Final = frozenset({"signing", "final"})
_INSIDE: Final = frozenset(
    {"roles", "status", "allowed_from", "allowed", "state", "looks", "standing", "balances", "case", "case_id"}
    | {"balance", "left", "asked"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A milestone in the customer's words."""

    reached: Reached
    label: Text


def require_shown(case: Case, section: IntakeSection) -> None:
    """Raise NotFound unless customers see cases of this type; of a purged one nothing is left to see."""
    if case.is_purged or not section.shows(case.case_type):
        raise NotFound


def words_of(status: Status) -> Text:
    """A status as the customer reads it."""
    return status.to_customer or _PHASES[status.phase]


def milestones(dossier: Dossier, section: IntakeSection) -> Iterator[Milestone]:
    """The marked milestones that were reached, in the order in which they were."""
    words = {marked.event: marked.label for marked in section.visible_to_customer}
    reached = sorted((*dossier.case.milestones, *dossier.reached_elsewhere), key=lambda item: item.at)
    return (Milestone(reached=item, label=words[item.name]) for item in reached if item.name in words)


def promises(dossier: Dossier, section: SlaSection) -> Iterator[ClockCopy]:
    """The clocks whose due instants are promised to the customer, those that were cancelled left out."""
    marked = {clock.id for clock in section.clocks if clock.visible_to_customer}
    return (clock for clock in dossier.clocks if clock.clock in marked and clock.state != "cancelled")


def offers(dossier: Dossier) -> Iterator[RemedyCopy]:
    """The remedies that were put to the customer."""
    return (remedy for remedy in dossier.remedies if remedy.state in OFFER_STATES)


def papers(dossier: Dossier, section: IntakeSection) -> Iterator[Document]:
    """The papers that are marked: those that the customer signs, and the others once they are signed or final."""
    marked = {template.id: template for template in section.documents if template.visible_to_customer}
    for paper in dossier.documents:
        template = marked.get(paper.template)
        if template and (paper.state in _PAPERS or (paper.state == "draft" and _signs(template))):
            yield paper


def _signs(template: DocumentTemplate) -> bool:
    """Whether the customer signs it."""
    return any(CUSTOMER_ROLE in signer.roles for signer in template.signers)


def files(dossier: Dossier) -> Iterator[Evidence]:
    """The files that customers filed."""
    return (file for file in dossier.evidence if file.by_customer)


def own_step(section: IntakeSection, step_id: str, *, case_type: str) -> Step:
    """A step that customers take. Raises NotFound for any other, so that nothing tells that there is one."""
    step = section.steps_by_id.get(step_id)
    of_type = step is not None and (not step.case_types or case_type in step.case_types)
    if step is None or not of_type or CUSTOMER_ROLE not in step.roles:
        raise NotFound
    return step


@contextmanager
def told_to_customer() -> Iterator[None]:
    """A refusal inside is raised without the fields that name what is inside the organisation."""
    try:
        yield
    except ServiceError as refusal:
        refusal.fields = {name: value for name, value in refusal.fields.items() if name not in _INSIDE}
        raise
