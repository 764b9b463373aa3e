"""How many remedies there are and of what amount, for the gauges: one statement over two indexes."""

from typing import Final, NamedTuple

from shared.kernel.money import exponent
from shared.platform.db.transaction import Transaction


class Counted(NamedTuple):
    """Remedies of one case type, state and currency; `amount_minor` is their sum in minor units."""

    case_type: str
    state: str
    currency: str
    remedies: int
    amount_minor: int

    @property
    def amount(self) -> float:
        """The sum in major units, near enough for a gauge."""
        return float(self.amount_minor) / float(10 ** exponent(self.currency))


_COUNT: Final = """
    SELECT c.case_type, r.state, r.currency, count(*), sum(r.amount_minor)::int8
    FROM remedy r JOIN case_view c ON c.org_id = r.org_id AND c.case_id = r.case_id
    GROUP BY c.case_type, r.state, r.currency
"""


async def by_type_and_state(tx: Transaction) -> list[Counted]:
    """The remedies of all organisations."""
    return [Counted._make(row) for row in await tx.rows(_COUNT)]
