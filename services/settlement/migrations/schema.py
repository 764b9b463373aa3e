"""Schema `settlement`: the MetaData that the tables of every feature's store attach to, and the kernel's tables."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import MetaData

from shared.platform.db.tables import NAMING, kernel_tables
from shared.platform.links.tables import link_tables

METADATA: Final = MetaData(schema="settlement", naming_convention=NAMING)
KERNEL: Final = kernel_tables(METADATA)


def one_of(column: str, names: Iterable[str]) -> str:
    """The SQL condition that `column` is one of `names`."""
    return f"{column} IN ({', '.join(repr(str(name)) for name in names)})"


CASE_LINK, CASE_LINK_USE = link_tables(METADATA)
