"""The table `task`: one row for each open task, replaced case by case in the transaction that changes the case."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    and_,
    any_,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.intake.cases.store.cases import key_columns
from services.intake.cases.store.listing import CUSTOMER_NAME
from services.intake.cases.store.tables import CASE
from services.intake.migrations.schema import METADATA
from services.intake.search.rules import Wanted
from services.intake.search.store import SEARCH, few_with, matches, readings_of
from services.intake.tasks.rules import Task
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

NEVER: Final = datetime.fromisoformat("2199-12-31T00:00:00+00:00")
"""The due instant of a task that has none: it stands behind all others."""

TASK: Final = Table(
    "task",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    Column("kind", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("label_zh", Text, nullable=False),
    Column("label_en", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("cite", Text, nullable=False),
    instant_column("due_at"),
    Column("clock", Text),
    Column("amount_minor", BigInteger),
    Column("currency", Text),
    Column("person", Text),
    PrimaryKeyConstraint("org_id", "case_id", "kind", "ref"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
    Index("ix_task_due", "org_id", "due_at", "case_id", "kind", "ref"),
    Index("ix_task_kind", "org_id", "kind", "due_at", "case_id", "ref"),
)

_REPLACE: Final = """
WITH open AS (
    SELECT * FROM jsonb_to_recordset($3::text::jsonb) AS t (org_id uuid, case_id uuid, kind text, ref text, what text,
        label_zh text, label_en text, roles text[], cite text, due_at timestamptz, clock text, amount_minor bigint,
        currency text, person text)
), done AS (
    DELETE FROM intake.task t USING unnest($1::uuid[], $2::uuid[]) AS wanted (org_id, case_id)
    WHERE t.org_id = wanted.org_id AND t.case_id = wanted.case_id AND NOT EXISTS (SELECT FROM open o
        WHERE o.org_id = t.org_id AND o.case_id = t.case_id AND o.kind = t.kind AND o.ref = t.ref)
)
INSERT INTO intake.task AS t (org_id, case_id, kind, ref, what, label_zh, label_en, roles, cite, due_at, clock,
    amount_minor, currency, person)
SELECT org_id, case_id, kind, ref, what, label_zh, label_en, roles, cite, due_at, clock, amount_minor, currency, person
FROM open
ON CONFLICT (org_id, case_id, kind, ref) DO UPDATE SET roles = excluded.roles, cite = excluded.cite,
    label_zh = excluded.label_zh, label_en = excluded.label_en, person = excluded.person,
    due_at = excluded.due_at, clock = excluded.clock, amount_minor = excluded.amount_minor, currency = excluded.currency
WHERE (t.roles, t.cite, t.label_zh, t.person, t.due_at, t.clock, t.amount_minor, t.currency) IS DISTINCT FROM
    (excluded.roles, excluded.cite, excluded.label_zh, excluded.person, excluded.due_at, excluded.clock,
     excluded.amount_minor, excluded.currency)
"""


async def replace_tasks(tx: Transaction, tasks: Mapping[tuple[OrgId, CaseId], Sequence[Task]]) -> None:
    """Make these the open tasks of locked cases, with one statement; those that stay as they are are not written."""
    stored = [_stored(task, org=org, case_id=case_id) for (org, case_id), of_case in tasks.items() for task in of_case]
    await tx.rows(_REPLACE, (*key_columns(tasks), orjson.dumps(stored).decode()))


_PLAIN: Final = ("ref", "what", "cite", "clock", "amount_minor", "currency", "person")


def _stored(task: Task, *, org: OrgId, case_id: CaseId) -> dict[str, object]:
    plain = {name: getattr(task, name) for name in _PLAIN}
    labels = {"label_zh": task.label.zh, "label_en": task.label.en}
    place = {"org_id": org, "case_id": case_id, "kind": task.kind.value, "roles": list(task.roles)}
    return {**plain, **labels, **place, "due_at": task.due_at or NEVER}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task in a list, with its case."""

    case_id: str
    number: str
    case_type: str
    customer_ref: str
    customer_name: str | None
    order_ref: str | None
    owner: str
    kind: str
    ref: str
    what: str
    label_zh: str
    label_en: str
    roles: list[str]
    cite: str
    due_at: datetime
    clock: str | None
    amount_minor: int | None
    currency: str | None
    person: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of a query, and the cases that contain them; None of very many."""

    readings: Sequence[Wanted]
    cases: Sequence[str] | None


async def words_of(tx: Transaction, query: str | None, *, org: OrgId) -> Words | None:
    """What tasks are looked for by; None where `query` asks for nothing."""
    readings = await readings_of(tx, query, org=org)
    return Words(readings=readings, cases=await few_with(tx, readings, org=org)) if readings else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    """Which tasks a list shows; None shows all. A task is of a role when one of its roles is, or when it names none.

    What one person does is of no role; `subject` adds that person's tasks to those of the roles.
    """

    roles: Sequence[str] | None = None
    subject: str | None = None
    kinds: Sequence[str] = ()
    case_type: str | None = None
    due_before: datetime | None = None
    words: Words | None = None


TaskKey = tuple[datetime, str, str, str]
_OF_CASE: Final = ("number", "case_type", "customer_ref", "order_ref", "owner")
_KEY: Final = (TASK.c.due_at, TASK.c.case_id, TASK.c.kind, TASK.c.ref)
_BY_CASE: Final = (CASE.c.org_id == TASK.c.org_id) & (CASE.c.case_id == TASK.c.case_id)


async def task_list(
    tx: Transaction, chosen: TaskFilter, *, org: OrgId, after: TaskKey | None, limit: int
) -> list[TaskRow]:
    """Open tasks in the order in which they fall due, those without a due instant last, beyond `after`."""
    names = [name for name in TaskRow.__slots__ if name not in {*_OF_CASE, "customer_name"}]
    columns = (*(TASK.c[name] for name in names), *(CASE.c[name] for name in _OF_CASE))
    listed = select(*columns, CUSTOMER_NAME.label("customer_name")).join_from(TASK, CASE, _BY_CASE)
    query = _chosen(listed, chosen, org=org)
    if len(chosen.kinds) > 0:
        query = query.where(TASK.c.kind.in_(chosen.kinds))
    if after is not None:
        query = query.where(tuple_(*_KEY) > after)
    return [TaskRow(**row) for row in (await tx.execute(query.order_by(*_KEY).limit(limit))).mappings()]


async def with_messages_to_do(tx: Transaction, cases: Collection[tuple[OrgId, CaseId]]) -> list[tuple[OrgId, CaseId]]:
    """Those of the cases that have a message among their open tasks, in the order of their ids."""
    if not cases:
        return []
    orgs, case_ids = zip(*cases, strict=True)
    rows = await tx.rows(_WITH_MESSAGES, (list(orgs), list(case_ids)))
    return [(OrgId(org), CaseId(case_id)) for org, case_id in rows]


_WITH_MESSAGES: Final = """
SELECT DISTINCT t.org_id::text, t.case_id::text FROM intake.task t
JOIN unnest($1::uuid[], $2::uuid[]) AS told (org_id, case_id) USING (org_id, case_id)
WHERE t.kind = 'message' ORDER BY 1, 2
"""


COUNTED: Final = 1_000
"""Tasks that are counted, the first to fall due, where very many cases contain the words."""


async def task_counts(
    tx: Transaction, chosen: TaskFilter, *, org: OrgId, counted: int = COUNTED
) -> tuple[dict[str, int], bool]:
    """How many tasks of each kind there are under the same conditions, whatever kinds are chosen.

    And whether there may be more of each, as `counted` were reached.
    """
    kinds = select(TASK.c.kind).select_from(TASK)
    query = _chosen(kinds if chosen.case_type is None else kinds.join(CASE, _BY_CASE), chosen, org=org)
    is_bounded = chosen.words is not None and chosen.words.cases is None
    found = (query.order_by(*_KEY).limit(counted) if is_bounded else query).subquery()
    rows = await tx.execute(select(found.c.kind, func.count().label("number")).group_by(found.c.kind))
    counts = {row.kind: row.number for row in rows}
    return counts, is_bounded and sum(counts.values()) >= counted


def _chosen(query: Select[Any], chosen: TaskFilter, *, org: OrgId) -> Select[Any]:
    query = query.where(TASK.c.org_id == org)
    if chosen.roles is not None:
        named: ColumnElement[bool] = TASK.c.roles.overlap(list(chosen.roles))
        of_roles = and_(TASK.c.person.is_(None), or_(named, TASK.c.roles == text("'{}'")))
        query = query.where(or_(of_roles, TASK.c.person == chosen.subject) if chosen.subject else of_roles)
    if chosen.case_type is not None:
        query = query.where(CASE.c.case_type == chosen.case_type)
    if chosen.due_before is not None:
        query = query.where(TASK.c.due_at < chosen.due_before)
    if chosen.words is None:
        return query
    if chosen.words.cases is not None:
        return query.where(TASK.c.case_id == any_(literal(list(chosen.words.cases), ARRAY(TASK.c.case_id.type))))
    found_by = (SEARCH.c.org_id == TASK.c.org_id) & (SEARCH.c.case_id == TASK.c.case_id)
    return query.join(SEARCH, found_by).where(matches(chosen.words.readings))
