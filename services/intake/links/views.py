"""A linked case as it is answered."""

from typing import Annotated

from pydantic import BaseModel

from services.intake.entries.views import TextView, text_view
from services.intake.links.rules import Linked, phase
from shared.packs.intake.model.section import IntakeSection
from shared.platform.http.one_of import one_of


class LinkView(BaseModel):
    """The case at the other end of a link; `relation` is what the linked case is to the one that opened it."""

    relation: str
    case_id: str
    number: str
    case_type: str
    case_type_label: TextView
    status: str
    status_label: TextView
    phase: Annotated[str, one_of(("open", "closed", "archived"))]
    owner: str


def link_view(linked: Linked, section: IntakeSection) -> LinkView:
    return LinkView(
        relation=linked.relation,
        case_id=linked.case_id,
        number=linked.number,
        case_type=linked.case_type,
        case_type_label=text_view(section.case_types_by_id[linked.case_type].label),
        status=linked.status,
        status_label=text_view(section.statuses_by_id[linked.status].label),
        phase=phase(linked, section),
        owner=linked.owner,
    )
