"""Rows of `figure`: what each case contributes to each indicator, summed by period in one statement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import orjson
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    Select,
    Table,
    Text,
    and_,
    case,
    func,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.sla.cases.rules import CaseKey
from services.sla.cases.store import CASE_VIEW
from services.sla.indicators.rules.figure import Figure
from services.sla.indicators.rules.number import Totals
from services.sla.migrations.schema import METADATA
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

FIGURE: Final = Table(
    "figure",
    METADATA,
    uuid_column("org_id", primary_key=True),
    Column("pack", Text, primary_key=True),
    Column("indicator", Text, primary_key=True),
    uuid_column("case_id", primary_key=True),
    instant_column("at"),
    Column("counts", Boolean, nullable=False),
    Column("days", Integer),
    instant_column("due_at", nullable=True),
    instant_column("done_at", nullable=True),
    Column("done", Boolean, nullable=False),
    Column("undated", Boolean, nullable=False),
    Column("groups", ARRAY(Text), nullable=False),
    Column("amount", Numeric(27, 9)),
    ForeignKeyConstraint(["org_id", "case_id"], ["sla.case_view.org_id", "sla.case_view.case_id"]),
    CheckConstraint("NOT done OR (done_at IS NOT NULL AND (due_at IS NULL OR done_at <= due_at))", name="done"),
    CheckConstraint("NOT undated OR (due_at IS NULL AND NOT done)", name="undated"),
    Index("ix_figure_case", "org_id", "case_id"),
    Index(
        "ix_figure_period",
        *("org_id", "pack", "indicator", "at", "case_id"),
        postgresql_include=["days", "done", "undated"],
        postgresql_where=text("counts"),
    ),
    Index("ix_figure_undated", "org_id", "case_id", postgresql_where=text("undated")),
)

_KEY: Final = ("org_id", "pack", "indicator", "case_id")
_REPLACED: Final = ", ".join(
    f"{column.name} = excluded.{column.name}" for column in FIGURE.c if column.name not in _KEY
)
_UPSERT: Final = f"""
    INSERT INTO figure SELECT * FROM jsonb_populate_recordset(NULL::figure, $1::text::jsonb)
    ON CONFLICT ({", ".join(_KEY)}) DO UPDATE SET {_REPLACED}
"""  # noqa: S608 (names of columns)
_AS_TEXT: Final = frozenset({"org_id", "case_id"})
_OF_CASES: Final = f"""
    SELECT {", ".join(f"f.{each.name}::text" if each.name in _AS_TEXT else f"f.{each.name}" for each in FIGURE.c)}
    FROM figure AS f JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (org_id, case_id)
        ON f.org_id = wanted.org_id AND f.case_id = wanted.case_id
"""  # noqa: S608 (names of columns)
MOST_GROUPS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which figures: those of one indicator whose cases counted from `starts_at` until before `ends_at`."""

    org: OrgId
    pack: str
    indicator: str
    starts_at: datetime
    ends_at: datetime

    def counted(self) -> ColumnElement[bool]:
        """The condition on a row."""
        return and_(
            FIGURE.c.org_id == self.org,
            FIGURE.c.pack == self.pack,
            FIGURE.c.indicator == self.indicator,
            FIGURE.c.at >= self.starts_at,
            FIGURE.c.at < self.ends_at,
            FIGURE.c.counts,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """How many cases share a value, and their amounts together; `name` is None for those without one."""

    name: str | None
    cases: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFigure:
    """One case behind the number."""

    number: str
    case_type: str
    figure: Figure


async def of_cases(tx: Transaction, cases: Collection[CaseKey]) -> dict[CaseKey, dict[str, Figure]]:
    """What these cases contribute, by case and indicator."""
    if not cases:
        return {}
    found: dict[CaseKey, dict[str, Figure]] = {}
    for row in await tx.rows(_OF_CASES, ([org for org, _ in cases], [case_id for _, case_id in cases])):
        figure = _figure(row)
        found.setdefault((figure.org, figure.case_id), {})[figure.indicator] = figure
    return found


async def save(tx: Transaction, figures: Sequence[Figure]) -> None:
    """Store figures in place of those of the same case and indicator; of several the last one."""
    if figures:
        last = {tuple(values[name] for name in _KEY): values for values in map(_values, figures)}
        await tx.rows(_UPSERT, (orjson.dumps(list(last.values())).decode(),))


async def totals(tx: Transaction, selection: Selection) -> Totals:
    """The sums over the whole period."""
    known = ~FIGURE.c.undated
    query = select(
        func.count().filter(known).label("population"),
        func.count().filter(FIGURE.c.undated).label("undated"),
        func.coalesce(func.sum(FIGURE.c.days), 0).label("days"),
        func.count().filter(FIGURE.c.done).label("done"),
        func.coalesce(func.sum(FIGURE.c.amount), 0).label("amount"),
    ).where(selection.counted())
    row = (await tx.execute(query)).one()
    return Totals(population=row.population, undated=row.undated, days=row.days, done=row.done, amount=row.amount)


async def groups(tx: Transaction, selection: Selection) -> list[Group]:
    """The groups of the period, the largest first; one more than `MOST_GROUPS` when there are more."""
    none = literal([None], ARRAY(Text))
    names = case((func.cardinality(FIGURE.c.groups) == 0, none), else_=FIGURE.c.groups)
    each = select(func.unnest(names).label("name"), FIGURE.c.amount).where(selection.counted()).subquery()
    counted = func.count().label("cases")
    amount = func.coalesce(func.sum(each.c.amount), 0).label("amount")
    query = select(each.c.name, counted, amount).group_by(each.c.name).order_by(counted.desc(), each.c.name)
    rows = await tx.execute(query.limit(MOST_GROUPS + 1))
    return [Group(name=row.name, cases=row.cases, amount=Decimal(row.amount)) for row in rows]


async def page(
    tx: Transaction, selection: Selection, *, after: tuple[datetime, str] | None, limit: int
) -> list[CaseFigure]:
    """The cases behind the number, in the order in which they counted."""
    joined = FIGURE.join(CASE_VIEW, (CASE_VIEW.c.org_id == FIGURE.c.org_id) & (CASE_VIEW.c.case_id == FIGURE.c.case_id))
    query: Select[Any] = select(FIGURE, CASE_VIEW.c.number, CASE_VIEW.c.case_type).select_from(joined)
    query = query.where(selection.counted())
    if after is not None:
        query = query.where(tuple_(FIGURE.c.at, FIGURE.c.case_id) > after)
    rows = await tx.execute(query.order_by(FIGURE.c.at, FIGURE.c.case_id).limit(limit))
    return [
        CaseFigure(number=row.number, case_type=row.case_type, figure=_figure(row[: len(FIGURE.c)])) for row in rows
    ]


async def undated(tx: Transaction, *, after: tuple[OrgId, CaseId] | None, limit: int) -> list[tuple[OrgId, CaseId]]:
    """Cases with a figure whose calendar is not confirmed far enough, in the order of their keys."""
    key = tuple_(FIGURE.c.org_id, FIGURE.c.case_id)
    query = select(FIGURE.c.org_id, FIGURE.c.case_id).where(FIGURE.c.undated).distinct()
    if after is not None:
        query = query.where(key > after)
    rows = await tx.execute(query.order_by(FIGURE.c.org_id, FIGURE.c.case_id).limit(limit))
    return [(OrgId(row.org_id), CaseId(row.case_id)) for row in rows]


def _values(figure: Figure) -> dict[str, object]:
    return {
        "org_id": figure.org,
        "pack": figure.pack,
        "indicator": figure.indicator,
        "case_id": figure.case_id,
        "at": figure.at,
        "counts": figure.counts,
        "days": figure.days,
        "due_at": figure.due_at,
        "done_at": figure.done_at,
        "done": figure.done,
        "undated": figure.undated,
        "groups": list(figure.groups),
        "amount": None if figure.amount is None else format(figure.amount, "f"),
    }


def _figure(columns: Sequence[Any]) -> Figure:
    """The figure of a row, whose columns are those of the table."""
    org, pack, indicator, case_id, *rest = columns
    at, counts, days, due_at, done_at, done, undated, groups, amount = rest
    return Figure(
        org=OrgId(org),
        pack=pack,
        indicator=indicator,
        case_id=CaseId(case_id),
        at=at,
        counts=counts,
        days=days,
        due_at=due_at,
        done_at=done_at,
        done=done,
        undated=undated,
        groups=tuple(groups),
        amount=amount,
    )
