"""Refusals of intake. Codes of a pack's own gates come as `GateRefused` with that code."""

from shared.kernel.errors import Conflict, Forbidden, NotFound, Rejected


class CaseUnknown(NotFound):
    """No such case in this organisation."""


class ContactUnknown(NotFound):
    """No such contact in this organisation."""


class EvidenceUnknown(NotFound):
    """No such file in this case."""


class CaseTypeUnknown(Rejected):
    """The pack has no such case type. 422."""

    code = "case_type_unknown"


class ChannelUnknown(Rejected):
    """The pack takes nothing through this channel. 422; `fields.allowed` lists those it does."""

    code = "channel_unknown"


class ContactKindUnknown(Rejected):
    """The pack has no such kind of contact. 422."""

    code = "contact_kind_unknown"


class ContactHasCase(Conflict):
    """The contact already led to a case. 409; `fields.case_id`."""

    code = "contact_has_case"


class ContactOpensNoCase(Conflict):
    """A contact of this kind does not lead to a case of that type. 409."""

    code = "contact_opens_no_case"


class PartyRoleUnknown(Rejected):
    """The pack has no such role; `fields.allowed`. 422."""

    code = "party_role_unknown"


class CaseNumberTaken(Conflict):
    """Another case has this number; the counter and the cases disagree. 409."""

    code = "case_number_taken"


class InputRefused(Rejected):
    """What was entered is missing or wrong; `fields` says each place and why. 422.

    The code is `input_missing`, `input_invalid`, or the pack's own for the first field that has one.
    """

    code = "input_invalid"


class InstantNotTrusted(Rejected):
    """A stated instant is in the future, too far back, or before what happened last. 422."""

    code = "instant_not_trusted"


class StepUnknown(NotFound):
    """The pack has no such step for this type of case; `fields.allowed` lists those it has. 404."""

    code = "step_unknown"


class RoleForbidden(Forbidden):
    """None of the caller's roles may do this; `fields.roles` lists those that may. 403."""

    code = "role_forbidden"


class StepOutOfOrder(Conflict):
    """The case stands where this step cannot be taken; `fields.status`, `fields.allowed_from`. 409."""

    code = "step_out_of_order"


class GateRefused(Conflict):
    """A gate of the pack does not let the step or registration pass; code and citation are the pack's. 409."""

    code = "gate_refused"


class RuleFailed(Conflict):
    """A rule of the pack cannot be computed over what is known and entered; nothing is decided then. 409."""

    code = "rule_failed"


class ContactRefused(Rejected):
    """A rule of the pack wants more noted about the contact; code and citation are the pack's. 422."""

    code = "contact_refused"


class FactInvalid(Rejected):
    """A table or step set a fact to something that it cannot be. 422; `fields.fact`."""

    code = "fact_invalid"


class VisitForbids(Conflict):
    """No visit is in the state that this needs: arriving needs a departed one, completing an arrived one. 409."""

    code = "visit_state_forbids"


class DocumentForbids(Conflict):
    """The document is not there, or not in the state that this needs; `fields.state`. 409."""

    code = "document_state_forbids"


class DocumentFieldMissing(Conflict):
    """A field that the document must have has no value yet; `fields.missing`. 409."""

    code = "document_field_missing"


class PartyUnknown(Rejected):
    """The document has no such signer; `fields.allowed`. 422."""

    code = "party_unknown"


class AlreadySigned(Conflict):
    """The party has signed, or the person has signed for another party. 409."""

    code = "already_signed"


class SignatureOutOfOrder(Conflict):
    """Another party signs first; `fields.first`. 409."""

    code = "signature_out_of_order"


class SignatureMissing(Conflict):
    """Not every party has signed; `fields.missing`. 409."""

    code = "signature_missing"


class NotArchived(Conflict):
    """The case is not in the archive yet, so it has no index. 409."""

    code = "not_archived"


class CaseArchived(Conflict):
    """The case is in the archive; nothing is added to it. 409."""

    code = "case_archived"


class LinkedTooMany(Rejected):
    """The step would open more linked cases than one step may; `fields.most`. 422."""

    code = "linked_too_many"


class LinkedOwnerUnknown(Rejected):
    """The owner that was computed for a linked case is no role of the pack; `fields.allowed`. 422."""

    code = "linked_owner_unknown"


class ReactionsTooMany(Conflict):
    """Linked cases react to one another without end; only ever seen on a timeline. 409."""

    code = "reactions_too_many"


class CasePurged(Conflict):
    """The case's time of keeping was over and its contents were erased; nothing is added to it. 409."""

    code = "case_purged"


class EvidencePurged(NotFound):
    """The file was erased with its case; the purge certificate has its hash. 404."""

    code = "evidence_purged"


class NotPurged(Conflict):
    """The case has not been purged, so there is no certificate. 409."""

    code = "not_purged"


class KeptForever(Conflict):
    """No rule of the pack lets cases of this type go. 409."""

    code = "retention_unlimited"


class RetentionNotBegun(Conflict):
    """The milestone from which the time of keeping counts has not been reached; `fields.from`. 409."""

    code = "retention_not_begun"


class RetentionNotOver(Conflict):
    """The case must be kept; `fields.purgeable_on` is the first day on which it may go. 409."""

    code = "retention_not_over"


class RetentionHeld(Conflict):
    """The case's time is over, but the pack's rule holds it back. 409."""

    code = "retention_hold"


class EvidenceKindUnknown(Rejected):
    """The pack knows no such kind of evidence; `fields.allowed`. 422."""

    code = "evidence_kind_unknown"


class EvidenceEmpty(Rejected):
    """The file has no content. 422."""

    code = "evidence_empty"


class EvidenceTypeRefused(Rejected):
    """The content is not of a kind that may be filed here, or not what it is declared to be. 415."""

    code = "evidence_type_refused"


class EvidenceUnsafe(Rejected):
    """The content is a known threat or active content. 422."""

    code = "evidence_unsafe"
