"""Refusals of indicators."""

from shared.kernel.errors import Invalid
from shared.kernel.text import Text


class PeriodInvalid(Invalid):
    """The period cannot be read or is not of the indicator's kind; `fields` say which kind and give an example."""

    code = "period_invalid"
    title = Text(en="This is no period of the indicator", zh="该期间与指标的统计周期不符")
