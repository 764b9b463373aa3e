"""The table `case_search`: the words of each case and the hashes of their grams, under GIN.

The row is written in the statement that registers a case, and again when what is searched of it changes.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    func,
    or_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.intake.migrations.schema import METADATA
from services.intake.search.rules import Wanted, grams
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.tables import uuid_column
from shared.platform.db.transaction import Transaction

SEARCH: Final = Table(
    "case_search",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    Column("words", Text, nullable=False),
    Column("grams", ARRAY(Integer), nullable=False),
    PrimaryKeyConstraint("org_id", "case_id"),
    ForeignKeyConstraint(["org_id", "case_id"], ["intake.case_file.org_id", "intake.case_file.case_id"]),
    Index("ix_case_search_grams", "grams", postgresql_using="gin", postgresql_with={"gin_pending_list_limit": 512}),
)


async def save_words(tx: Transaction, words: str, *, org: OrgId, case_id: CaseId) -> None:
    """Replace what is searched of a case."""
    await tx.rows(
        "UPDATE intake.case_search SET words = $3::text, grams = $4::int[] "
        "WHERE org_id = $1::uuid AND case_id = $2::uuid",
        (org, case_id, words, grams(org, words)),
    )


def matches(readings: Sequence[Wanted]) -> ColumnElement[bool]:
    """The rows whose words contain one of the readings."""
    return or_(*(and_(SEARCH.c.grams.contains(list(one.grams)), _contains(one.text)) for one in readings))


def _contains(text: str) -> ColumnElement[bool]:
    return func.strpos(SEARCH.c.words, text) > 0


async def plan_for_values(tx: Transaction) -> None:
    """Have the statements of this connection planned for their values, until `plan_as_usual`.

    How common a gram is decides whether the index or the order of the cases is the shorter way; a generic plan does
    not know.
    """
    await tx.rows("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")
