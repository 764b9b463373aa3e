"""Refusals of settlement; a pack's gates bring codes of their own."""

from services.settlement.domain.state import State
from shared.kernel.errors import Conflict, Forbidden, NotFound, Rejected, ServiceError


class CaseUnknown(NotFound):
    """No such case in this organisation, or its first event has not arrived yet."""


class RemedyUnknown(NotFound):
    """No such remedy in this organisation."""


class RemedyNotOffered(Rejected):
    """The case's pack has no remedy of that id."""

    code = "remedy_not_in_policy"


class InputsInvalid(Rejected):
    """Inputs are missing, malformed, out of bounds or unknown; `fields` says which and why."""

    code = "inputs_invalid"


class FormulaFailed(Rejected):
    """These inputs have no result (a division by zero, a number beyond 28 digits)."""

    code = "formula_failed"


class AmountNotPositive(Rejected):
    """Nothing would be paid or handed over."""

    code = "amount_not_positive"


class IllegalTransition(Conflict):
    """The remedy's state does not allow the action; `fields` has `from`, `action` and `allowed_from`."""

    code = "remedy_out_of_order"

    def __init__(self, *, state: State, action: str, allowed: tuple[State, ...], cite: str) -> None:
        super().__init__(
            detail=f"{action} is not possible when the remedy is {state.value}",
            cite=cite,
            fields={"from": state.value, "action": action, "allowed_from": [each.value for each in allowed]},
        )


class QuoteChanged(Conflict):
    """What was shown is no longer what would be computed; `fields` has each difference (`x.was`, `x.now`)."""

    code = "quote_changed"


class QuoteExpired(Conflict):
    """The quote's time is over; quote again. After `remedy.quote_expired` the code is `remedy_out_of_order`."""

    code = "quote_expired"


class AnotherRemedyOpen(Conflict):
    """One proposal at a time is before the customer of a case, and one is paid; other money needs a linked case."""

    code = "another_remedy_open"


class RoundsUsedUp(Conflict):
    """The pack allows no further offer on this case."""

    code = "offer_rounds_used_up"


class NegotiationEnded(Conflict):
    """The customer refused for good."""

    code = "negotiation_ended"


class ApprovalRoleRequired(Forbidden):
    """The caller holds none of the roles that still have to approve; `fields.roles` lists them."""

    code = "approval_role_required"


class FourEyes(Forbidden):
    """Whoever touched the case cannot approve its money."""

    code = "four_eyes"


class ApprovedAlready(Conflict):
    """The caller has approved already; each role needs another person."""

    code = "approver_already_approved"


class ApprovalMissing(Conflict):
    """Not all roles have approved; `fields.roles` lists the missing ones."""

    code = "approval_missing"


class CertificateRequired(Conflict):
    """The paper that the tax rule needs has not been handed in."""

    code = "certificate_required"


class CertificateWrong(Rejected):
    """Another paper, or one over another amount, than the tax rule needs."""

    code = "certificate_wrong"


class NoCertificateNeeded(Conflict):
    """The remedy has no tax rule that asks for a paper."""

    code = "no_certificate_needed"


class ResultNoticeRequired(Conflict):
    """The paper whose figure is paid has not been issued."""

    code = "result_notice_required"


class NoticePaidAlready(Conflict):
    """The figure of this paper has been paid, or is being paid, under another remedy."""

    code = "notice_already_paid"


class PayoutRequestedAlready(Conflict):
    """The one payout of this remedy, or its one ledger entry, exists. The table said so when nothing else did."""

    code = "payout_already_requested"


class NothingToPay(Conflict):
    """The remedy came to zero: it is recorded and never paid."""

    code = "nothing_to_pay"


class WrongMode(Conflict):
    """A remedy in money has no goods to book, a remedy in kind no payout."""

    code = "wrong_remedy_mode"


class ReturnTooLarge(Conflict):
    """More came back than was agreed; `fields.max` is what may still be booked."""

    code = "return_exceeds_agreed"


class ReleaseTooLarge(Conflict):
    """More would be released than came back; `fields.max` is what may be released now."""

    code = "return_required"


class LedgerUnbalanced(ServiceError):
    """Debits and credits of one entry differ. Never booked; a fault of ours."""

    code = "ledger_unbalanced"
