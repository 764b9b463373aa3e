"""What cases have in common with others, and what the looks of a registration answered."""

from alembic import op

revision = "0023_looks"
down_revision = "0022_counted_by_status"
branch_labels = None
depends_on = None

# The texts of the parts of a key as a JSON array, its hash where it is long; NULL when one of them is absent.
_VALUE = """
CREATE FUNCTION intake.look_value(
    key text, customer text, order_ref text, case_type text, owner text, facts jsonb
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN bool_or(part IS NULL) THEN NULL
        WHEN length(jsonb_agg(part ORDER BY place)::text) <= 200 THEN jsonb_agg(part ORDER BY place)::text
        ELSE encode(sha256(convert_to(jsonb_agg(part ORDER BY place)::text, 'UTF8')), 'hex')
    END
    FROM (
        SELECT place, CASE name
            WHEN 'customer' THEN customer
            WHEN 'order' THEN order_ref
            WHEN 'case_type' THEN case_type
            WHEN 'owner' THEN owner
            ELSE facts ->> substr(name, 7)
        END AS part
        FROM unnest(string_to_array(key, '|')) WITH ORDINALITY AS named (name, place)
    ) AS parts
$$
"""


def upgrade() -> None:
    op.execute("ALTER TABLE intake.case_file ADD COLUMN looks JSONB")
    op.execute("""CREATE TABLE intake.look_key (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        key TEXT NOT NULL,
        value TEXT,
        received_at TIMESTAMP WITH TIME ZONE NOT NULL,
        case_type TEXT NOT NULL,
        CONSTRAINT pk_look_key PRIMARY KEY (org_id, case_id, key),
        CONSTRAINT fk_look_key_org_id_case_id FOREIGN KEY(org_id, case_id)
            REFERENCES intake.case_file (org_id, case_id)
    )""")
    op.execute("CREATE INDEX ix_look_key_value ON intake.look_key (org_id, key, value, received_at, case_id)")
    op.execute("""CREATE TABLE intake.look_declared (
        org_id UUID NOT NULL,
        pack TEXT NOT NULL,
        key TEXT NOT NULL,
        filled_to UUID,
        filled_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_look_declared PRIMARY KEY (org_id, pack, key)
    )""")
    op.execute("CREATE INDEX ix_look_declared_unfilled ON intake.look_declared (org_id) WHERE filled_at IS NULL")
    op.execute(_VALUE)


def downgrade() -> None:
    op.execute("DROP FUNCTION intake.look_value(text, text, text, text, text, jsonb)")
    op.execute("DROP TABLE intake.look_declared")
    op.execute("DROP TABLE intake.look_key")
    op.execute("ALTER TABLE intake.case_file DROP COLUMN looks")
