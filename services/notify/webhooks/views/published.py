"""The `webhooks` section of notify's OpenAPI document: each event, its headers, and what an answer causes."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from services.notify.webhooks.rules.subscription import NOTICE, TEST
from shared.contracts.catalogue import CATALOGUE, Event
from shared.contracts.cloud_event import MEDIA_TYPE
from shared.contracts.envelope import OfCase
from shared.platform.outbound.signature import OVERLAP, TOLERANCE

Json = dict[str, Any]
_REF: Final = "#/components/schemas/{model}"
_TEXT: Final = {"type": "string"}
_SIGNED: Final = (
    "Standard Webhooks 1.0.0. `webhook-signature` holds signatures separated by spaces: `v1,` and base64 of "
    "HMAC-SHA256 with the secret (`whsec_`), `v1a,` and base64 of Ed25519 with the key whose public half is "
    "`public_key` (`whpk_`), "
    "each over `webhook-id.webhook-timestamp.body`, the body as it was received. For "
    f"{int(OVERLAP.total_seconds() // 3600)} hours after a rotation there is a `v1` of the new and of the old secret. "
    f"Refuse a timestamp more than {int(TOLERANCE.total_seconds() // 60)} minutes away from your clock, and act once "
    "on each `webhook-id`."
)
_HEADERS: Final = {
    "webhook-id": "The delivery; the same in every attempt and redelivery.",
    "webhook-timestamp": "Seconds since 1970 of this attempt.",
    "webhook-signature": "Signatures separated by spaces, `v1,…` and `v1a,…`.",
}


def describe_webhooks(document: Json, delays: Sequence[timedelta]) -> None:
    """Add the section and the schemas that it refers to; `delays` is the plan of retries."""
    answers = _answers(delays)
    heard = [event for event in CATALOGUE if _is_passed_on(event)]
    models = [(event.contract, "serialization") for event in heard]
    references, definitions = models_json_schema(models, ref_template=_REF)  # type: ignore[arg-type]
    document["components"]["schemas"].update(definitions.get("$defs", {}))
    document["components"].setdefault("securitySchemes", {})["standardWebhooks"] = {
        "type": "apiKey", "in": "header", "name": "webhook-signature", "description": _SIGNED,
    }  # fmt: skip
    hooks = {
        event.contract.TYPE: _hook(
            event.contract.TYPE,
            " ".join((event.contract.__doc__ or "").split()),
            references[(event.contract, "serialization")],
        )
        for event in heard
    }
    hooks[NOTICE] = _hook(NOTICE, "A rule of the pack has a message for its recipient.", _object(_NOTICE))
    hooks[TEST] = _hook(TEST, "The endpoint's owner asked for a test; nothing has happened.", _object(("webhook_id",)))
    for hook in hooks.values():
        hook["post"]["responses"] = answers
    document["webhooks"] = hooks


def _is_passed_on(event: Event) -> bool:
    """Not what is about an organisation, nor how people are reached."""
    return "notify" in event.heard_by and issubclass(event.contract, OfCase)


_NOTICE: Final = (
    *("case_id", "number", "customer_ref", "order_ref", "message_id", "rule", "on", "recipient", "template", "locale"),
    "cite",
)


def _object(names: tuple[str, ...]) -> Json:
    nullable = {"order_ref": {"type": ["string", "null"]}}
    return {"type": "object", "properties": {name: nullable.get(name, _TEXT) for name in names}, "required": [*names]}


def _hook(kind: str, summary: str, data: Json) -> Json:
    operation = f"on{''.join(part.capitalize() for part in kind.replace('_', '.').split('.'))}"
    return {
        "post": {
            "operationId": operation,
            "summary": summary,
            "security": [{"standardWebhooks": []}],
            "parameters": [
                {"name": name, "in": "header", "required": True, "description": text, "schema": _TEXT}
                for name, text in _HEADERS.items()
            ],
            "requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": _event(kind, data)}}},
        }
    }


def _event(kind: str, data: Json) -> Json:
    texts = ("id", "source", "subject", "org", "partitionkey", "aggregate", "aggregateid", "correlationid")
    properties: Json = {
        "specversion": {"const": "1.0"},
        "type": {"const": kind},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "aggregateversion": {"type": "integer"},
        **dict.fromkeys(texts, _TEXT),
        "data": data,
    }
    return {"type": "object", "properties": properties, "required": [*properties]}


def _answers(delays: Sequence[timedelta]) -> Json:
    plan = ", ".join(f"{int(delay.total_seconds())} s" for delay in delays)
    return {
        "2XX": {"description": "Taken. Answer within 15 seconds and work afterwards; redirects are not followed."},
        "410": {"description": "Nothing more is sent to the endpoint until its secret is rotated."},
        "default": {
            "description": f"Tried again after {plan}, each with up to a tenth more; then it has failed and can be "
            "redelivered. A longer `Retry-After`, in seconds or as an HTTP-date, is honoured up to a day."
        },
    }
