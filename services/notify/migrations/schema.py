"""The MetaData of notify, to which the store of every feature attaches its tables, and the kernel's tables."""

from typing import Final

from sqlalchemy import MetaData

from shared.platform.db.tables import NAMING, kernel_tables
from shared.platform.links.tables import link_tables

METADATA: Final = MetaData(schema="notify", naming_convention=NAMING)
KERNEL: Final = kernel_tables(METADATA)
CASE_LINK, CASE_LINK_USE = link_tables(METADATA)
