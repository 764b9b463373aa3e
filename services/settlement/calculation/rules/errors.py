"""Refusals of a calculation."""

from shared.kernel.errors import Conflict, Rejected
from shared.kernel.text import Text


class InputsInvalid(Rejected):
    """Inputs are missing, malformed, out of bounds or unknown; `fields` says which and why."""

    code = "inputs_invalid"
    title = Text(en="Inputs are missing or out of bounds", zh="计算所需数据缺失或超出范围")


class FormulaFailed(Rejected):
    """These inputs have no result (a division by zero, a number beyond 28 digits)."""

    code = "formula_failed"
    title = Text(en="These inputs have no result", zh="该数据无法计算出结果")


class AmountNotPositive(Rejected):
    """The result is zero or less: there is nothing to pay or to hand over."""

    code = "amount_not_positive"
    title = Text(en="Nothing would be settled", zh="结算结果必须大于零")


class QuoteChanged(Conflict):
    """The quote that was shown differs from what is computed now; `fields` has each difference (`x.was`, `x.now`)."""

    code = "quote_changed"
    title = Text(en="The quote is not what was shown", zh="报价与所示内容不一致")


class QuoteExpired(Conflict):
    """The quote's time is over; quote again. After `remedy.quote_expired` the code is `remedy_out_of_order`."""

    code = "quote_expired"
    title = Text(en="The quote has expired", zh="报价已过期")
