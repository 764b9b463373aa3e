"""Refusals about documents."""

from shared.kernel.errors import Conflict, Rejected, Title


class DocumentForbids(Conflict):
    """The document is not there, or not in the state that this needs; `fields.state`. 409."""

    code = "document_state_forbids"
    title = Title("Document state does not allow this", "单据状态不允许此操作")


class DocumentFieldMissing(Conflict):
    """A field that the document must have has no value yet; `fields.missing`. 409."""

    code = "document_field_missing"
    title = Title("Document incomplete", "单据内容不完整")


class PartyUnknown(Rejected):
    """The document has no such signer; `fields.allowed`. 422."""

    code = "party_unknown"
    title = Title("Unknown signing party", "单据没有该签署方")


class AlreadySigned(Conflict):
    """The party has signed, or the person has signed for another party. 409."""

    code = "already_signed"
    title = Title("Already signed", "该方或该人已签署")


class SignatureOutOfOrder(Conflict):
    """Another party signs first; `fields.first`. 409."""

    code = "signature_out_of_order"
    title = Title("Signature out of order", "应由其他方先签署")


class SignatureMissing(Conflict):
    """Not every party has signed; `fields.missing`. 409."""

    code = "signature_missing"
    title = Title("Signatures missing", "签署不齐全")
