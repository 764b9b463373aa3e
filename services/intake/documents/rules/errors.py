"""Refusals about documents."""

from shared.kernel.errors import Conflict, Rejected
from shared.kernel.text import Text


class DocumentForbids(Conflict):
    """The document is not there, or not in the state that this needs; `fields.state`. 409."""

    code = "document_state_forbids"
    title = Text(en="Document state does not allow this", zh="单据状态不允许此操作")


class DocumentFieldMissing(Conflict):
    """A field that the document must have has no value yet; `fields.missing`. 409."""

    code = "document_field_missing"
    title = Text(en="Document incomplete", zh="单据内容不完整")


class PartyUnknown(Rejected):
    """The document has no such signer; `fields.allowed`. 422."""

    code = "party_unknown"
    title = Text(en="Unknown signing party", zh="单据没有该签署方")


class AlreadySigned(Conflict):
    """The party has signed, or the person has signed for another party. 409."""

    code = "already_signed"
    title = Text(en="Already signed", zh="该方或该人已签署")


class SignatureOutOfOrder(Conflict):
    """Another party signs first; `fields.first`. 409."""

    code = "signature_out_of_order"
    title = Text(en="Signature out of order", zh="应由其他方先签署")


class SignatureMissing(Conflict):
    """Not every party has signed; `fields.missing`. 409."""

    code = "signature_missing"
    title = Text(en="Signatures missing", zh="签署不齐全")
