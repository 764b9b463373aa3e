"""How many cases are counted in one call."""

from typing import Final

from shared.kernel.errors import Rejected
from shared.kernel.text import Text

MOST_CASES: Final = 100_000
"""Of one span: counting so many takes about a second, in which the request holds a connection."""


class TooManyCases(Rejected):
    """More cases were received in the span than are counted in one call; ask for a shorter one. 422; `fields.most`."""

    code = "too_many_cases"
    title = Text(en="Too many cases to count in one call", zh="案件过多，请缩短统计区间")
