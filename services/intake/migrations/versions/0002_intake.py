"""Contacts, cases and what belongs to them; copies of what the other services published."""

from alembic import op

revision = "0002_intake"
down_revision = "0001_kernel"

TABLES = (
    "case_file",
    "contact",
    "counter",
    "archive",
    "clock_view",
    "document",
    "evidence",
    "message_view",
    "party",
    "record",
    "remedy_view",
    "timeline_entry",
    "visit",
)


def upgrade() -> None:
    op.execute("""CREATE TABLE intake.case_file (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        number TEXT NOT NULL,
        case_type TEXT NOT NULL,
        channel TEXT NOT NULL,
        status TEXT NOT NULL,
        pack TEXT NOT NULL,
        pack_version INTEGER NOT NULL,
        received_at TIMESTAMP WITH TIME ZONE NOT NULL,
        registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
        first_responder TEXT NOT NULL,
        owner TEXT NOT NULL,
        customer_ref TEXT NOT NULL,
        order_ref TEXT,
        description TEXT,
        contact_id UUID,
        facts JSONB NOT NULL,
        milestones JSONB NOT NULL,
        last_at TIMESTAMP WITH TIME ZONE NOT NULL,
        version BIGINT NOT NULL,
        CONSTRAINT pk_case_file PRIMARY KEY (org_id, case_id),
        CONSTRAINT ck_case_file_version CHECK (version > 0),
        CONSTRAINT ck_case_file_order CHECK (last_at >= received_at)
    )""")
    op.execute("""CREATE INDEX ix_case_file_status ON intake.case_file (org_id, status, case_id)""")
    op.execute("""CREATE UNIQUE INDEX uq_case_file_number ON intake.case_file (org_id, number)""")
    op.execute("""CREATE TABLE intake.contact (
        org_id UUID NOT NULL,
        contact_id UUID NOT NULL,
        channel TEXT NOT NULL,
        kind TEXT NOT NULL,
        caller JSONB NOT NULL,
        summary TEXT,
        fields JSONB NOT NULL,
        pack TEXT NOT NULL,
        pack_version INTEGER NOT NULL,
        received_at TIMESTAMP WITH TIME ZONE NOT NULL,
        received_by TEXT NOT NULL,
        case_id UUID,
        CONSTRAINT pk_contact PRIMARY KEY (org_id, contact_id)
    )""")
    op.execute("""CREATE TABLE intake.counter (
        org_id UUID NOT NULL,
        series TEXT NOT NULL,
        value BIGINT NOT NULL,
        CONSTRAINT pk_counter PRIMARY KEY (org_id, series),
        CONSTRAINT ck_counter_value CHECK (value > 0)
    )""")
    op.execute("""CREATE TABLE intake.archive (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        archived_at TIMESTAMP WITH TIME ZONE NOT NULL,
        archived_by TEXT NOT NULL,
        entries JSONB NOT NULL,
        sha256 TEXT NOT NULL,
        CONSTRAINT pk_archive PRIMARY KEY (org_id, case_id),
        CONSTRAINT fk_archive_org_id_case_id FOREIGN KEY(org_id, case_id) REFERENCES intake.case_file (org_id, case_id)
    )""")
    op.execute("""CREATE TABLE intake.clock_view (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        clock_id UUID NOT NULL,
        version BIGINT NOT NULL,
        clock TEXT NOT NULL,
        label_zh TEXT NOT NULL,
        label_en TEXT NOT NULL,
        state TEXT NOT NULL,
        started_at TIMESTAMP WITH TIME ZONE NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE NOT NULL,
        breached BOOLEAN NOT NULL,
        cite TEXT NOT NULL,
        CONSTRAINT pk_clock_view PRIMARY KEY (org_id, case_id, clock_id),
        CONSTRAINT fk_clock_view_org_id_case_id FOREIGN KEY(org_id, case_id) REFERENCES intake.case_file (org_id, case_id)
    )""")
    op.execute("""CREATE TABLE intake.document (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        document_id UUID NOT NULL,
        template TEXT NOT NULL,
        number TEXT NOT NULL,
        revision INTEGER NOT NULL,
        state TEXT NOT NULL,
        fields JSONB NOT NULL,
        signatures JSONB NOT NULL,
        drafted_at TIMESTAMP WITH TIME ZONE NOT NULL,
        final_at TIMESTAMP WITH TIME ZONE,
        sha256 TEXT,
        corrects UUID,
        reason TEXT,
        CONSTRAINT pk_document PRIMARY KEY (org_id, case_id, document_id),
        CONSTRAINT fk_document_org_id_case_id FOREIGN KEY(org_id, case_id) REFERENCES intake.case_file (org_id, case_id),
        CONSTRAINT ck_document_state CHECK (state IN ('draft', 'signing', 'final', 'superseded')),
        CONSTRAINT ck_document_final CHECK (state <> 'final' OR (sha256 IS NOT NULL AND final_at IS NOT NULL)),
        CONSTRAINT ck_document_revision CHECK (revision > 0)
    )""")
    op.execute("""CREATE UNIQUE INDEX uq_document_live ON intake.document (org_id, case_id, template) WHERE state <> 'superseded'""")
    op.execute("""CREATE UNIQUE INDEX uq_document_number ON intake.document (org_id, number, revision)""")
    op.execute("""CREATE TABLE intake.evidence (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        evidence_id UUID NOT NULL,
        kind TEXT NOT NULL,
        media_type TEXT NOT NULL,
        size BIGINT NOT NULL,
        sha256 TEXT NOT NULL,
        filename TEXT,
        added_at TIMESTAMP WITH TIME ZONE NOT NULL,
        added_by TEXT NOT NULL,
        CONSTRAINT pk_evidence PRIMARY KEY (org_id, case_id, evidence_id),
        CONSTRAINT fk_evidence_org_id_case_id FOREIGN KEY(org_id, case_id) REFERENCES intake.case_file (org_id, case_id),
        CONSTRAINT ck_evidence_size CHECK (size > 0),
        CONSTRAINT ck_evidence_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$')
    )""")
    op.execute("""CREATE UNIQUE INDEX uq_evidence_content ON intake.evidence (org_id, case_id, kind, sha256)""")
    op.execute("""CREATE TABLE intake.message_view (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        message_id UUID NOT NULL,
        version BIGINT NOT NULL,
        rule TEXT NOT NULL,
        on_event TEXT NOT NULL,
        recipient TEXT NOT NULL,
        channel TEXT NOT NULL,
        state TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        cite TEXT NOT NULL,
        CONSTRAINT pk_message_view PRIMARY KEY (org_id, case_id, message_id),
        CONSTRAINT fk_message_view_org_id_case_id FOREIGN KEY(org_id, case_id) REFERENCES intake.case_file (org_id, case_id)
    )""")
    op.execute("""CREATE TABLE intake.party (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        party_id UUID NOT NULL,
        role TEXT NOT NULL,
        name TEXT NOT NULL,
        email TEXT,
        phone TEXT,
        locale TEXT NOT NULL,
        CONSTRAINT pk_party PRIMARY KEY (org_id, case_id, party_id),
        CONSTRAINT fk_party_org_id_case_id FOREIGN KEY(org_id, case_id) REFERENCES intake.case_file (org_id, case_id)
    )""")
    op.execute("""CREATE TABLE intake.record (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        record_id UUID NOT NULL,
        kind TEXT NOT NULL,
        fields JSONB NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        recorded_by TEXT NOT NULL,
        CONSTRAINT pk_record PRIMARY KEY (org_id, case_id, record_id),
        CONSTRAINT fk_record_org_id_case_id FOREIGN KEY(org_id, case_id) REFERENCES intake.case_file (org_id, case_id)
    )""")
    op.execute("""CREATE TABLE intake.remedy_view (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        remedy_id UUID NOT NULL,
        version BIGINT NOT NULL,
        remedy TEXT NOT NULL,
        mode TEXT NOT NULL,
        state TEXT NOT NULL,
        amount_minor BIGINT NOT NULL,
        currency TEXT NOT NULL,
        quantity TEXT,
        unit TEXT,
        returned TEXT,
        released TEXT,
        cite TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_remedy_view PRIMARY KEY (org_id, case_id, remedy_id),
        CONSTRAINT fk_remedy_view_org_id_case_id FOREIGN KEY(org_id, case_id) REFERENCES intake.case_file (org_id, case_id)
    )""")
    op.execute("""CREATE TABLE intake.timeline_entry (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        entry_id UUID NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        source TEXT NOT NULL,
        what TEXT NOT NULL,
        label_zh TEXT NOT NULL,
        label_en TEXT NOT NULL,
        actor TEXT NOT NULL,
        actor_roles JSONB NOT NULL,
        cite TEXT,
        milestone BOOLEAN NOT NULL,
        details JSONB NOT NULL,
        CONSTRAINT pk_timeline_entry PRIMARY KEY (org_id, case_id, entry_id),
        CONSTRAINT fk_timeline_entry_org_id_case_id FOREIGN KEY(org_id, case_id) REFERENCES intake.case_file (org_id, case_id),
        CONSTRAINT ck_timeline_entry_source CHECK (source IN ('step', 'evidence', 'reaction', 'sla', 'settlement', 'notify'))
    )""")
    op.execute("""CREATE INDEX ix_timeline_entry_at ON intake.timeline_entry (org_id, case_id, at, entry_id)""")
    op.execute("""CREATE TABLE intake.visit (
        org_id UUID NOT NULL,
        case_id UUID NOT NULL,
        visit_id UUID NOT NULL,
        state TEXT NOT NULL,
        fields JSONB NOT NULL,
        dispatched_at TIMESTAMP WITH TIME ZONE NOT NULL,
        arrived_at TIMESTAMP WITH TIME ZONE,
        completed_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_visit PRIMARY KEY (org_id, case_id, visit_id),
        CONSTRAINT fk_visit_org_id_case_id FOREIGN KEY(org_id, case_id) REFERENCES intake.case_file (org_id, case_id),
        CONSTRAINT ck_visit_state CHECK (state IN ('dispatched', 'arrived', 'completed')),
        CONSTRAINT ck_visit_arrival CHECK (arrived_at IS NULL OR arrived_at >= dispatched_at),
        CONSTRAINT ck_visit_completion CHECK (completed_at IS NULL OR completed_at >= arrived_at)
    )""")
    op.execute("""CREATE UNIQUE INDEX uq_visit_open ON intake.visit (org_id, case_id) WHERE state <> 'completed'""")
    for table in ("case_file", "counter", "clock_view", "remedy_view"):
        op.execute(f"ALTER TABLE intake.{table} SET (fillfactor = 85)")
    op.execute("""CREATE FUNCTION intake.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% never changes', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
        END $$""")
    op.execute("""CREATE TRIGGER fixed_at_registration
        BEFORE UPDATE OF number, case_type, pack, pack_version, received_at, registered_at, first_responder
        ON intake.case_file FOR EACH ROW EXECUTE FUNCTION intake.refuse_change('what was registered')""")
    op.execute("""CREATE TRIGGER final_papers BEFORE UPDATE ON intake.document FOR EACH ROW
        WHEN (OLD.state IN ('final', 'superseded') AND (NEW.fields, NEW.signatures, NEW.sha256, NEW.number, NEW.revision)
            IS DISTINCT FROM (OLD.fields, OLD.signatures, OLD.sha256, OLD.number, OLD.revision))
        EXECUTE FUNCTION intake.refuse_change('a final paper')""")
    for table in ("evidence", "archive", "timeline_entry", "record"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE ON intake.{table} "
            f"FOR EACH ROW EXECUTE FUNCTION intake.refuse_change('{table}')"
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE intake.{table}")
    op.execute("DROP FUNCTION intake.refuse_change()")
