"""Refusals of indicators."""

from shared.kernel.errors import Invalid, Title


class PeriodInvalid(Invalid):
    """The period cannot be read or is not of the indicator's kind; `fields` say which kind and give an example."""

    code = "period_invalid"
    title = Title("This is no period of the indicator", "该期间与指标的统计周期不符")
