"""Cases as settlement sees them, remedies, approvals, goods, payouts and the ledger."""

from alembic import op

revision = "0002_settlement"
down_revision = "0001_kernel"

TABLES = (
    "case_view",
    "touched",
    "remedy",
    "approval",
    "movement",
    "payout",
    "ledger_entry",
    "ledger_posting",
)


def upgrade() -> None:
    op.execute("""CREATE TABLE settlement.case_view (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        number TEXT NOT NULL,
        pack TEXT NOT NULL,
        policy_version INTEGER NOT NULL,
        facts JSONB NOT NULL,
        milestones JSONB NOT NULL,
        documents JSONB NOT NULL,
        CONSTRAINT pk_case_view PRIMARY KEY (org_id, case_id)
    )""")
    op.execute("""CREATE TABLE settlement.touched (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        subject TEXT NOT NULL,
        first_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_touched PRIMARY KEY (org_id, case_id, subject)
    )""")
    op.execute("""CREATE TABLE settlement.remedy (
        org_id UUID NOT NULL,
        remedy_id UUID NOT NULL,
        case_id UUID NOT NULL,
        remedy TEXT NOT NULL,
        mode TEXT NOT NULL,
        cite TEXT NOT NULL,
        state TEXT NOT NULL,
        version BIGINT NOT NULL,
        amount_minor BIGINT NOT NULL,
        currency TEXT NOT NULL,
        quantity NUMERIC,
        quote JSONB NOT NULL,
        quote_hash TEXT NOT NULL,
        quoted_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        round INTEGER,
        consent BOOLEAN,
        certificate JSONB,
        returned NUMERIC NOT NULL,
        released NUMERIC NOT NULL,
        final BOOLEAN NOT NULL,
        reason TEXT,
        reference TEXT,
        CONSTRAINT pk_remedy PRIMARY KEY (org_id, remedy_id),
        CONSTRAINT fk_remedy_org_id_case_id FOREIGN KEY(org_id, case_id) REFERENCES settlement.case_view (org_id, case_id),
        CONSTRAINT ck_remedy_state CHECK (state IN ('quoted', 'offered', 'accepted', 'approved', 'payout_requested', 'in_doubt', 'executed', 'failed', 'rejected', 'declined', 'expired')),
        CONSTRAINT ck_remedy_mode CHECK (mode IN ('money', 'replacement')),
        CONSTRAINT ck_remedy_amount CHECK (amount_minor BETWEEN 0 AND 1000000000000000),
        CONSTRAINT ck_remedy_money CHECK (mode = 'replacement' OR amount_minor > 0),
        CONSTRAINT ck_remedy_quantity CHECK ((mode = 'replacement') = (quantity IS NOT NULL)),
        CONSTRAINT ck_remedy_goods CHECK (0 <= released AND released <= returned AND returned <= coalesce(quantity, 0))
    )""")
    op.execute("""CREATE INDEX ix_remedy_case ON settlement.remedy (org_id, case_id, remedy_id)""")
    op.execute("""CREATE INDEX ix_remedy_expiring ON settlement.remedy (expires_at) WHERE state IN ('quoted', 'offered')""")
    op.execute("""CREATE TABLE settlement.approval (
        org_id UUID NOT NULL,
        remedy_id UUID NOT NULL,
        role TEXT NOT NULL,
        subject TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_approval PRIMARY KEY (org_id, remedy_id, role),
        CONSTRAINT uq_approval_subject UNIQUE (org_id, remedy_id, subject),
        CONSTRAINT fk_approval_org_id_remedy_id FOREIGN KEY (org_id, remedy_id) REFERENCES settlement.remedy (org_id, remedy_id)
    )""")
    op.execute("""CREATE TABLE settlement.movement (
        org_id UUID NOT NULL,
        movement_id UUID NOT NULL,
        remedy_id UUID NOT NULL,
        kind TEXT NOT NULL,
        quantity NUMERIC NOT NULL,
        subject TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_movement PRIMARY KEY (org_id, movement_id),
        CONSTRAINT fk_movement_org_id_remedy_id FOREIGN KEY (org_id, remedy_id) REFERENCES settlement.remedy (org_id, remedy_id),
        CONSTRAINT ck_movement_kind CHECK (kind IN ('return', 'release')),
        CONSTRAINT ck_movement_quantity CHECK (quantity > 0)
    )""")
    op.execute("""CREATE INDEX ix_movement_remedy ON settlement.movement (org_id, remedy_id)""")
    op.execute("""CREATE TABLE settlement.payout (
        org_id UUID NOT NULL,
        payout_id UUID NOT NULL,
        case_id UUID NOT NULL,
        remedy_id UUID NOT NULL,
        basis_id UUID NOT NULL,
        request JSONB NOT NULL,
        amount_minor BIGINT NOT NULL,
        currency TEXT NOT NULL,
        state TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
        next_at TIMESTAMP WITH TIME ZONE NOT NULL,
        leased_until TIMESTAMP WITH TIME ZONE,
        reference TEXT,
        reason TEXT,
        CONSTRAINT pk_payout PRIMARY KEY (org_id, payout_id),
        CONSTRAINT uq_payout_remedy UNIQUE (org_id, remedy_id),
        CONSTRAINT fk_payout_org_id_remedy_id FOREIGN KEY (org_id, remedy_id) REFERENCES settlement.remedy (org_id, remedy_id),
        CONSTRAINT ck_payout_state CHECK (state IN ('to_send', 'unknown', 'quarantined', 'executed', 'failed')),
        CONSTRAINT ck_payout_amount CHECK (amount_minor BETWEEN 1 AND 1000000000000000)
    )""")
    op.execute("""CREATE INDEX ix_payout_open ON settlement.payout (next_at) WHERE state IN ('to_send', 'unknown', 'quarantined')""")
    op.execute("""CREATE UNIQUE INDEX uq_payout_basis ON settlement.payout (org_id, basis_id) WHERE state <> 'failed'""")
    op.execute("""CREATE TABLE settlement.ledger_entry (
        org_id UUID NOT NULL,
        entry_id UUID NOT NULL,
        case_id UUID NOT NULL,
        remedy_id UUID NOT NULL,
        business_key TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_ledger_entry PRIMARY KEY (org_id, entry_id),
        CONSTRAINT uq_ledger_entry_business_key UNIQUE (org_id, business_key)
    )""")
    op.execute("""CREATE INDEX ix_ledger_entry_case ON settlement.ledger_entry (org_id, case_id)""")
    op.execute("""CREATE TABLE settlement.ledger_posting (
        org_id UUID NOT NULL,
        entry_id UUID NOT NULL,
        line INTEGER NOT NULL,
        account TEXT NOT NULL,
        amount_minor BIGINT NOT NULL,
        currency TEXT NOT NULL,
        cite TEXT NOT NULL,
        CONSTRAINT pk_ledger_posting PRIMARY KEY (org_id, entry_id, line),
        CONSTRAINT fk_ledger_posting_org_id_entry_id FOREIGN KEY (org_id, entry_id) REFERENCES settlement.ledger_entry (org_id, entry_id),
        CONSTRAINT ck_ledger_posting_amount CHECK (amount_minor <> 0)
    )""")
    op.execute("""CREATE FUNCTION settlement.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the ledger is only ever added to' USING ERRCODE = 'integrity_constraint_violation';
        END $$""")
    op.execute("""CREATE FUNCTION settlement.require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (SELECT sum(amount_minor) <> 0 OR count(DISTINCT currency) <> 1 FROM settlement.ledger_posting
                WHERE org_id = NEW.org_id AND entry_id = NEW.entry_id) THEN
                RAISE EXCEPTION 'ledger entry % does not balance', NEW.entry_id
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NULL;
        END $$""")
    for table in ("ledger_entry", "ledger_posting"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON settlement.{table} "
            "FOR EACH ROW EXECUTE FUNCTION settlement.refuse_change()"
        )
    op.execute("""CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON settlement.ledger_posting
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement.require_balance()""")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE settlement.{table}")
    op.execute("DROP FUNCTION settlement.require_balance()")
    op.execute("DROP FUNCTION settlement.refuse_change()")
