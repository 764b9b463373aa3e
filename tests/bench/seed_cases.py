"""A million cases in intake's tables by COPY, as an organisation has them after three years: words as people write them.

Every case has a customer, a contact, its words with their grams, and a clock; every third a remedy; every fifth is
open and has a task. Ids rise with time, as UUIDv7 do.
"""

import asyncio
import json
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from multiprocessing import get_context
from typing import Final

import asyncpg

from services.intake.search.rules import Searched, grams, words
from services.intake.tasks.rules import TaskKind
from shared.kernel.ids import CaseId, OrgId

BEGAN: Final = datetime(2023, 11, 1, tzinfo=UTC)
YEARS: Final = timedelta(days=3 * 365)
OLD_BRAND: Final = "凤麟"
"""A customer of the first twentieth of the cases only: common among old ones, absent from new ones."""
RARE: Final = "燊"
"""In the words of one case among ten thousand."""
BLOCK: Final = 20_000
_WRITERS: Final = 2
_PLACES: Final = [
    "江苏",
    "浙江",
    "山东",
    "上海",
    "广东",
    "河北",
    "河南",
    "湖北",
    "湖南",
    "安徽",
    "福建",
    "四川",
    "辽宁",
    "天津",
    "重庆",
    "陕西",
]
_BRANDS: Final = "华安宏达天成金鑫瑞丰恒泰联合兴盛永信东方海川正源新力博远诚和中通德利万佳明光"
_TRADES: Final = [
    "机械",
    "重工",
    "汽车零部件",
    "管业",
    "钢构",
    "船舶配件",
    "家电",
    "模具",
    "五金",
    "电气",
    "建材",
    "集装箱",
]
_FORMS: Final = ("有限公司", "股份有限公司", "制造有限公司", "贸易有限公司")
_PRODUCTS: Final = ["热轧卷", "冷轧板", "镀锌板", "中厚板", "线材", "螺纹钢", "无缝管", "酸洗卷", "硅钢", "彩涂板"]
_DEFECTS: Final = [
    "边部裂纹",
    "表面划伤",
    "厚度超差",
    "屈服强度偏低",
    "镀层脱落",
    "板形不良",
    "氧化铁皮压入",
    "夹杂",
    "折叠",
    "锈蚀",
    "塔形",
    "孔洞",
]
_ASKED: Final = [
    "请派员到现场核实",
    "要求退货处理",
    "要求折价",
    "请尽快给出处理意见",
    "影响生产线使用",
    "已封存待检",
    "附照片和检验报告",
]
_OPEN: Final = ("registered", "accepted", "investigated", "agreed")
TYPES: Final = ("quality_objection", "service_complaint", "enquiry", "delivery_dispute")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """A case as it is seeded: what searches can look for."""

    number: str
    order_ref: str
    customer_ref: str
    name: str
    phone: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where the cases go and how many there are."""

    url: str
    org: OrgId
    cases: int


def seeded(number: int, *, of: int) -> Seeded:
    """The case with this number; the same each time."""
    dice = random.Random(number)
    customer = int(dice.paretovariate(1.1)) % 20_000
    rare = RARE if number % 10_000 == 0 else ""
    defect, asked = dice.choice(_DEFECTS), dice.choice(_ASKED)
    tonnes = dice.randrange(1, 400)
    return Seeded(
        number=f"QO-{_received(number, of):%Y%m}-{number:07}",
        order_ref=f"SO-{2023 + number * 3 // of}-{dice.randrange(10**7):07}",
        customer_ref=f"C-{customer}",
        name=f"{OLD_BRAND}钢铁贸易有限公司" if number * 20 < of and number % 3 == 0 else _name(customer),
        phone=f"+86 13{dice.randrange(10)} {dice.randrange(10**4):04} {dice.randrange(10**4):04}",
        description=f"{dice.choice(_PRODUCTS)}{defect}{rare}, 约 {tonnes} 吨无法按原用途使用, {asked}。",
    )


@lru_cache(maxsize=20_000)
def _name(customer: int) -> str:
    dice = random.Random(-customer)
    brand = dice.choice(_BRANDS) + dice.choice(_BRANDS)
    return dice.choice(_PLACES) + brand + dice.choice(_TRADES) + dice.choice(_FORMS)


def _received(number: int, of: int) -> datetime:
    return BEGAN + YEARS * (number / of)


def _id(number: int, of: int) -> str:
    """A UUIDv7 of the instant at which the case came in (RFC 9562, section 5.7)."""
    milliseconds = f"{int(_received(number, of).timestamp() * 1000):012x}"
    return f"{milliseconds[:8]}-{milliseconds[8:]}-7000-8000-{number:012x}"


async def seed(plan: Plan) -> dict[str, int]:
    """Copy all cases in; the indexes are built afterwards, as for any bulk load. Bytes on disk of each table."""
    connection = await asyncpg.connect(plan.url)
    indexes = await connection.fetch(
        "SELECT format('%I.%I', schemaname, indexname) AS name, indexdef FROM pg_indexes "
        "WHERE schemaname = 'intake' AND tablename = ANY($1) AND indexname NOT LIKE 'pk%'",
        list(_TABLES),
    )
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(_WRITERS, mp_context=get_context("spawn")) as pool:
        blocks = [loop.run_in_executor(pool, _copy, plan, first) for first in range(0, plan.cases, BLOCK)]
        await asyncio.gather(*blocks)
    await connection.execute("SET maintenance_work_mem = '1GB'")
    for index in indexes:
        await connection.execute(index["indexdef"])
    for table in _TABLES:
        await connection.execute(f"VACUUM ANALYZE intake.{table}")
    sizes = await connection.fetch(
        "SELECT name, pg_total_relation_size('intake.' || name) AS bytes FROM unnest($1::text[]) AS name", list(_TABLES)
    )
    await connection.close()
    return {row["name"]: row["bytes"] for row in sizes}


def _copy(plan: Plan, first: int) -> None:
    """One block, in a process of its own."""
    asyncio.run(_copy_block(plan, range(first, min(first + BLOCK, plan.cases))))


async def _copy_block(plan: Plan, numbers: Sequence[int]) -> None:
    connection = await asyncpg.connect(plan.url)
    # Rows of a case refer to rows of the same block; triggers that check this are left out.
    await connection.execute("SET session_replication_role = replica")
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _TABLES}
    for number in numbers:
        for table, row in _rows(plan, number):
            rows[table].append(row)
    for table, columns in _TABLES.items():
        await connection.copy_records_to_table(
            table, schema_name="intake", columns=columns.split(), records=rows[table]
        )
    await connection.close()


_TABLES: Final = {
    "case_file": "org_id case_id number case_type channel status pack pack_version received_at registered_at "
    "first_responder owner customer_ref order_ref description facts milestones last_at version changed_at",
    "party": "org_id case_id party_id role name email phone locale",
    "case_search": "org_id case_id words grams",
    "clock_view": "org_id case_id clock_id version clock label_zh label_en state started_at due_at breached cite",
    "remedy_view": "org_id case_id remedy_id version remedy mode state amount_minor currency cite at",
    "task": "org_id case_id kind ref what label_zh label_en roles cite due_at clock amount_minor currency",
}


def _rows(plan: Plan, number: int) -> Iterator[tuple[str, tuple[object, ...]]]:
    case, at, case_id = seeded(number, of=plan.cases), _received(number, plan.cases), _id(number, plan.cases)
    key = (plan.org, case_id)
    is_open = number % 5 == 0
    found_by = words(
        Searched(
            number=case.number,
            order_ref=case.order_ref,
            customer_ref=case.customer_ref,
            names=[case.name],
            phones=[case.phone],
            description=case.description,
        )
    )
    facts = json.dumps({"province": "Jiangsu", "product": case.description[:3], "quantity_t": "60"})
    status, who = _OPEN[number % 4] if is_open else "closed", f"person{number % 80}"
    due_at = at + timedelta(days=number % 90)
    yield (
        "case_file",
        (*key, case.number, TYPES[number % 4], "erp", status, "laigang", 1, at, at, who, f"role{number % 7}",
         case.customer_ref, case.order_ref, case.description, facts, "[]", at, 3, at),
    )  # fmt: skip
    yield "party", (*key, case_id, "customer", case.name, None, case.phone, "zh-CN")
    yield "case_search", (*key, found_by, grams(plan.org, CaseId(case_id), found_by))
    state = "running" if is_open else "met"
    yield "clock_view", (*key, case_id, 1, "reply", "答复", "Reply", state, at, due_at, number % 11 == 0, "art. 7")
    if number % 3 == 0:
        yield "remedy_view", (*key, case_id, 1, "refund", "money", "executed", number, "CNY", "art. 9", at)
    if is_open:
        kind = list(TaskKind)[number % len(TaskKind)].value
        roles = [f"role{number % 7}", "business_staff"] if number % 2 else ["legal_affairs"]
        yield (
            "task",
            (*key, kind, "analyse", "analyse", "分析", "Analyse", roles, "art. 8", due_at, "reply", None, None),
        )
