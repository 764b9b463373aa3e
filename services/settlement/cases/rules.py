"""What settlement knows of a case from intake's events; gates and inputs read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared.contracts.intake import Fact as Fact
from shared.kernel.errors import NotFound
from shared.kernel.ids import CaseId, OrgId


class CaseUnknown(NotFound):
    """The organisation has no such case, or its first event has not arrived yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of the case as gates see it."""

    document_id: str
    template: str
    number: str
    state: str
    fields: Mapping[str, Fact] = field(default_factory=dict)
    signed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case with the policy version it is pinned to."""

    org: OrgId
    case_id: CaseId
    number: str
    pack: str
    policy_version: int
    facts: Mapping[str, Fact]
    milestones: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()

    def document(self, template: str) -> Document | None:
        """The document of that template that counts: the latest not superseded."""
        found = [document for document in self.documents if document.template == template]
        valid = [document for document in found if document.state != "superseded"]
        candidates = valid or found
        return candidates[-1] if candidates else None

    def context(self) -> dict[str, object]:
        """`facts`, `milestones` and `documents.<template>` for a pack's expressions."""
        templates = dict.fromkeys(document.template for document in self.documents)
        return {
            "facts": dict(self.facts),
            "milestones": list(self.milestones),
            "documents": {template: _readable(self.document(template)) for template in templates},
        }


def with_document(case: Case, document: Document) -> Case:
    """The case with `document` added, or replaced where the case has an older form of it."""
    if all(known.document_id != document.document_id for known in case.documents):
        return replace(case, documents=(*case.documents, document))
    return replace(
        case,
        documents=tuple(document if known.document_id == document.document_id else known for known in case.documents),
    )


def with_milestones(case: Case, names: tuple[str, ...]) -> Case:
    """The case with `names` among its milestones, each listed once."""
    return replace(case, milestones=tuple(dict.fromkeys((*case.milestones, *names))))


def _readable(document: Document | None) -> dict[str, object] | None:
    if document is None:
        return None
    return {
        "document_id": document.document_id,
        "number": document.number,
        "state": document.state,
        "fields": dict(document.fields),
        "signed_by": list(document.signed_by),
    }
