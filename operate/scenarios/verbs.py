"""The verbs of a scenario: one class per public operation, named as in `tests/scenarios/README.md`."""

from typing import Literal

from pydantic import Field

from operate.scenarios.words import Amount, Day, Json, Name, Strict, Text, When


class Register(Strict):
    """POST /v1/cases. `as` names the case for later steps (default: the step's `case`)."""

    case_type: str
    channel: str = "erp"
    customer: dict[str, Json] | None = None
    parties: list[dict[str, Json]] = []
    facts: dict[str, Json] = {}
    description: str = "scenario"
    order_ref: str | None = None
    received_at: When | None = None
    pack: str | None = None
    name: Name | None = Field(default=None, alias="as")


class Contact(Strict):
    """POST /v1/contacts with exactly this body."""

    body: dict[str, Json]


class TakeStep(Strict):
    """POST /v1/cases/{case}/steps/{id}; `happened_at` when it was recorded later than it happened."""

    id: str
    input: dict[str, Json] = {}
    happened_at: When | None = None


class Evidence(Strict):
    """POST /v1/cases/{case}/evidence: `text` or `base64` content as a file."""

    kind: str
    filename: str = "evidence.txt"
    media_type: str = "text/plain"
    text: str | None = None
    base64: str | None = None


class Quote(Strict):
    """POST /v1/cases/{case}/remedies."""

    remedy: str
    inputs: dict[str, Json] = {}


class OnRemedy(Strict):
    """A call on the latest remedy of the case, or on the one named by its pack id."""

    remedy: str | None = None


class Offer(OnRemedy):
    """POST /v1/remedies/{id}/offer with the quote's hash (or another, to see it refused)."""

    quote_hash: str | None = None


class Accept(OnRemedy):
    """POST /v1/remedies/{id}/accept; `body` adds fields such as a consent."""

    quote_hash: str | None = None
    body: dict[str, Json] = {}


class Reject(OnRemedy):
    """POST /v1/remedies/{id}/reject."""

    final: bool = False
    reason: str = "too little"


class Approve(OnRemedy):
    """POST /v1/remedies/{id}/approve."""

    quote_hash: str | None = None


class Decline(OnRemedy):
    """POST /v1/remedies/{id}/decline."""

    reason: str


class Certificate(OnRemedy):
    """POST /v1/remedies/{id}/certificate."""

    certificate: str
    reference: str
    amount: Amount | None = None


class Quantity(OnRemedy):
    """POST /v1/remedies/{id}/returns or /release; decimal text."""

    quantity: Text


class Payout(OnRemedy):
    """POST /v1/remedies/{id}/payout; the remedy's own amount when none is given."""

    amount: Amount | None = None
    quote_hash: str | None = None


class RequestExtension(Strict):
    """POST /v1/cases/{case}/clocks/{clock}/extensions."""

    clock: str
    opinion: str | None = None
    proposed_due_on: Day | None = None
    proposed_due_at: When | None = None
    evidence: list[str] | None = None


class DecideExtension(Strict):
    """POST /v1/extensions/{id}/decision on the latest request of the clock."""

    clock: str
    approve: bool
    due_on: Day | None = None
    due_at: When | None = None
    reason: str | None = None


class Excuse(Strict):
    """POST /v1/cases/{case}/clocks/{clock}/excuse."""

    clock: str
    reason: str


class Webhook(Strict):
    """POST /v1/webhooks towards the webhook sink."""

    events: list[str] = ["*"]


class Publish(Strict):
    """POST /v1/policies: another pack or a later version of the same one, from a date."""

    pack: str
    effective_from: Day | None = None


class ErpFault(Strict):
    """Make the ERP simulator misbehave for this scenario's next payments."""

    kind: Literal["timeout", "error", "refuse"]
    times: int = 1


class Linked(Strict):
    """GET a case linked with the step's: the first of a relation, of an owner, or the `parent`; `keep` names it."""

    relation: str
    owner: str | None = None
    case_type: str | None = None


class MessageDone(Strict):
    """POST /v1/messages/{id}/done on the case's oldest to-do that matches."""

    rule: str | None = None
    to: str | None = None
    channel: str | None = None
    delivered: bool = True
    note: str | None = None


class Purge(Strict):
    """POST /v1/cases/{case}/purge."""


class Call(Strict):
    """Any other public operation: service, method, path (ids of earlier answers are filled in), body."""

    service: Literal["intake", "sla", "settlement", "notify"]
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: str
    body: Json = None
    headers: dict[str, Text] = {}


VERBS = {
    "register": Register,
    "contact": Contact,
    "step": TakeStep,
    "evidence": Evidence,
    "quote": Quote,
    "offer": Offer,
    "accept": Accept,
    "reject": Reject,
    "approve": Approve,
    "decline": Decline,
    "certificate": Certificate,
    "return_goods": Quantity,
    "release": Quantity,
    "payout": Payout,
    "request_extension": RequestExtension,
    "decide_extension": DecideExtension,
    "excuse": Excuse,
    "webhook": Webhook,
    "publish": Publish,
    "erp_fault": ErpFault,
    "linked": Linked,
    "message_done": MessageDone,
    "purge": Purge,
    "call": Call,
}
