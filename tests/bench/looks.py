"""A look at other cases of one organisation with a million: a thousand have the same value, one in four counts."""

import math
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import asyncpg

from operate.runtime.embedded import admin_url, database_url
from operate.runtime.stack import Stack
from services.intake.looks.rules import MOST_OTHERS, Looker
from services.intake.looks.store import OTHERS
from services.intake.looks.use_cases.look import LookAtOthers, look
from services.intake.migrations.schema import KERNEL
from shared.kernel.ids import CaseId, OrgId, new_id
from shared.packs.intake.model.looks import Look
from shared.platform.db.engine import connect
from shared.platform.db.transaction import transaction
from tests.bench.organisation import on_the_real_clock
from tests.bench.search import CASES, Answered, Loaded
from tests.bench.seed_cases import Plan, seed

TIMES: Final = 300
WARMING: Final = 30
AIM_P99_SECONDS: Final = 0.1
_AT: Final = datetime(2026, 12, 1, tzinfo=UTC)
_LABEL: Final = {"zh": "同一产品", "en": "Same product"}
_COUNTS: Final = Look.parse({"id": "same", "label": _LABEL, "same": ["facts.serial"], "cite": "X-1 Art.1"})
_SUMS: Final = Look.parse({
    "id": "same",
    "label": _LABEL,
    "same": ["facts.serial"],
    "when": "other.status != 'closed'",
    "sum": "number(other.facts.quantity_t ?? '0')",
    "cite": "X-1 Art.1",
})  # fmt: skip

_KEYS: Final = """
    INSERT INTO intake.look_key (org_id, case_id, key, value, received_at, case_type)
    SELECT org_id, case_id, 'facts.serial',
        intake.look_value('facts.serial', NULL, NULL, NULL, NULL,
            jsonb_build_object('serial', 'S-' || row_number() OVER (ORDER BY md5(case_id::text)) % $2)),
        received_at, case_type
    FROM intake.case_file WHERE org_id = $1::uuid
"""
_DECLARED: Final = (
    "INSERT INTO intake.look_declared (org_id, pack, key, filled_at) VALUES ($1, $2, 'facts.serial', now())"
)


async def measure(stack: Stack, *, cases: int = CASES) -> list[Answered | Loaded]:
    """Load the cases with a key of which a thousand each have the same value, and look at them."""
    caller = await on_the_real_clock(stack)
    url = urlsplit(admin_url(stack))._replace(path=urlsplit(database_url(stack, "intake")).path).geturl()
    began = time.perf_counter()
    sizes = await seed(Plan(url=url, org=caller.org, cases=cases))
    values = max(cases // MOST_OTHERS, 1)
    connection = await asyncpg.connect(url)
    await connection.execute(_KEYS, caller.org, values, timeout=600)
    await connection.execute(_DECLARED, caller.org, "laigang")
    await connection.execute("VACUUM ANALYZE intake.look_key")
    await connection.close()
    megabytes = {name: size // 2**20 for name, size in sizes.items()}
    loaded = Loaded(cases=cases, seconds=time.perf_counter() - began, megabytes=megabytes)
    print(f"         {loaded.line()}", flush=True)
    return [
        loaded,
        await _looked(url, "look: a thousand others", _COUNTS, org=caller.org, values=values),
        await _looked(url, "look: with a condition and a sum", _SUMS, org=caller.org, values=values),
    ]


async def _looked(url: str, name: str, wanted: Look, *, org: OrgId, values: int) -> Answered:
    db = connect(url, kernel=KERNEL, application_name="bench")
    waits = []
    for number in range(WARMING + TIMES):
        looker = Looker(
            org=org,
            case_id=CaseId(new_id()),
            pack="laigang",
            case_type="quality_objection",
            customer_ref="C-1",
            order_ref=None,
            owner=None,
            facts={"serial": f"S-{number * 7 % values}"},
        )
        cmd = LookAtOthers(looks=(wanted,), looker=looker, at=_AT, zone=ZoneInfo("Asia/Shanghai"))
        async with transaction(db) as tx:
            began = time.perf_counter()
            await look(tx, cmd, now=_AT)
            waits.append(time.perf_counter() - began)
    async with transaction(db) as tx:
        [(value,)] = await tx.rows("SELECT value FROM look_key WHERE key = 'facts.serial' LIMIT 1")
        place: tuple[object, ...] = (
            org,
            "facts.serial",
            value,
            new_id(),
            "laigang",
            None,
            _AT,
            [],
            False,
            MOST_OTHERS + 1,
        )
        print("\n".join(f"         {line}" for (line,) in await tx.rows(f"EXPLAIN (ANALYZE, BUFFERS) {OTHERS}", place)))
    await db.dispose()
    return _answered(name, waits)


def _answered(name: str, waits: Sequence[float]) -> Answered:
    cold, measured = max(waits[:WARMING]), sorted(waits[WARMING:])
    result = Answered(
        name=name,
        cold=cold,
        p50=statistics.median(measured),
        p99=measured[math.ceil(len(measured) * 0.99) - 1],
        most=measured[-1],
        times=len(measured),
        aim=AIM_P99_SECONDS,
    )
    print(f"         {result.line()}", flush=True)
    return result
