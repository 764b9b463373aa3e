"""Papers of a case: drafted, signed party by party, final under a hash, and never edited after that.

A correction makes a new version of the same number and supersedes the old one. One version of a
template is live in a case at any time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.intake.cases.rules.errors import RoleForbidden
from services.intake.documents.rules.content import sha256_of
from services.intake.documents.rules.errors import (
    AlreadySigned,
    DocumentFieldMissing,
    DocumentForbids,
    PartyUnknown,
    SignatureMissing,
    SignatureOutOfOrder,
)
from services.intake.entries.rules.values import Value
from shared.kernel.actor import Actor
from shared.kernel.instants import instant_text
from shared.packs.intake.model.workflow import DocumentTemplate, Signer

DocumentState = Literal["draft", "signing", "final", "superseded"]
Action = Literal["draft", "sign", "finalise", "issue", "correct"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signed for a party, when, and on whose record."""

    party: str
    signer: str
    at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One version of one paper."""

    document_id: str
    template: str
    number: str
    revision: int
    state: DocumentState
    fields: Mapping[str, Value]
    signatures: tuple[Signature, ...] = ()
    drafted_at: datetime
    final_at: datetime | None = None
    sha256: str | None = None
    corrects: str | None = None
    reason: str | None = None

    @property
    def signed_by(self) -> list[str]:
        """The parties that have signed, in the order in which they did."""
        return [signature.party for signature in self.signatures]


def content_hash(document: Document) -> str:
    """Hash over everything that the paper says, signatures included."""
    return sha256_of(
        {
            "template": document.template,
            "number": document.number,
            "revision": document.revision,
            "fields": dict(document.fields),
            "signatures": [
                {"party": item.party, "signer": item.signer, "at": instant_text(item.at)}
                for item in document.signatures
            ],
            "corrects": document.corrects,
            "reason": document.reason,
        }
    )


def admit_document(template: DocumentTemplate, live: Document | None, *, action: Action) -> None:
    """Raise what `action` would be refused with for the live version, whatever is entered."""
    state = live.state if live else None
    match action, state:
        case (
            ("draft", None | "draft" | "signing")
            | ("issue", None)
            | ("sign", "draft" | "signing")
            | ("correct", "final")
        ):
            return
        case "finalise", "draft" | "signing":
            _require_signatures(template, live)
        case _:
            raise DocumentForbids(
                cite=template.cite, fields={"document": template.id, "state": state or "absent", "action": action}
            )


def _admitted(template: DocumentTemplate, live: Document | None, *, action: Action) -> Document:
    admit_document(template, live, action=action)
    if live is None:
        raise DocumentForbids(cite=template.cite, fields={"document": template.id, "state": "absent", "action": action})
    return live


def _require_signatures(template: DocumentTemplate, live: Document | None) -> None:
    signed = live.signed_by if live else []
    missing = [signer.party for signer in template.signers if signer.party not in signed]
    if missing:
        raise SignatureMissing(cite=template.cite, fields={"document": template.id, "missing": missing})


def drafted(
    template: DocumentTemplate,
    live: Document | None,
    *,
    document_id: str,
    number: str,
    fields: Mapping[str, Value],
    at: datetime,
) -> Document:
    """A new draft; it replaces an unfinished one under the same number."""
    admit_document(template, live, action="draft")
    return Document(
        document_id=document_id,
        template=template.id,
        number=live.number if live else number,
        revision=live.revision + 1 if live else 1,
        state="draft",
        fields=_complete(template, fields),
        drafted_at=at,
    )


def signed(
    template: DocumentTemplate, live: Document | None, *, party: str, signer: str, actor: Actor, at: datetime
) -> Document:
    """The paper with one more signature."""
    live = _admitted(template, live, action="sign")
    place = _signer(template, party)
    if place.roles and not actor.is_system and actor.roles.isdisjoint(place.roles):
        raise RoleForbidden(cite=template.cite, fields={"roles": list(place.roles)})
    if any(party == done.party or signer == done.signer for done in live.signatures):
        raise AlreadySigned(cite=template.cite, fields={"document": template.id, "party": party})
    waiting = [item.party for item in template.signers if item.party not in live.signed_by]
    if template.ordered and waiting[0] != party:
        raise SignatureOutOfOrder(cite=template.cite, fields={"document": template.id, "first": waiting[0]})
    signature = Signature(party=party, signer=signer, at=at, recorded_by=actor.subject)
    return replace(live, state="signing", signatures=(*live.signatures, signature))


def _signer(template: DocumentTemplate, party: str) -> Signer:
    for signer in template.signers:
        if signer.party == party:
            return signer
    raise PartyUnknown(cite=template.cite, fields={"allowed": [signer.party for signer in template.signers]})


def finalised(template: DocumentTemplate, live: Document | None, *, at: datetime) -> Document:
    """The signed paper, final and hashed."""
    return _final(_admitted(template, live, action="finalise"), at=at)


def issued(
    template: DocumentTemplate,
    live: Document | None,
    *,
    document_id: str,
    number: str,
    fields: Mapping[str, Value],
    at: datetime,
) -> Document:
    """A paper that needs no signature, final at once."""
    admit_document(template, live, action="issue")
    return _final(drafted(template, None, document_id=document_id, number=number, fields=fields, at=at), at=at)


def corrected(
    template: DocumentTemplate,
    live: Document | None,
    *,
    document_id: str,
    fields: Mapping[str, Value],
    reason: str,
    at: datetime,
) -> Document:
    """The next version of a final paper; one with signers must be signed anew."""
    live = _admitted(template, live, action="correct")
    document = Document(
        document_id=document_id,
        template=template.id,
        number=live.number,
        revision=live.revision + 1,
        state="draft",
        fields=_complete(template, fields),
        drafted_at=at,
        corrects=live.document_id,
        reason=reason,
    )
    return document if template.signers else _final(document, at=at)


def superseded(document: Document) -> Document:
    """The old version, kept and out of force."""
    return replace(document, state="superseded")


def _final(document: Document, *, at: datetime) -> Document:
    final = replace(document, state="final", final_at=at)
    return replace(final, sha256=content_hash(final))


def _complete(template: DocumentTemplate, fields: Mapping[str, Value]) -> Mapping[str, Value]:
    missing = [field.id for field in template.fields if field.required and fields.get(field.id) in (None, "", [])]
    if missing:
        raise DocumentFieldMissing(cite=template.cite, fields={"document": template.id, "missing": missing})
    return fields
