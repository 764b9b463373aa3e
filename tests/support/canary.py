"""Whether a word stands anywhere in a service's tables, whatever the column and its type."""

from sqlalchemy import text

from shared.platform.db.engine import Database

CANARY = "CANARY-7f3a"


async def tables_with_canary(db: Database, schema: str) -> list[str]:
    """The tables of the schema, partitions included, of which some row holds the canary; bytes are looked into too."""
    async with db.engine.connect() as conn:
        names = await conn.execute(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = :schema ORDER BY 1"),
            {"schema": schema},
        )
        found = []
        for name in names.scalars().all():
            query = text(
                f"SELECT count(*) FROM {schema}.{name} AS t "
                "WHERE strpos(t::text, :canary) > 0 OR strpos(t::text, encode(convert_to(:canary, 'UTF8'), 'hex')) > 0"
            )
            if (await conn.execute(query, {"canary": CANARY})).scalar_one():
                found.append(str(name))
    return found
