"""How many cases there are, for the gauges: one statement over an index each."""

from shared.platform.db.transaction import Transaction


async def by_type_and_status(tx: Transaction) -> dict[tuple[str, ...], float]:
    """Cases of all organisations by case type and status."""
    rows = await tx.rows("SELECT case_type, status, count(*) FROM case_file GROUP BY case_type, status")
    return {(case_type, status): cases for case_type, status, cases in rows}


async def by_organisation(tx: Transaction) -> dict[tuple[str, ...], float]:
    """Cases by organisation."""
    rows = await tx.rows("SELECT org_id::text, count(*) FROM case_file GROUP BY org_id")
    return {(org,): cases for org, cases in rows}
