"""Section `settlement` of a policy pack: how much, who may approve it, how it is paid and booked.

A remedy is data: typed inputs, a table of formula steps with named rounding, gates before each action, tax,
postings. Formulas see only `inputs.<id>` and earlier `steps.<id>`, so a quote depends on nothing unnamed.
Gates see `facts`, `milestones`, `documents.<template>`, `inputs`, `remedy` and `actor`.
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from shared.money import Rounding
from shared.policy.section import Cite, DecimalText, Expr, Ident, Names, Scope, Section, Text
from shared.policy.sections import settlement_checks as checks

InputType = Literal["money", "decimal", "integer", "boolean", "text"]
Mode = Literal["money", "replacement"]
Action = Literal["quote", "offer", "accept", "approve", "payout", "release"]


class Account(Section):
    """One account of the chart that postings refer to."""

    id: Ident
    label: Text
    kind: Literal["asset", "liability", "equity", "revenue", "expense"]


class Input(Section):
    """One value a quote needs. `taken_from` reads it from the case when the caller gives none."""

    id: Ident
    label: Text
    type: InputType
    unit: Annotated[str, Field(min_length=1, max_length=16)] | None = None
    required: bool = True
    taken_from: Expr | None = None
    min: Expr | None = None
    max: Expr | None = None


class Round(Section):
    """A named rounding step: to the currency's minor unit, or to so many digits."""

    rule: Rounding = "half_up"
    to: Literal["currency"] | Annotated[int, Field(ge=0, le=8)] = "currency"


class Step(Section):
    """One line of the calculation, shown to people as it stands here."""

    id: Ident
    label: Text
    formula: Expr
    round: Round | None = None
    cite: Cite


class Minimum(Section):
    """The least result that is a settlement at all; below it the quote is refused (A79)."""

    amount: DecimalText
    code: Ident
    message: Text
    cite: Cite


class Tax(Section):
    """Tax inside the gross amount, and the paper that must be handed in before it is reversed."""

    rate: DecimalText
    includes_tax: Literal[True] = True
    rounding: Rounding = "half_up"
    certificate: Ident | None = None
    cite: Cite


class Gate(Section):
    """A condition before an action, and how its refusal reads."""

    that: Expr
    code: Ident
    message: Text
    cite: Cite


class NamedGate(Gate):
    """A gate that several remedies refer to by its id."""

    id: Ident


class Require(Section):
    """The gates of each action, here or by id, checked in order; the first that does not hold refuses."""

    quote: tuple[Ident | Gate, ...] = ()
    offer: tuple[Ident | Gate, ...] = ()
    accept: tuple[Ident | Gate, ...] = ()
    approve: tuple[Ident | Gate, ...] = ()
    payout: tuple[Ident | Gate, ...] = ()
    release: tuple[Ident | Gate, ...] = ()

    def of(self, action: Action) -> tuple[Ident | Gate, ...]:
        """What stands before `action`."""
        gates: tuple[Ident | Gate, ...] = getattr(self, action)
        return gates


class Posting(Section):
    """One double entry made when the remedy is executed."""

    debit: Ident
    credit: Ident
    amount: Literal["gross", "net", "tax"]
    cite: Cite


class Payout(Section):
    """How money leaves, and the paper whose figure it must equal. One payout per paper, for ever."""

    method: Literal["credit", "negative_invoice", "refund"]
    basis: Ident
    """Document template whose figure is paid."""
    amount_from: Expr
    """Minor units stated by that document."""
    code: Ident = "amount_differs_from_notice"
    message: Text
    cite: Cite


class Validity(Section):
    """How long a quote may be offered and accepted, in elapsed time."""

    amount: Annotated[int, Field(ge=1, le=10_000)]
    unit: Literal["minute", "hour", "day", "week"]


class Returns(Section):
    """Goods come back before others go out: released ≤ returned ≤ agreed."""

    unit: Annotated[str, Field(min_length=1, max_length=16)]
    code: Ident = "return_required"
    message: Text
    cite: Cite


class Remedy(Section):
    """One way to make a customer whole."""

    id: Ident
    label: Text
    cite: Cite
    mode: Mode
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"
    inputs: Annotated[tuple[Input, ...], Field(min_length=1, max_length=50)]
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=100)]
    result: Ident
    """Step whose value is the amount (money) or the quantity (replacement)."""
    value: Ident | None = None
    """Replacement: step with the goods' worth, for the approval table. Unknown worth needs the strictest row."""
    min: Minimum | None = None
    tax: Tax | None = None
    require: Require = Require()
    quote_valid_for: Validity
    postings: tuple[Posting, ...] = ()
    payout: Payout | None = None
    returns: Returns | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for fault in checks.remedy_faults(self):
            raise ValueError(fault)
        return self


class Approval(Section):
    """Who approves amounts up to `up_to` (inclusive, major units; none: without limit).

    All of `roles` approve, each a person of its own; or one of `instead` alone, whose authority reaches further.
    """

    up_to: DecimalText | None
    roles: Annotated[tuple[Ident, ...], Field(min_length=1, max_length=8)]
    instead: Annotated[tuple[Ident, ...], Field(max_length=8)] = ()
    cite: Cite


class Offers(Section):
    """How often a proposal may be put to the customer on one case."""

    max_rounds: Annotated[int, Field(ge=1, le=100)]
    cite: Cite


class SettlementSection(Section):
    """Remedies, approval table and chart of accounts of one pack."""

    KEY: ClassVar[str] = "settlement"

    accounts: tuple[Account, ...] = ()
    gates: tuple[NamedGate, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    approval: tuple[Approval, ...] = ()
    offers: Offers | None = None

    def remedy(self, remedy_id: str) -> Remedy | None:
        """The remedy of that id, or None."""
        return next((remedy for remedy in self.remedies if remedy.id == remedy_id), None)

    def gates_before(self, remedy: Remedy, action: Action) -> tuple[Gate, ...]:
        """The gates before an action on a remedy, in order."""
        named = {gate.id: gate for gate in self.gates}
        return tuple(named[gate] if isinstance(gate, str) else gate for gate in remedy.require.of(action))

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for fault in checks.section_faults(self):
            raise ValueError(fault)
        return self

    def declares(self) -> Names:
        """Remedies, accounts, and the certificates that tax rules ask for."""
        return Names(
            remedies=[(("remedies", i, "id"), remedy.id) for i, remedy in enumerate(self.remedies)],
            accounts=[(("accounts", i, "id"), account.id) for i, account in enumerate(self.accounts)],
            certificates=[
                (("remedies", i, "tax", "certificate"), remedy.tax.certificate)
                for i, remedy in enumerate(self.remedies)
                if remedy.tax is not None and remedy.tax.certificate is not None
            ],
        )

    def references(self) -> Names:
        """Roles that approve, accounts that postings use, and documents that gates and payouts read."""
        return Names(
            roles=[
                (("approval", i, key, j), role)
                for i, row in enumerate(self.approval)
                for key in ("roles", "instead")
                for j, role in enumerate(getattr(row, key))
            ],
            accounts=[
                (("remedies", i, "postings", j, side), getattr(posting, side))
                for i, remedy in enumerate(self.remedies)
                for j, posting in enumerate(remedy.postings)
                for side in ("debit", "credit")
            ],
            documents=list(checks.documents(self)),
        )

    def scopes(self) -> Sequence[Scope]:
        """What the expressions of gates and remedies may name."""
        return list(checks.scopes(self))
