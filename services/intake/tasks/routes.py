"""The one list of what is to be done, over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.intake.search.rules import LONGEST_QUERY
from services.intake.search.store import plan_for_values
from services.intake.tasks.rules import TaskKind
from services.intake.tasks.store import TaskFilter, TaskKey, task_counts, task_list, words_of
from services.intake.tasks.views import TaskPage, task_key, task_view
from shared.kernel.ids import is_id
from shared.kernel.instants import parse_instant
from shared.platform.db.transaction import snapshot
from shared.platform.http.admission import Works
from shared.platform.http.edge import Caller, Db, answer, needs
from shared.platform.http.paging import Key, PageTokenInvalid, Paging
from shared.platform.http.strict import Instant
from shared.platform.organisation_clock import organisation_now

router = APIRouter(tags=["tasks"])

Reader = Annotated[Caller, Depends(needs("cases:read"))]
Word = Annotated[str | None, Query(max_length=100)]


@router.get("/v1/tasks", operation_id="listTasks", response_model=TaskPage, dependencies=[Depends(Works(4, when="q"))])
async def index(  # noqa: PLR0913 (one for each filter)
    caller: Reader,
    db: Db,
    paging: Paging,
    *,
    mine: Annotated[bool, Query(description="Only what the caller, or one of the caller's roles, may do.")] = False,
    role: Annotated[str | None, Query(max_length=100, description="Only what this role may do.")] = None,
    kind: Annotated[list[TaskKind], Query(max_length=len(TaskKind))] = [],  # noqa: B006 (FastAPI copies it)
    case_type: Word = None,
    due_before: Annotated[Instant | None, Query()] = None,
    overdue: Annotated[bool, Query(description="Only what is due before the organisation's present.")] = False,
    q: Annotated[str | None, Query(max_length=LONGEST_QUERY, description="As in the list of cases.")] = None,
) -> Response:
    """List what is to be done in the organisation, in the order in which it falls due."""
    roles = [role] if role is not None else sorted(caller.roles) if mine else None
    async with snapshot(db) as tx:
        await plan_for_values(tx)
        before = await organisation_now(tx, caller.org) if overdue else None
        chosen = TaskFilter(
            roles=roles,
            subject=caller.subject if mine and role is None else None,
            kinds=[each.value for each in kind],
            case_type=case_type,
            due_before=_earlier(due_before, before),
            words=await words_of(tx, q, org=caller.org),
        )
        rows = await task_list(tx, chosen, org=caller.org, after=_after(paging.after), limit=paging.limit + 1)
        counts, are_minimum = await task_counts(tx, chosen, org=caller.org)
    page = paging.page([task_view(row) for row in rows], keys=[task_key(row) for row in rows])
    by_kind = {kind: counts.get(kind.value, 0) for kind in TaskKind}
    return answer(TaskPage(items=page.items, next=page.next, counts=by_kind, counts_are_minimum=are_minimum))


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(filter(None, (one, other)), default=None)


def _after(token: Key | None) -> TaskKey | None:
    if token is None:
        return None
    try:
        due_at, case_id, kind, ref = token
        key = (parse_instant(due_at), case_id, TaskKind(kind).value, ref)
    except ValueError as error:
        raise PageTokenInvalid from error
    if not is_id(case_id):
        raise PageTokenInvalid
    return key
