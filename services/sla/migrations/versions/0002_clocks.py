"""What sla knows of cases; calendars, clocks, targets, breaches, timers, extensions."""

from alembic import op

revision = "0002_clocks"
down_revision = "0001_kernel"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""CREATE TABLE sla.case_view (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        number TEXT NOT NULL,
        case_type TEXT NOT NULL,
        channel TEXT NOT NULL,
        pack TEXT NOT NULL,
        policy_version INTEGER NOT NULL,
        facts JSONB NOT NULL,
        milestones JSONB NOT NULL,
        seq INTEGER NOT NULL,
        CONSTRAINT pk_case_view PRIMARY KEY (org_id, case_id)
    )""")
    op.execute("""CREATE TABLE sla.calendar (
        org_id UUID NOT NULL,
        content_hash TEXT NOT NULL,
        document JSONB NOT NULL,
        CONSTRAINT pk_calendar PRIMARY KEY (org_id, content_hash)
    )""")
    op.execute("""CREATE TABLE sla.clock (
        org_id UUID NOT NULL,
        clock_id UUID NOT NULL,
        case_id UUID NOT NULL,
        rule TEXT NOT NULL,
        start_seq INTEGER NOT NULL,
        label_zh TEXT NOT NULL,
        label_en TEXT NOT NULL,
        cite TEXT NOT NULL,
        severity TEXT NOT NULL,
        calendars JSONB NOT NULL,
        status TEXT NOT NULL,
        started_at TIMESTAMP WITH TIME ZONE NOT NULL,
        stopped_at TIMESTAMP WITH TIME ZONE,
        stopped_by TEXT NOT NULL,
        version BIGINT NOT NULL,
        gen INTEGER NOT NULL,
        goal TEXT,
        target_cite TEXT,
        due_at TIMESTAMP WITH TIME ZONE,
        original_due_at TIMESTAMP WITH TIME ZONE,
        warn_at TIMESTAMP WITH TIME ZONE[] NOT NULL,
        target_set_at TIMESTAMP WITH TIME ZONE,
        why TEXT,
        extension_id UUID,
        granted_due_at TIMESTAMP WITH TIME ZONE,
        pauses JSONB NOT NULL,
        CONSTRAINT pk_clock PRIMARY KEY (org_id, clock_id),
        CONSTRAINT fk_clock_org_id_case_id FOREIGN KEY(org_id, case_id) REFERENCES sla.case_view (org_id, case_id),
        CONSTRAINT ck_clock_status CHECK (status IN ('undated', 'running', 'paused', 'met', 'missed', 'cancelled')),
        CONSTRAINT ck_clock_severity CHECK (severity IN ('breach', 'warning')),
        CONSTRAINT ck_clock_why CHECK (why IN ('start', 'retarget', 'resume', 'extension')),
        CONSTRAINT ck_clock_dated CHECK (status NOT IN ('running', 'paused', 'missed') OR gen > 0),
        CONSTRAINT ck_clock_target CHECK ((gen = 0) = (due_at IS NULL) AND (gen = 0) = (original_due_at IS NULL) AND (gen = 0) = (goal IS NULL) AND (gen = 0) = (target_cite IS NULL) AND (gen = 0) = (target_set_at IS NULL) AND (gen = 0) = (why IS NULL)),
        CONSTRAINT ck_clock_due_at CHECK (due_at >= original_due_at),
        CONSTRAINT ck_clock_stopped_at CHECK ((status IN ('undated', 'running', 'paused')) = (stopped_at IS NULL))
    )""")
    op.execute("""CREATE INDEX ix_clock_org_id_case_id ON sla.clock (org_id, case_id)""")
    op.execute("""CREATE INDEX ix_clock_org_id_due_at ON sla.clock (org_id, due_at, clock_id) WHERE status = 'running'""")
    op.execute("""CREATE INDEX ix_clock_undated ON sla.clock (org_id, clock_id) WHERE status = 'undated'""")
    op.execute("""CREATE UNIQUE INDEX uq_clock_open ON sla.clock (org_id, case_id, rule) WHERE status IN ('undated', 'running', 'paused')""")
    op.execute("""CREATE TABLE sla.target (
        org_id UUID NOT NULL,
        clock_id UUID NOT NULL,
        gen INTEGER NOT NULL,
        goal TEXT NOT NULL,
        cite TEXT NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE NOT NULL,
        original_due_at TIMESTAMP WITH TIME ZONE NOT NULL,
        set_at TIMESTAMP WITH TIME ZONE NOT NULL,
        why TEXT NOT NULL,
        extension_id UUID,
        CONSTRAINT pk_target PRIMARY KEY (org_id, clock_id, gen),
        CONSTRAINT fk_target_org_id_clock_id FOREIGN KEY(org_id, clock_id) REFERENCES sla.clock (org_id, clock_id),
        CONSTRAINT ck_target_why CHECK (why IN ('start', 'retarget', 'resume', 'extension'))
    )""")
    op.execute("""CREATE TABLE sla.breach (
        org_id UUID NOT NULL,
        clock_id UUID NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE NOT NULL,
        breached_at TIMESTAMP WITH TIME ZONE NOT NULL,
        mark TEXT NOT NULL,
        reason TEXT NOT NULL,
        marked_by TEXT NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        CONSTRAINT pk_breach PRIMARY KEY (org_id, clock_id, due_at),
        CONSTRAINT fk_breach_org_id_clock_id FOREIGN KEY(org_id, clock_id) REFERENCES sla.clock (org_id, clock_id),
        CONSTRAINT ck_breach_mark CHECK (mark IN ('standing', 'superseded', 'withdrawn', 'extended_late', 'reported_late', 'excused')),
        CONSTRAINT ck_breach_breached_at CHECK (breached_at > due_at)
    )""")
    op.execute("""CREATE TABLE sla.timer (
        org_id UUID NOT NULL,
        timer_id UUID NOT NULL,
        clock_id UUID NOT NULL,
        kind TEXT NOT NULL,
        gen INTEGER NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE NOT NULL,
        simulated BOOLEAN NOT NULL,
        state TEXT NOT NULL,
        fired_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_timer PRIMARY KEY (org_id, timer_id),
        CONSTRAINT fk_timer_org_id_clock_id FOREIGN KEY(org_id, clock_id) REFERENCES sla.clock (org_id, clock_id),
        CONSTRAINT ck_timer_kind CHECK (kind IN ('warning', 'breach')),
        CONSTRAINT ck_timer_state CHECK (state IN ('open', 'fired', 'cancelled')),
        CONSTRAINT ck_timer_fired_at CHECK ((state = 'fired') = (fired_at IS NOT NULL))
    )""")
    op.execute("""CREATE INDEX ix_timer_clock ON sla.timer (org_id, clock_id) WHERE state = 'open'""")
    op.execute("""CREATE INDEX ix_timer_due ON sla.timer (due_at) WHERE state = 'open' AND NOT simulated""")
    op.execute("""CREATE INDEX ix_timer_simulated_due ON sla.timer (org_id, due_at) WHERE state = 'open' AND simulated""")
    op.execute("""CREATE TABLE sla.extension (
        org_id UUID NOT NULL,
        extension_id UUID NOT NULL,
        case_id UUID NOT NULL,
        clock_id UUID NOT NULL,
        state TEXT NOT NULL,
        opinion TEXT NOT NULL,
        evidence TEXT[] NOT NULL,
        due_at_then TIMESTAMP WITH TIME ZONE NOT NULL,
        proposed_due_at TIMESTAMP WITH TIME ZONE NOT NULL,
        approver_role TEXT NOT NULL,
        requested_by TEXT NOT NULL,
        requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
        cite TEXT NOT NULL,
        decided_by TEXT,
        decided_at TIMESTAMP WITH TIME ZONE,
        granted_due_at TIMESTAMP WITH TIME ZONE,
        after_breach BOOLEAN NOT NULL,
        reason TEXT NOT NULL,
        CONSTRAINT pk_extension PRIMARY KEY (org_id, extension_id),
        CONSTRAINT fk_extension_org_id_clock_id FOREIGN KEY(org_id, clock_id) REFERENCES sla.clock (org_id, clock_id),
        CONSTRAINT ck_extension_state CHECK (state IN ('pending', 'granted', 'rejected', 'lapsed')),
        CONSTRAINT ck_extension_granted_due_at CHECK ((state = 'granted') = (granted_due_at IS NOT NULL)),
        CONSTRAINT ck_extension_decided_by CHECK ((state IN ('granted', 'rejected')) = (decided_by IS NOT NULL)),
        CONSTRAINT ck_extension_four_eyes CHECK (decided_by <> requested_by),
        CONSTRAINT ck_extension_proposed_due_at CHECK (proposed_due_at > due_at_then)
    )""")
    op.execute("""CREATE INDEX ix_extension_clock ON sla.extension (org_id, clock_id)""")
    op.execute("""CREATE UNIQUE INDEX uq_extension_pending ON sla.extension (org_id, clock_id) WHERE state = 'pending'""")
    op.execute("ALTER TABLE sla.timer SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.01)")


def downgrade() -> None:
    for table in ("extension", "timer", "breach", "target", "clock", "calendar", "case_view"):
        op.execute(f"DROP TABLE sla.{table}")
