"""What notify knows of cases, whom it can reach, its webhook endpoints, messages and attempts."""

from alembic import op

revision = "0002_messages"
down_revision = "0001_kernel"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""CREATE TABLE notify.case_view (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        number TEXT NOT NULL,
        case_type TEXT NOT NULL,
        channel TEXT NOT NULL,
        status TEXT NOT NULL,
        previous_status TEXT NOT NULL,
        owner TEXT NOT NULL,
        first_responder TEXT NOT NULL,
        customer_ref TEXT NOT NULL,
        received_at TIMESTAMP WITH TIME ZONE NOT NULL,
        pack TEXT NOT NULL,
        policy_version INTEGER NOT NULL,
        facts JSONB NOT NULL,
        milestones TEXT[] NOT NULL,
        CONSTRAINT pk_case_view PRIMARY KEY (org_id, case_id)
    )""")
    op.execute("""CREATE TABLE notify.party (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        role TEXT NOT NULL,
        name TEXT NOT NULL,
        email TEXT,
        phone TEXT,
        locale TEXT NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_party PRIMARY KEY (org_id, case_id, role)
    )""")
    op.execute("""CREATE TABLE notify.endpoint (
        org_id UUID NOT NULL,
        endpoint_id UUID NOT NULL,
        url TEXT NOT NULL,
        events TEXT[] NOT NULL,
        state TEXT DEFAULT 'active' NOT NULL,
        reason TEXT,
        secret BYTEA NOT NULL,
        previous_secret BYTEA,
        previous_until TIMESTAMP WITH TIME ZONE,
        seed BYTEA NOT NULL,
        created_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_endpoint PRIMARY KEY (org_id, endpoint_id),
        CONSTRAINT ck_endpoint_state CHECK (state IN ('active', 'disabled')),
        CONSTRAINT ck_endpoint_previous_secret CHECK ((previous_secret IS NULL) = (previous_until IS NULL)),
        CONSTRAINT ck_endpoint_seed CHECK (octet_length(seed) = 32)
    )""")
    op.execute("""CREATE TABLE notify.message (
        org_id UUID NOT NULL,
        message_id UUID NOT NULL,
        case_id UUID NOT NULL,
        occasion TEXT NOT NULL,
        rule TEXT NOT NULL,
        recipient TEXT NOT NULL,
        channel TEXT NOT NULL,
        step SMALLINT NOT NULL,
        endpoint_id TEXT NOT NULL,
        on_event TEXT NOT NULL,
        template TEXT NOT NULL,
        template_version INTEGER NOT NULL,
        locale TEXT NOT NULL,
        cite TEXT NOT NULL,
        fallback TEXT[] NOT NULL,
        address TEXT,
        subject TEXT NOT NULL,
        body TEXT NOT NULL,
        sender_name TEXT NOT NULL,
        sender_email TEXT NOT NULL,
        is_rechecked BOOLEAN NOT NULL,
        state TEXT NOT NULL,
        attempts SMALLINT NOT NULL,
        is_simulated BOOLEAN NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE,
        expires_at TIMESTAMP WITH TIME ZONE,
        ended_at TIMESTAMP WITH TIME ZONE,
        reason TEXT,
        lease_token UUID,
        leased_until TIMESTAMP WITH TIME ZONE,
        attempted_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_message PRIMARY KEY (org_id, message_id),
        CONSTRAINT uq_message_identity UNIQUE (org_id, case_id, occasion, rule, recipient, channel, step, endpoint_id),
        CONSTRAINT ck_message_channel CHECK (channel IN ('email', 'webhook', 'internal')),
        CONSTRAINT ck_message_state CHECK (state IN ('queued', 'sending', 'sent', 'skipped', 'failed')),
        CONSTRAINT ck_message_lease CHECK ((state = 'sending') = (lease_token IS NOT NULL)),
        CONSTRAINT ck_message_lease_whole CHECK ((lease_token IS NULL) = (leased_until IS NULL)),
        CONSTRAINT ck_message_due_at CHECK ((state IN ('queued', 'sending')) = (due_at IS NOT NULL)),
        CONSTRAINT ck_message_ended_at CHECK ((state IN ('sent', 'skipped', 'failed')) = (ended_at IS NOT NULL)),
        CONSTRAINT ck_message_reason CHECK ((state IN ('skipped', 'failed')) <= (reason IS NOT NULL)),
        CONSTRAINT ck_message_address CHECK (address IS NOT NULL OR state IN ('skipped', 'failed')),
        CONSTRAINT ck_message_attempts CHECK (attempts >= 0)
    )""")
    op.execute("""CREATE INDEX ix_message_due ON notify.message (channel, due_at) WHERE state = 'queued' AND NOT is_simulated""")
    op.execute("""CREATE INDEX ix_message_due_simulated ON notify.message (org_id, channel, due_at) WHERE state = 'queued' AND is_simulated""")
    op.execute("""CREATE INDEX ix_message_endpoint ON notify.message (org_id, endpoint_id, message_id) WHERE endpoint_id <> ''""")
    op.execute("""CREATE INDEX ix_message_inbox ON notify.message (org_id, address, message_id) WHERE channel = 'internal' AND state = 'sent'""")
    op.execute("""CREATE INDEX ix_message_leased ON notify.message (channel, leased_until) WHERE state = 'sending'""")
    op.execute("""CREATE INDEX ix_message_open ON notify.message (org_id) WHERE state IN ('queued', 'sending')""")
    op.execute("""CREATE TABLE notify.attempt (
        org_id UUID NOT NULL,
        message_id UUID NOT NULL,
        number SMALLINT NOT NULL,
        started_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE,
        verdict TEXT NOT NULL,
        code INTEGER,
        reason TEXT NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        CONSTRAINT pk_attempt PRIMARY KEY (org_id, message_id, number),
        CONSTRAINT fk_attempt_org_id_message_id FOREIGN KEY(org_id, message_id) REFERENCES notify.message (org_id, message_id) ON DELETE CASCADE,
        CONSTRAINT ck_attempt_verdict CHECK (verdict IN ('delivered', 'temporary', 'permanent', 'gone', 'unknown'))
    )""")
    op.execute("ALTER TABLE notify.message SET (autovacuum_vacuum_scale_factor = 0.02, fillfactor = 80)")


def downgrade() -> None:
    for table in ("attempt", "message", "endpoint", "party", "case_view"):
        op.execute(f"DROP TABLE notify.{table}")
