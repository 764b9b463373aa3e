"""The yardstick of intake's POST and GET: bare FastAPI and SQLAlchemy Core, two rows in one transaction, nothing else.

No authentication, no idempotency, no policy, no history: what any of those costs is the distance to it.
"""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import create_async_engine

from shared.kernel.ids import new_id
from shared.platform.serving import settle_garbage_collection

METADATA = sa.MetaData(schema="bench")
CASE = sa.Table(
    "bare_case",
    METADATA,
    sa.Column("case_id", sa.Uuid(as_uuid=False), primary_key=True),
    sa.Column("org_id", sa.Uuid(as_uuid=False), nullable=False),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("customer_ref", sa.Text, nullable=False, index=True),
    sa.Column("facts", sa.JSON, nullable=False),
    sa.Column("document", sa.JSON, nullable=False),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
)
OUTBOX = sa.Table(
    "bare_outbox",
    METADATA,
    sa.Column("seq", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
    sa.Column("key", sa.Text, nullable=False, index=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
)


class Body(BaseModel):
    """What a case is registered with."""

    case_type: str
    channel: str
    description: str
    order_ref: str | None = None
    customer: dict[str, str]
    facts: dict[str, str]


def create_app(url: str) -> FastAPI:
    """POST /v1/cases and GET /v1/cases/{case_id}, which reads both rows."""
    engine = create_async_engine(url, pool_size=32, max_overflow=0)
    app = FastAPI()

    @app.post("/v1/cases", status_code=201)
    async def register(body: Body) -> dict[str, Any]:
        case_id, now = new_id(), datetime.now(UTC)
        answer = {"case_id": case_id, "number": f"B-{case_id}", "status": "registered"}
        async with engine.begin() as connection:
            row = {
                **answer,
                "org_id": case_id,
                "customer_ref": body.customer["ref"],
                "facts": body.facts,
                "document": body.model_dump(),
                "received_at": now,
            }
            await connection.execute(sa.insert(CASE), row)
            payload = json.dumps({**answer, "facts": body.facts})
            event = {
                "id": new_id(),
                "key": case_id,
                "type": "case.registered.v1",
                "payload": payload,
                "created_at": now,
            }
            await connection.execute(sa.insert(OUTBOX), event)
        return answer

    @app.get("/v1/cases/{case_id}")
    async def show(case_id: str) -> dict[str, Any]:
        async with engine.connect() as connection:
            case = (await connection.execute(sa.select(CASE).where(CASE.c.case_id == case_id))).mappings().one()
            events = await connection.execute(sa.select(OUTBOX).where(OUTBOX.c.key == case_id))
            return {**case, "events": [dict(event) for event in events.mappings()]}

    return app


async def create_tables(url: str) -> None:
    """The two tables, afresh."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(sa.text("CREATE SCHEMA IF NOT EXISTS bench"))
        await connection.run_sync(METADATA.drop_all)
        await connection.run_sync(METADATA.create_all)
    await engine.dispose()


if __name__ == "__main__":
    database_url = os.environ["BENCH_DATABASE_URL"]
    asyncio.run(create_tables(database_url))
    application = create_app(database_url)
    settle_garbage_collection()
    uvicorn.run(
        application,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="warning",
        access_log=False,
        loop="uvloop",
        http="httptools",
    )
