"""Every route that the four services have, from their routers, and a good body for each that takes one."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi.routing import APIRoute

from operate.published import unconnected_app
from operate.runtime.databases import SERVICES
from shared.platform.http.openapi import dependencies_of
from shared.platform.http.strict import StrictBody
from tests.e2e.story import CASE, CONTACT, EXTENSION, PACK, PAPER, QUOTE
from tests.support.erp import CALLBACK_TOKEN, TOKEN
from tests.support.old_ids import of_the_same_age

Ids = Mapping[str, str]
UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
OPEN = re.compile(r"/(health|metrics|docs|openapi\.json|v1/erp/callbacks)")
"""Routes that no token of ours opens: those that operate the service, and the callback that an ERP proves itself."""
OPEN_TO_CUSTOMERS = {"step": "sign_agreement"}
"""A step that customers take themselves, where the other routes name one of the staff."""


@dataclass(frozen=True)
class Route:
    """One operation."""

    service: str
    method: str
    path: str
    takes_json: bool
    fields: tuple[str, ...]
    query: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"{self.service} {self.method} {self.path}"

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{([^}]+)}", self.path)

    def filled(self, ids: Ids) -> str:
        return self.path.format(**{**ids, **(OPEN_TO_CUSTOMERS if self.path.startswith("/v1/my/") else {})})

    def asked(self, ids: Ids) -> str:
        """The filled path with what the list must be asked for."""
        return f"{self.filled(ids)}?{OF_WHICH.get(self.path, '')}"


def routes() -> Iterator[Route]:
    """All but the open ones."""
    for service in SERVICES:
        for route in unconnected_app(service).routes:
            if isinstance(route, APIRoute) and not OPEN.match(route.path):
                bodies = [call for call in dependencies_of(route.dependant) if isinstance(call, StrictBody)]
                fields = tuple(name for body in bodies for name in body.model.model_fields)
                dependants = [route.dependant, *route.dependant.dependencies]
                query = tuple(field.alias for one in dependants for field in one.query_params)
                for method in sorted((route.methods or set()) - {"HEAD"}):
                    yield Route(service, method, route.path, bool(bodies), fields, query)


ROUTES = tuple(routes())

_MONEY = {"minor": 2_100_000, "currency": "CNY"}


def _hash(ids: Ids) -> Any:
    return {"quote_hash": ids["quote_hash"]}


def _extension(_ids: Ids) -> Any:
    return EXTENSION


def _reason(_ids: Ids) -> Any:
    return {"reason": "暴雪，高速封闭"}


def _replay(_ids: Ids) -> Any:
    return {"type": "case.registered.v1", "since": "2026-04-09T08:00:00+08:00", "until": "2026-04-09T09:00:00+08:00"}


BODIES: Mapping[str, Callable[[Ids], Any]] = {
    "intake POST /v1/organisations": lambda _ids: {"name": "Another", "simulated_now": "2026-04-09T09:00:00+08:00"},
    "intake POST /v1/organisations/{organisation_id}/clock": lambda _ids: {"now": "2026-04-09T09:30:00+08:00"},
    "intake POST /v1/policies": lambda _ids: {"documents": PACK.documents, "effective_from": "2026-06-01"},
    "intake POST /v1/policies/lint": lambda _ids: {"documents": PACK.documents},
    "intake POST /v1/contacts": lambda _ids: CONTACT,
    "intake POST /v1/contacts/{contact_id}/case": lambda _ids: {
        name: value for name, value in CASE.items() if name != "channel"
    },
    "intake POST /v1/contacts/{contact_id}/link": lambda ids: {"case_id": ids["case_id"]},
    "intake POST /v1/cases/{case_id}/notes": lambda _ids: {"text": "客户下周派人复检"},
    "intake POST /v1/cases/{case_id}/corrections": lambda _ids: {"reason": "登记有误", "phone": "+86 510 7654321"},
    "intake POST /v1/my/cases/{case_id}/steps/{step}": lambda _ids: {
        "input": {"party": "customer", "signer": "李经理"},
    },
    "intake POST /v1/cases": lambda _ids: CASE | {"received_at": "2026-04-09T08:00:00+08:00"},
    "intake POST /v1/cases/{case_id}/steps/{step}": lambda _ids: {
        "input": {"severity": "major", "reason": "整批受影响"}, "at": "2026-04-09T09:00:00+08:00",
    },
    "intake POST /v1/cases/{case_id}/purge": lambda _ids: {},
    "intake POST /v1/cases/{case_id}/links": lambda _ids: {},
    "intake POST /v1/standing-facts": lambda _ids: {
        "rows": [{
            "subject_kind": "customer", "subject": "C-77", "name": "class", "value": "A",
            "valid_from": "2026-01-01T00:00:00+08:00", "valid_until": "2027-01-01T00:00:00+08:00",
        }],
    },
    "sla POST /v1/clocks/{clock_id}/extensions": _extension,
    "sla POST /v1/cases/{case_id}/clocks/{clock}/extensions": _extension,
    "sla POST /v1/extensions/{extension_id}/decision": lambda _ids: {
        "approve": True, "due_on": "2026-05-08", "reason": "同意",
    },
    "sla POST /v1/clocks/{clock_id}/excuse": _reason,
    "sla POST /v1/cases/{case_id}/clocks/{clock}/excuse": _reason,
    "settlement POST /v1/cases/{case_id}/remedies": lambda _ids: QUOTE,
    "settlement POST /v1/my/cases/{case_id}/offers/{remedy_id}/accept": _hash,
    "settlement POST /v1/my/cases/{case_id}/offers/{remedy_id}/reject": lambda _ids: {
        "final": False, "reason": "金额偏低",
    },
    "settlement POST /v1/remedies/{remedy_id}/offer": _hash,
    "settlement POST /v1/remedies/{remedy_id}/accept": _hash,
    "settlement POST /v1/remedies/{remedy_id}/reject": lambda _ids: {"final": False, "reason": "金额偏低"},
    "settlement POST /v1/remedies/{remedy_id}/approve": _hash,
    "settlement POST /v1/remedies/{remedy_id}/decline": _reason,
    "settlement POST /v1/remedies/{remedy_id}/certificate": lambda _ids: {
        "certificate": "tax_return_allowance_certificate", "reference": "税 2026-0311", "amount": _MONEY,
    },
    "settlement POST /v1/remedies/{remedy_id}/returns": lambda _ids: {"quantity": "18"},
    "settlement POST /v1/remedies/{remedy_id}/release": lambda _ids: {"quantity": "18"},
    "settlement POST /v1/remedies/{remedy_id}/payout": lambda _ids: {"amount": _MONEY},
    "settlement POST /v1/payouts/{payout_id}/resolution": lambda _ids: {
        "decision": "ask_again", "reason": "银行称已退票",
    },
    "settlement PUT /v1/erp": lambda _ids: {
        "url": "https://erp.example", "scheme": "bearer", "secret": TOKEN, "callback_secret": CALLBACK_TOKEN,
    },
    "notify POST /v1/messages/{message_id}/done": lambda _ids: {"delivered": True, "note": "传真已送达"},
    "notify POST /v1/webhooks": lambda _ids: {"url": "https://erp.example/hook", "events": ["case.registered"]},
    "notify POST /v1/webhooks/{webhook_id}/rotate": lambda _ids: {},
    "notify POST /v1/webhooks/{webhook_id}/redeliver": lambda _ids: {
        "from": "2026-04-09T08:00:00+08:00", "to": "2026-04-09T09:00:00+08:00",
    },
    **{f"{service} POST /v1/outbox/replay": _replay for service in SERVICES},
}  # fmt: skip


_OF_2026: Final = "from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z"
OF_WHICH: Final = {
    "/v1/statistics": _OF_2026,
    "/v1/standing-facts": "subject_kind=customer&subject=C-77",
    "/v1/balances": "key=C-77",
    "/v1/balances/entries": "name=quota&key=C-77",
    "/v1/ledger": _OF_2026,
    "/v1/ledger.csv": _OF_2026,
    "/v1/remedies": "state=executed",
    "/v1/payouts": "state=executed",
    "/v1/messages": "state=sent",
}
"""What some lists must be asked for."""
_OTHERWISE: Final = {"/archive": 409, "/purge-certificate": 409, "/links/{link_id}/address": 404}


def status_of_reading(path: str) -> int:
    """What a GET about the story's open case is answered with."""
    return next((status for tail, status in _OTHERWISE.items() if path.endswith(tail)), 200)


def good(route: Route, ids: Ids) -> dict[str, Any]:
    """What httpx sends to `route` when nothing is wrong with the payload."""
    if route.takes_json:
        return {"json": BODIES[route.id](ids)}
    return PAPER if route.path.endswith("/evidence") else {}


def absent(ids: Ids) -> dict[str, str]:
    """The same parameters, about things that do not exist; names of things stay."""
    return {
        name: of_the_same_age(value) if name.endswith("_id") else {"pack": "nopack"}.get(name, value)
        for name, value in ids.items()
    }
