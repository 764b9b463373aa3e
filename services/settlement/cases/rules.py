"""What settlement knows of a case from intake's events; gates and inputs read it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.contracts.intake import Fact as Fact
from shared.kernel.errors import NotFound
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.instants import instant_text


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
    case_type: str
    customer_ref: str
    pack: str
    policy_version: int
    facts: Mapping[str, Fact]
    order_ref: str | None = None
    milestones: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    looks: Mapping[str, object] = field(default_factory=dict)
    """What looks answered for the decision that is being made; empty where none was taken, never stored."""
    at: datetime | None = None
    """The instant of the decision that is being made; None where none is, never stored."""

    def document(self, template: str) -> Document | None:
        """The document of that template that counts: the latest not superseded."""
        found = [document for document in self.documents if document.template == template]
        valid = [document for document in found if document.state != "superseded"]
        candidates = valid or found
        return candidates[-1] if candidates else None

    def context(self) -> dict[str, object]:
        """`facts`, `milestones`, `documents.<template>`, and of a decision `looks`, `now` and `at`, for expressions."""
        templates = dict.fromkeys(document.template for document in self.documents)
        return {
            "facts": dict(self.facts),
            "milestones": list(self.milestones),
            "documents": {template: _readable(self.document(template)) for template in templates},
            **({"looks": dict(self.looks)} if self.looks else {}),
            **(dict.fromkeys(("now", "at"), instant_text(self.at)) if self.at is not None else {}),
        }


CaseKey = tuple[OrgId, CaseId]
"""Organisation and case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """By what the customer's systems know a case."""

    customer_ref: str
    order_ref: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """What an event says of a case, and who acted in it. What is None or empty stays as it is."""

    org: OrgId
    case_id: CaseId
    at: datetime
    subjects: tuple[str, ...]
    registered: Case | None = None
    facts: Mapping[str, Fact] | None = None
    case_type: str | None = None
    milestones: tuple[str, ...] = ()
    document: Document | None = None
    references: References | None = None

    @property
    def key(self) -> CaseKey:
        """The case that it is about."""
        return self.org, self.case_id

    @property
    def is_touch_only(self) -> bool:
        """Whether it says who acted and nothing about the case itself."""
        said = (self.registered, self.facts, self.document, self.references)
        return not self.milestones and all(part is None for part in said)


@dataclass(frozen=True, slots=True, order=True)
class Touch:
    """A subject who acted on a case."""

    org: OrgId
    case_id: CaseId
    subject: str


def follow(known: Mapping[CaseKey, Case], events: Iterable[CaseEvent]) -> dict[CaseKey, Case]:
    """The cases after the events, in their order. Raises CaseUnknown for an event whose case is not there by then."""
    cases = dict(known)
    for event in events:
        cases[event.key] = _after(cases.get(event.key), event)
    return cases


def first_touches(events: Iterable[CaseEvent]) -> dict[Touch, datetime]:
    """Who acted on which case, each with the earliest instant."""
    touches: dict[Touch, datetime] = {}
    for event in events:
        for subject in event.subjects:
            touch = Touch(event.org, event.case_id, subject)
            touches[touch] = min(event.at, touches.get(touch, event.at))
    return touches


def _after(known: Case | None, event: CaseEvent) -> Case:
    """A registration of a case that is known changes nothing."""
    case = known or event.registered
    if case is None:
        raise CaseUnknown
    if event.facts is not None:
        case = replace(case, facts=event.facts)
    if event.case_type is not None:
        case = replace(case, case_type=event.case_type)
    if event.references is not None:
        case = replace(case, customer_ref=event.references.customer_ref, order_ref=event.references.order_ref)
    if event.document is not None:
        case = with_document(case, event.document)
    return with_milestones(case, event.milestones)


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
