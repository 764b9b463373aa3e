"""What the tables of every feature attach to, and the kernel's own tables. Every key starts with the organisation."""

from typing import Final

from sqlalchemy import MetaData

from shared.platform.db.tables import NAMING, kernel_tables
from shared.platform.links.tables import link_tables

METADATA: Final = MetaData(schema="sla", naming_convention=NAMING)
KERNEL: Final = kernel_tables(METADATA)
CASE_LINK, CASE_LINK_USE = link_tables(METADATA)
