"""Section `settlement` of a policy pack: how much, who may approve it, how it is paid and booked.

A remedy is data: typed inputs, a table of formula steps with named rounding, gates before each action, tax,
postings. Formulas see only `inputs.<id>` and earlier `steps.<id>`, so a quote depends on nothing unnamed.
Gates see `facts`, `milestones`, `documents.<template>`, `looks`, `inputs`, `remedy`, `actor`, and as `now` and `at` the
instant of the action. `taken_from`, `min` and `max` of inputs see as `now` and `at` the instant of the quote, also when
they are read again at a later action, so that a quote does not change because time passes.

A `table` input is a list of rows with `columns` of their own. Formulas and gates go through it with closures, in
which `#` is the row: `sum(map(filter(inputs.lines, #.kind != 'adhesive'), #.rate * #.tonnes))`.
"""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from shared.kernel.money import Rounding
from shared.kernel.text import Text
from shared.packs.language.citations import Cite
from shared.packs.language.durations import ElapsedDuration
from shared.packs.language.section import Named, Section
from shared.packs.language.types import Currency, DecimalText, Expr, Ident, Unit
from shared.packs.settlement.model.approval import DEFAULT_CURRENCY, Approval, OwnApproval
from shared.packs.settlement.model.inputs import Input
from shared.packs.settlement.model.looks import RemedyLook

Mode = Literal["money", "replacement"]
Action = Literal["quote", "offer", "accept", "approve", "payout", "release"]
ACTIONS: Final[tuple[Action, ...]] = ("quote", "offer", "accept", "approve", "payout", "release")


class Account(Named):
    """One account of the chart that postings refer to."""

    kind: Literal["asset", "liability", "equity", "revenue", "expense"]
    """Its kind in the chart of accounts."""


class Round(Section):
    """A named rounding step: to the currency's minor unit, or to so many digits."""

    rule: Rounding = "half_up"
    """How: `half_up` is 四舍五入."""
    to: Literal["currency"] | Annotated[int, Field(ge=0, le=8)] = "currency"
    """`currency`: its minor unit (fen); or so many decimals."""


class Step(Named):
    """One line of the calculation, `steps.<id>` in later ones; shown to people as it stands here."""

    formula: Expr | None = None
    """The number; sees inputs and the steps above."""
    best_of: Annotated[tuple[Ident, ...], Field(max_length=10)] = ()
    """In place of `formula`: the steps above of which the one that gives the customer most is taken, as rounded there;
    of equals the first. One that has no result refuses the quote.
    """
    round: Round | None = None
    """Rounded here, by this rule; not at all when left out."""
    cite: Cite

    @property
    def written(self) -> str:
        """The calculation as people read it."""
        alternatives = ", ".join(f"steps.{name}" for name in self.best_of)
        return f"best_of({alternatives})" if self.formula is None else str(self.formula)

    @property
    def is_money(self) -> bool:
        """True when the value is rounded to the currency by name."""
        return self.round is not None and self.round.to == "currency"


class Figure(Section):
    """A further result that people see beside the amount and that is never paid: what another party bears."""

    step: Ident
    """The step whose value it is. One that is rounded to the currency is an amount of money, any other a number."""
    label: Text
    """What people read for it."""
    unit: Unit | None = None
    """What people read after a number: `t`; money has none."""


class Refusal(Section):
    """How a refusal reads."""

    code: Ident
    """The refusal's code, for programs."""
    message: Text
    """The refusal, for people."""
    cite: Cite


class Minimum(Refusal):
    """The least result that is a settlement at all; below it the quote is refused (ADR 0027 A79)."""

    amount: DecimalText
    """In major units, inclusive."""


class Tax(Section):
    """Tax inside the gross amount, and the paper that must be handed in before it is reversed."""

    rate: DecimalText
    """A share: `"0.13"`."""
    includes_tax: Literal[True] = True
    """The result is gross; net = gross / (1 + rate)."""
    rounding: Rounding = "half_up"
    """How net is rounded to the minor unit; tax is the remainder."""
    certificate: Ident | None = None
    """The paper without which nothing is paid."""
    cite: Cite


class Gate(Refusal):
    """A condition before an action, and how its refusal reads."""

    that: Expr
    """What must hold; one that cannot be evaluated does not."""


class NamedGate(Gate):
    """A gate that several remedies refer to by its id."""

    id: Ident
    """What remedies call it."""


class Require(Section):
    """The gates of each action, here or by id, checked in order; the first that does not hold refuses."""

    quote: tuple[Ident | Gate, ...] = ()
    """Before an amount is computed."""
    offer: tuple[Ident | Gate, ...] = ()
    """Before it is put to the customer."""
    accept: tuple[Ident | Gate, ...] = ()
    """Before the customer accepts."""
    approve: tuple[Ident | Gate, ...] = ()
    """Before it is approved."""
    payout: tuple[Ident | Gate, ...] = ()
    """Before it is paid."""
    release: tuple[Ident | Gate, ...] = ()
    """Before replacement goods go out."""

    def of(self, action: Action) -> tuple[Ident | Gate, ...]:
        """What stands before `action`."""
        gates: tuple[Ident | Gate, ...] = getattr(self, action)
        return gates


class Posting(Section):
    """One double entry made when the remedy is executed."""

    debit: Ident
    """Account debited."""
    credit: Ident
    """Account credited."""
    amount: Literal["gross", "net", "tax"]
    """`gross`, or `net` and `tax` as two postings."""
    cite: Cite


class Payout(Section):
    """How money leaves, and the paper whose figure it must equal. One payout per paper, for ever."""

    method: Literal["credit", "negative_invoice", "refund"]
    """What the ERP is asked for."""
    basis: Ident
    """Document template whose figure is paid."""
    amount_from: Expr
    """Minor units stated by that document."""
    payee: Expr | None = None
    """Who is paid, as the ERP is told; left out, the customer. A text."""
    customer_name: Expr | None = None
    """The customer's name, as the ERP is told; left out, the ERP knows it by the customer's number. A text."""
    code: Ident = "amount_differs_from_notice"
    """The refusal's code when the amount differs."""
    message: Text
    """That refusal, for people."""
    cite: Cite


class Returns(Refusal):
    """Goods come back before others go out: released ≤ returned ≤ agreed."""

    unit: Unit
    """What the quantity counts: `t`."""


class Remedy(Named):
    """One way to make a customer whole. Of all remedies of a case one is paid, so further money needs a linked case."""

    cite: Cite
    mode: Mode
    """`money` is paid, `replacement` is goods against goods."""
    currency: Currency = DEFAULT_CURRENCY
    """ISO 4217; left out, that of pack.yaml."""
    inputs: Annotated[tuple[Input, ...], Field(min_length=1, max_length=50)]
    """What a quote needs."""
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=100)]
    """The calculation, line by line."""
    result: Ident
    """Step whose value is the amount (money) or the quantity (replacement)."""
    value: Ident | None = None
    """Replacement: step with the goods' worth, for the approval table. Unknown worth needs the strictest row."""
    figures: Annotated[tuple[Figure, ...], Field(max_length=20)] = ()
    """Further results, shown in answers, events and papers without being paid."""
    zero: Literal["refused", "recorded"] = "refused"
    """Money that comes to 0.00. `recorded`: quoted, agreed and approved like any, then executed without a payout."""
    min: Minimum | None = None
    """The least amount that is a settlement at all."""
    tax: Tax | None = None
    """Tax inside the amount."""
    require: Require = Require()
    """Gates before each action."""
    quote_valid_for: ElapsedDuration
    """How long a quote may be offered and accepted, in elapsed time; at its last instant it still may."""
    postings: tuple[Posting, ...] = ()
    """What is booked when it is executed."""
    payout: Payout | None = None
    """How it is paid; required for `money`."""
    returns: Returns | None = None
    """What comes back first; required for `replacement`."""


class Performers(Section):
    """The roles that may do something with a remedy; a caller needs one of them."""

    roles: Annotated[tuple[Ident, ...], Field(min_length=1, max_length=20)]
    """Roles of the pack; a machine that acts for itself may hold one."""
    not_by_who: Annotated[tuple[Literal["quote", "offer", "accept", "approve"], ...], Field(max_length=4)] = ()
    """Four eyes: a person who did one of these with the same remedy may not do this."""
    cite: Cite


class Who(Section):
    """Who may do what with the remedies of the pack. What an approval needs stands in `approval`.

    What is left out: the customer alone accepts or rejects an offer; the role `finance` has it paid; a role of the
    approval row that the amount falls into declines; everything else is open to every caller that may write
    settlements, of which lint warns.
    """

    quote: Performers | None = None
    """Compute an amount."""
    offer: Performers | None = None
    """Put it to the customer."""
    accept: Performers | None = None
    """Accept or reject for the customer, beside the customer itself, on the strength of a paper or a call."""
    decline: Performers | None = None
    """Decline an accepted remedy, in place of the roles of the approval row."""
    certificate: Performers | None = None
    """Record a tax certificate."""
    returns: Performers | None = None
    """Book returned goods."""
    release: Performers | None = None
    """Let replacement goods go out."""
    payout: Performers | None = None
    """Have it paid."""


class Offers(Section):
    """How often a proposal may be put to the customer on one case."""

    max_rounds: Annotated[int, Field(ge=1, le=100)]
    """After so many offers no further one."""
    cite: Cite


class SettlementSection(Section):
    """Remedies, approval table and chart of accounts of one pack."""

    KEY: ClassVar[str] = "settlement"

    accounts: tuple[Account, ...] = ()
    """The chart that postings use."""
    gates: tuple[NamedGate, ...] = ()
    """Conditions that several remedies share."""
    looks: Annotated[tuple[RemedyLook, ...], Field(max_length=20)] = ()
    """Looks at the remedies of other cases."""
    remedies: tuple[Remedy, ...] = ()
    """Ways to make a customer whole."""
    approval: tuple[Approval, ...] = ()
    """Who approves how much: rising limits; a remedy needs the first row of its currency that its amount fits."""
    own_approval: Annotated[tuple[OwnApproval, ...], Field(max_length=20)] = ()
    """Exceptions to four eyes; left out, a person who handled a case never approves its money."""
    offers: Offers | None = None
    """How often an offer may be made; without limit when left out."""
    who: Who = Who()
    """Who may quote, offer, accept for the customer, decline, book goods and pay."""

    def remedy(self, remedy_id: str) -> Remedy | None:
        """The remedy of that id, or None."""
        return next((remedy for remedy in self.remedies if remedy.id == remedy_id), None)

    def gates_before(self, remedy: Remedy, action: Action) -> tuple[Gate, ...]:
        """The gates before an action on a remedy, in order."""
        named = {gate.id: gate for gate in self.gates}
        return tuple(named[gate] if isinstance(gate, str) else gate for gate in remedy.require.of(action))
