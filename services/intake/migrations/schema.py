"""Schema `intake`: the metadata to which the tables of every feature's store attach, and the kernel's tables."""

from typing import Final

from sqlalchemy import MetaData

from shared.platform.db.tables import NAMING, kernel_tables
from shared.platform.links.tables import link_tables

METADATA: Final = MetaData(schema="intake", naming_convention=NAMING)
KERNEL: Final = kernel_tables(METADATA)
CASE_LINK, CASE_LINK_USE = link_tables(METADATA)
