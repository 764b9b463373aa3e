"""One ERP address for each organisation, payouts that wait, end and are paid again, and whom a case is about."""

from alembic import op

revision = "0005_erp"
down_revision = "0004_work_lists"
branch_labels = None
depends_on = None

STATES = "'to_send', 'unknown', 'pending', 'quarantined', 'executed', 'failed', 'reversed'"
BEFORE = "'to_send', 'unknown', 'quarantined', 'executed', 'failed'"


def upgrade() -> None:
    op.execute("ALTER TABLE settlement.case_view ADD COLUMN customer_ref TEXT NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE settlement.case_view ALTER COLUMN customer_ref DROP DEFAULT")
    op.execute("ALTER TABLE settlement.case_view ADD COLUMN order_ref TEXT")
    op.execute("""CREATE TABLE settlement.erp_address (
        org_id UUID NOT NULL,
        url TEXT NOT NULL,
        scheme TEXT NOT NULL,
        secret BYTEA NOT NULL,
        callback_secret BYTEA,
        set_by TEXT NOT NULL,
        set_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_erp_address PRIMARY KEY (org_id),
        CONSTRAINT ck_erp_address_scheme CHECK (scheme IN ('bearer', 'signature'))
    )""")
    op.execute("ALTER TABLE settlement.payout ALTER COLUMN next_at DROP NOT NULL")
    op.execute("""ALTER TABLE settlement.payout
        ADD COLUMN code TEXT,
        ADD COLUMN sent_to TEXT,
        ADD COLUMN settled_at TIMESTAMP WITH TIME ZONE,
        ADD COLUMN nudged BOOLEAN NOT NULL DEFAULT false,
        DROP CONSTRAINT uq_payout_remedy,
        DROP CONSTRAINT ck_payout_state,
        ADD CONSTRAINT ck_payout_state CHECK (state IN (%s))""" % STATES)
    op.execute("UPDATE settlement.payout SET next_at = NULL WHERE state IN ('executed', 'failed')")
    op.execute("""CREATE UNIQUE INDEX uq_payout_remedy ON settlement.payout (org_id, remedy_id)
        WHERE state <> 'reversed'""")
    op.execute("DROP INDEX settlement.uq_payout_basis")
    op.execute("""CREATE UNIQUE INDEX uq_payout_basis ON settlement.payout (org_id, basis_id)
        WHERE state NOT IN ('failed', 'reversed')""")
    op.execute("DROP INDEX settlement.ix_payout_open")
    op.execute("CREATE INDEX ix_payout_due ON settlement.payout (next_at) WHERE next_at IS NOT NULL")
    op.execute("CREATE INDEX ix_payout_of_remedy ON settlement.payout (org_id, remedy_id, payout_id)")


def downgrade() -> None:
    op.execute("DROP INDEX settlement.ix_payout_of_remedy")
    op.execute("DROP INDEX settlement.ix_payout_due")
    op.execute("DROP INDEX settlement.uq_payout_basis")
    op.execute("DROP INDEX settlement.uq_payout_remedy")
    op.execute("UPDATE settlement.payout SET next_at = requested_at WHERE next_at IS NULL")
    op.execute("""ALTER TABLE settlement.payout
        DROP CONSTRAINT ck_payout_state,
        ADD CONSTRAINT ck_payout_state CHECK (state IN (%s)) NOT VALID,
        ADD CONSTRAINT uq_payout_remedy UNIQUE (org_id, remedy_id),
        DROP COLUMN nudged,
        DROP COLUMN settled_at,
        DROP COLUMN sent_to,
        DROP COLUMN code""" % BEFORE)
    op.execute("ALTER TABLE settlement.payout ALTER COLUMN next_at SET NOT NULL")
    op.execute("""CREATE UNIQUE INDEX uq_payout_basis ON settlement.payout (org_id, basis_id)
        WHERE state <> 'failed'""")
    op.execute("""CREATE INDEX ix_payout_open ON settlement.payout (next_at)
        WHERE state IN ('to_send', 'unknown', 'quarantined')""")
    op.execute("DROP TABLE settlement.erp_address")
    op.execute("ALTER TABLE settlement.case_view DROP COLUMN order_ref")
    op.execute("ALTER TABLE settlement.case_view DROP COLUMN customer_ref")
