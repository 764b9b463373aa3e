"""The year and month of a case stand among its grams, so that the index gives the newest cases with a common word."""

from alembic import op

revision = "0015_months_in_search"
down_revision = "0014_message_tasks"

# The first 48 bits of a UUIDv7 are milliseconds since 1970 (RFC 9562, section 5.7).
_AT = (
    "(to_timestamp(('x' || substr(replace(case_id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0) "
    "AT TIME ZONE 'UTC')"
)
_YEAR = f"extract(year FROM {_AT})::int"
_MONTH = f"({_YEAR} * 12 + extract(month FROM {_AT})::int - 1)"


def upgrade() -> None:
    _change(f"grams || {_YEAR} || {_MONTH}")


def downgrade() -> None:
    _change(f"array_remove(array_remove(grams, {_MONTH}), {_YEAR})")


def _change(grams: str) -> None:
    op.execute("DROP INDEX intake.ix_case_search_grams")
    op.execute(f"UPDATE intake.case_search SET grams = {grams} WHERE substr(case_id::text, 15, 1) = '7'")  # noqa: S608
    op.execute(
        "CREATE INDEX ix_case_search_grams ON intake.case_search USING gin (grams) WITH (gin_pending_list_limit = 512)"
    )
