"""A quote: a calculation stored under its hash; an action that names another hash, or finds the case changed, fails."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.settlement.calculation.rules.decimals import plain
from services.settlement.calculation.rules.errors import AmountNotPositive, QuoteChanged, QuoteExpired
from services.settlement.calculation.rules.formula import Trace, compute
from services.settlement.calculation.rules.inputs import CellText, Raw, caller_gave, cell_text, read_inputs
from services.settlement.cases.rules import Case
from shared.kernel.errors import FieldValue, Rejected
from shared.kernel.instants import instant_text
from shared.kernel.money import Money, rounded, split_tax
from shared.kernel.text import Text
from shared.packs.language.durations import Duration
from shared.packs.settlement.model.section import Figure as FigureRule
from shared.packs.settlement.model.section import Remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A gross amount as net and tax; they sum to it."""

    net: Money
    tax: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A result beside the amount, which is never paid: `value` is decimal text, `amount` the same where it is money."""

    id: str
    label: Text
    value: str
    amount: Money | None
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a remedy comes to for one case. `worth` is None where goods' value is unknown."""

    pack: str
    policy_version: int
    trace: Trace
    amount: Money
    worth: Money | None
    quantity: Decimal | None
    unit: str | None
    split: Split | None
    figures: tuple[Figure, ...] = ()
    quote_hash: str

    @property
    def is_nothing_to_pay(self) -> bool:
        """True for an amount of money that came to zero and was recorded as such."""
        return self.quantity is None and self.amount.minor == 0


def make_quote(remedy: Remedy, *, case: Case, raw: Mapping[str, Raw]) -> Quote:
    """Read the inputs, compute, check the minimum, split the tax, hash. Pure: same facts, same quote.

    The hash covers all steps, and so the figures.
    """
    inputs = read_inputs(remedy, raw=raw, context=case.context())
    trace = compute(remedy, inputs)
    result = trace.value_of(remedy.result)
    _at_least_minimum(remedy, result)
    if remedy.mode == "money":
        amount = rounded(result, currency=remedy.currency)
        worth: Money | None = amount
        quantity, unit = None, None
    else:
        amount = Money(minor=0, currency=remedy.currency)
        worth = _worth(remedy, trace)
        quantity, unit = result, None if remedy.returns is None else remedy.returns.unit
    split = _split(remedy, amount)
    return Quote(
        pack=case.pack,
        policy_version=case.policy_version,
        trace=trace,
        amount=amount,
        worth=worth,
        quantity=quantity,
        unit=unit,
        split=split,
        figures=tuple(_figure(figure, remedy, trace) for figure in remedy.figures),
        quote_hash=_hash(remedy, case=case, trace=trace, amount=amount, split=split),
    )


def valid_until(at: datetime, length: Duration) -> datetime:
    """The last instant at which a quote made at `at` can be offered or accepted."""
    return at + length.elapsed()


def require_fresh(quote: Quote, *, remedy: Remedy, case: Case, shown: str | None) -> None:
    """Raise QuoteChanged unless `shown` is the stored hash and the case still gives the same quote."""
    if shown is not None and shown != quote.quote_hash:
        raise QuoteChanged(
            detail="another quote was shown than the one on record",
            cite=remedy.cite,
            fields={"quote_hash.was": quote.quote_hash, "amount_minor.was": quote.amount.minor},
        )
    try:
        now = make_quote(remedy, case=case, raw=caller_gave(quote.trace.inputs))
    except Rejected as refusal:
        raise QuoteChanged(detail=refusal.detail, cite=remedy.cite, fields=refusal.fields) from refusal
    if now.quote_hash != quote.quote_hash:
        raise QuoteChanged(detail="the case has changed since", cite=remedy.cite, fields=difference(quote, now))


def require_valid(*, expires_at: datetime, now: datetime, cite: str) -> None:
    """Raise QuoteExpired strictly after `expires_at` (ADR 0027 A70: done at the instant is in time)."""
    if now > expires_at:
        raise QuoteExpired(cite=cite, fields={"expires_at": instant_text(expires_at)})


def difference(before: Quote, after: Quote) -> dict[str, FieldValue]:
    """What changed, as `<input>.was` and `<input>.now`, and the amount likewise."""
    was, now = _single_values(before), _single_values(after)
    changed = [name for name in now if was.get(name) != now[name]]
    fields: dict[str, FieldValue] = {"changed": changed}
    for name in changed:
        fields[f"{name}.was"], fields[f"{name}.now"] = was.get(name), now[name]
    if before.amount != after.amount:
        fields["amount_minor.was"], fields["amount_minor.now"] = before.amount.minor, after.amount.minor
    return fields


def _single_values(quote: Quote) -> dict[str, CellText]:
    """Rows are always the caller's own, so they are the same before and after."""
    return {given.id: cell_text(given.value) for given in quote.trace.inputs if not isinstance(given.value, tuple)}


def _at_least_minimum(remedy: Remedy, result: Decimal) -> None:
    least = remedy.min
    if least is not None and result < least.amount:
        raise Rejected(
            code=least.code,
            title=least.message,
            cite=least.cite,
            fields={"result": plain(result), "minimum": plain(least.amount)},
        )
    is_recorded_zero = remedy.zero == "recorded" and result == 0
    if result <= 0 and not is_recorded_zero:
        raise AmountNotPositive(cite=remedy.cite, fields={"result": plain(result)})


def _worth(remedy: Remedy, trace: Trace) -> Money | None:
    value = None if remedy.value is None else trace.value_of(remedy.value)
    return rounded(value, currency=remedy.currency) if value is not None and value > 0 else None


def _figure(figure: FigureRule, remedy: Remedy, trace: Trace) -> Figure:
    computed = trace.step(figure.step)
    is_money = any(step.id == figure.step and step.is_money for step in remedy.steps)
    return Figure(
        id=figure.step,
        label=figure.label,
        value=computed.value,
        amount=rounded(computed.number(), currency=remedy.currency) if is_money else None,
        unit=figure.unit,
    )


def _split(remedy: Remedy, gross: Money) -> Split | None:
    if remedy.tax is None:
        return None
    net, tax = split_tax(gross, rate=remedy.tax.rate, rounding=remedy.tax.rounding)
    return Split(net=net, tax=tax)


def _hash(remedy: Remedy, *, case: Case, trace: Trace, amount: Money, split: Split | None) -> str:
    content = {
        "case": case.case_id,
        "policy": f"{case.pack}@{case.policy_version}",
        "remedy": remedy.id,
        "inputs": {given.id: given.text() for given in trace.inputs},
        "steps": [[step.id, step.formula, step.unrounded, step.value] for step in trace.steps],
        "amount": [amount.minor, amount.currency],
        "split": None if split is None else [split.net.minor, split.tax.minor],
    }
    canonical = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
