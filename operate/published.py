"""What others build against: AsyncAPI 3 of the topics, JSON Schemas of the events, OpenAPI of the services.

Generated into `docs/api/` by `redress documents`; a test holds them against the code.
"""

import json
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI

from shared.contracts import topics
from shared.contracts.envelope import Contract
from shared.db.engine import connect
from shared.progress import Progress
from shared.serve import Service

PRODUCERS = ("registry", "intake", "sla", "settlement", "notify")
CE_HEADERS = {
    "ce_specversion": "CloudEvents version, 1.0",
    "ce_id": "event id (UUIDv7); the same on every delivery of the event",
    "ce_source": "/redress/<service>",
    "ce_type": "the contract, `case.registered.v1`",
    "ce_time": "when it happened on the organisation's clock",
    "ce_subject": "aggregate and its id",
    "ce_partitionkey": "the record's key: case id, or organisation id on the registry topic",
    "ce_org": "organisation id",
    "ce_aggregate": "kind of aggregate",
    "ce_aggregateid": "its id",
    "ce_aggregateversion": "rises with every event of the aggregate",
    "ce_correlationid": "the request that began it all",
    "traceparent": "W3C trace context",
}


def contracts() -> Iterator[type[Contract]]:
    """Every published contract, by producer and type."""
    for producer in PRODUCERS:
        module = import_module(f"shared.contracts.{producer}")
        found = {
            value.TYPE: value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Contract) and "TYPE" in vars(value)
        }
        yield from (found[name] for name in sorted(found))


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document of all topics."""
    published = list(contracts())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Redress events",
            "version": "1",
            "description": "CloudEvents 1.0 over Kafka, binary mode. Order holds per key; delivery is at least once.",
        },
        "channels": {topic: _channel(topic, published) for topic in topics.EVENT_TOPICS},
        "operations": {
            f"receive-{topic}": {"action": "receive", "channel": {"$ref": f"#/channels/{topic}"}}
            for topic in topics.EVENT_TOPICS
        },
        "components": {"messages": {contract.TYPE: _message(contract) for contract in published}},
    }


def _channel(topic: str, published: list[type[Contract]]) -> dict[str, Any]:
    ours = [contract.TYPE for contract in published if topic == contract.TOPIC]
    return {"address": topic, "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in ours}}


def _message(contract: type[Contract]) -> dict[str, Any]:
    headers = {name: {"type": "string", "description": text} for name, text in CE_HEADERS.items()}
    return {
        "name": contract.TYPE,
        "title": contract.__name__,
        "summary": " ".join((contract.__doc__ or "").split()),
        "contentType": "application/json",
        "headers": {"type": "object", "properties": headers},
        "payload": {"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": schema(contract)},
    }


def schema(contract: type[Contract]) -> dict[str, Any]:
    """JSON Schema of a payload as it is written."""
    return contract.model_json_schema(mode="serialization")


def unconnected_app(service: str) -> FastAPI:
    """The application of a service that reaches no server: for looking at its routes and documents."""
    described: Service[Any] = import_module(f"services.{service}.__main__").SERVICE
    with tempfile.TemporaryDirectory() as folder:
        key_file = Path(folder) / "key.pem"
        public = Ed25519PrivateKey.generate().public_key()
        key_file.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        settings = described.settings(
            database_url="postgresql://nobody@127.0.0.1:1/none",
            kafka="127.0.0.1:1",
            http_port=0,
            jwt_public_key_file=key_file,
            storage_url="memory:///",
        )
        db = connect(settings.database_url, kernel=described.kernel, pool_size=1, application_name="described")
        return described.create_app(settings, db, Progress())


def openapi(service: str) -> dict[str, Any]:
    """The OpenAPI document of a service."""
    return unconnected_app(service).openapi()


def documents() -> dict[str, str]:
    """File name → content of everything that is published."""
    files: dict[str, Any] = {"asyncapi.json": asyncapi()}
    files |= {f"events/{contract.TYPE}.json": schema(contract) for contract in contracts()}
    files |= {f"openapi-{service}.json": openapi(service) for service in ("intake", "sla", "settlement", "notify")}
    return {name: json.dumps(content, indent=1, ensure_ascii=False) + "\n" for name, content in files.items()}


def write(folder: Path) -> list[Path]:
    """Write them all; returns the files that changed."""
    changed = []
    for name, content in documents().items():
        file = folder / name
        if not file.exists() or file.read_text(encoding="utf-8") != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
            changed.append(file)
    return changed
