"""How many cases there are, for the gauges: one statement over an index each."""

from typing import Final

from shared.platform.db.transaction import Transaction


async def by_type_and_status(tx: Transaction) -> dict[tuple[str, ...], float]:
    """Cases of all organisations by case type and status."""
    rows = await tx.rows("SELECT case_type, status, count(*) FROM case_file GROUP BY case_type, status")
    return {(case_type, status): cases for case_type, status, cases in rows}


async def by_type_change(tx: Transaction) -> dict[tuple[str, ...], float]:
    """How often cases of all organisations became cases of another type, by the type before and after."""
    rows = await tx.rows(_TYPE_CHANGES)
    return {(before, after): changes for before, after, changes in rows}


_TYPE_CHANGES: Final = """
    SELECT before.one ->> 'case_type',
        coalesce(c.former_types -> before.place::int ->> 'case_type', c.case_type), count(*)
    FROM case_file c CROSS JOIN jsonb_array_elements(c.former_types) WITH ORDINALITY AS before (one, place)
    WHERE c.former_types IS NOT NULL GROUP BY 1, 2
"""


async def by_organisation(tx: Transaction) -> dict[tuple[str, ...], float]:
    """Cases by organisation."""
    rows = await tx.rows("SELECT org_id::text, count(*) FROM case_file GROUP BY org_id")
    return {(org,): cases for org, cases in rows}
