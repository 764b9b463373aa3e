"""The plans that PostgreSQL makes for the statements of a test, with their values."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


def plans_of(engine: Engine) -> list[str]:
    """A list that grows with the plan of each SELECT that SQLAlchemy sends, one text for a statement."""
    plans: list[str] = []

    def explain(conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            asking = conn.connection.cursor()
            asking.execute(f"EXPLAIN {statement}", parameters)
            plans.append("\n".join(row[0] for row in asking.fetchall()))
            asking.close()

    event.listen(engine, "before_cursor_execute", explain)
    return plans


def scanned_whole(plans: list[str], table: str) -> list[str]:
    """Those of the plans that read every row of the table."""
    return [plan for plan in plans if f"Seq Scan on {table}" in plan]
