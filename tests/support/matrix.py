"""Who may call what: each operation of each service, and what it answers to each principal about each owner's things.

A row is an operation with the scope that it demands and what it is about. What it is about decides the answer to each
of five principals about what is own, another customer's and another organisation's: fifteen cells.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.kernel.actor import Kind


class Principal(StrEnum):
    """Who calls; the value is what the test's ids say."""

    STAFF = "staff"
    MACHINE_FOR_A_PERSON = "machine for a person"
    MACHINE = "machine for itself"
    CUSTOMER = "customer"
    LINK = "link bearer"

    @property
    def kind(self) -> Kind:
        """What its token makes it."""
        return {Principal.STAFF: Kind.STAFF, Principal.CUSTOMER: Kind.CUSTOMER, Principal.LINK: Kind.LINK}.get(
            self, Kind.MACHINE
        )


class Whose(StrEnum):
    """Whose the thing is that the operation names, or whose things a list holds."""

    OWN = "own"
    FOREIGN_CUSTOMER = "foreign customer"
    FOREIGN_ORGANISATION = "foreign organisation"


class Answer(StrEnum):
    """What the caller gets."""

    SERVED = "served, or refused by a rule"
    OWN_ONLY = "200, nothing foreign in it"
    ABSENT = "404"
    NOT_ADMITTED = "403 principal_not_admitted"
    NO_TOKEN_HELPS = "401"
    OPEN = "without a token"


Cells = Mapping[Whose, Answer]

_CLOSED: Final[Cells] = dict.fromkeys(Whose, Answer.NOT_ADMITTED)
_THING: Final[Cells] = {
    Whose.OWN: Answer.SERVED,
    Whose.FOREIGN_CUSTOMER: Answer.SERVED,
    Whose.FOREIGN_ORGANISATION: Answer.ABSENT,
}
"""Staff and machines work for every customer of their organisation, and for no other organisation."""
_LIST: Final[Cells] = dict.fromkeys(Whose, Answer.OWN_ONLY)
_ALONE: Final[Cells] = dict.fromkeys(Whose, Answer.SERVED)
_OWN_THING: Final[Cells] = {
    Whose.OWN: Answer.SERVED,
    Whose.FOREIGN_CUSTOMER: Answer.ABSENT,
    Whose.FOREIGN_ORGANISATION: Answer.ABSENT,
}


class About(StrEnum):
    """What an operation is about."""

    THING = "a thing of the organisation that the path names"
    LIST = "what the organisation has"
    NOTHING = "nothing that exists: it makes something new in the caller's organisation, or judges what is sent"
    OWN_THING = "a case of the customer that the path names"
    OWN_LIST = "the cases of the customer"
    ERP = "what the organisation's ERP proves with a secret of its own"
    OPERATIONS = "the service itself"

    def answers(self, principal: Principal) -> Cells:
        """The cells of a principal."""
        of_staff = {About.THING: _THING, About.LIST: _LIST, About.NOTHING: _ALONE}
        of_customers = {About.OWN_THING: _OWN_THING, About.OWN_LIST: _LIST}
        match self:
            case About.ERP:
                return dict.fromkeys(Whose, Answer.NO_TOKEN_HELPS)
            case About.OPERATIONS:
                return dict.fromkeys(Whose, Answer.OPEN)
            case _ if principal in (Principal.CUSTOMER, Principal.LINK):
                return of_customers.get(self, _CLOSED)
            case _:
                return of_staff.get(self, _CLOSED)


@dataclass(frozen=True, slots=True)
class Row:
    """An operation; `scope` is the one that it demands."""

    scope: str
    about: About


T, L, N, OT, OL = About.THING, About.LIST, About.NOTHING, About.OWN_THING, About.OWN_LIST

EVERY_SERVICE: Final[Mapping[str, Row]] = {
    "GET /openapi.json": Row("", About.OPERATIONS),
    "GET /docs": Row("", About.OPERATIONS),
    "GET /docs/swagger-ui-bundle.js": Row("", About.OPERATIONS),
    "GET /docs/swagger-ui.css": Row("", About.OPERATIONS),
    "GET /docs/favicon-32x32.png": Row("", About.OPERATIONS),
    "GET /health/live": Row("", About.OPERATIONS),
    "GET /health/ready": Row("", About.OPERATIONS),
    "GET /metrics": Row("", About.OPERATIONS),
    "GET /v1/quiescence": Row("operations:read", L),
    "GET /v1/changes": Row("changes:read", L),
    "POST /v1/outbox/replay": Row("admin", N),
}

ROWS: Final[Mapping[str, Mapping[str, Row]]] = {
    "intake": {
        "POST /v1/organisations": Row("admin", N),
        "GET /v1/organisations/{organisation_id}": Row("organisation:read", T),
        "POST /v1/organisations/{organisation_id}/clock": Row("admin", T),
        "POST /v1/policies": Row("policy:write", N),
        "POST /v1/policies/lint": Row("policy:write", N),
        "GET /v1/policies": Row("policy:read", L),
        "GET /v1/policies/{pack}/{version}": Row("policy:read", T),
        "POST /v1/contacts": Row("cases:write", N),
        "GET /v1/contacts": Row("cases:read", L),
        "GET /v1/contacts/{contact_id}": Row("cases:read", T),
        "POST /v1/contacts/{contact_id}/case": Row("cases:write", T),
        "POST /v1/contacts/{contact_id}/link": Row("cases:write", T),
        "POST /v1/cases": Row("cases:write", N),
        "GET /v1/cases": Row("cases:read", L),
        "GET /v1/exports/cases": Row("cases:read", L),
        "GET /v1/cases/{case_id}": Row("cases:read", T),
        "GET /v1/cases/{case_id}/timeline": Row("cases:read", T),
        "GET /v1/cases/{case_id}/archive": Row("cases:read", T),
        "POST /v1/cases/{case_id}/notes": Row("cases:write", T),
        "POST /v1/cases/{case_id}/corrections": Row("cases:write", T),
        "POST /v1/cases/{case_id}/links": Row("links:write", T),
        "GET /v1/cases/{case_id}/links": Row("links:read", T),
        "GET /v1/cases/{case_id}/links/{link_id}/address": Row("links:write", T),
        "POST /v1/cases/{case_id}/links/{link_id}/revoke": Row("links:write", T),
        "POST /v1/cases/{case_id}/steps/{step}": Row("cases:write", T),
        "POST /v1/cases/{case_id}/evidence": Row("cases:write", T),
        "GET /v1/cases/{case_id}/evidence/{evidence_id}": Row("cases:read", T),
        "POST /v1/cases/{case_id}/purge": Row("cases:write", T),
        "GET /v1/cases/{case_id}/purge-certificate": Row("cases:read", T),
        "GET /v1/cases/{case_id}/retention": Row("cases:read", T),
        "GET /v1/recurring": Row("cases:read", L),
        "GET /v1/samples": Row("cases:read", L),
        "GET /v1/samples/cases": Row("cases:read", L),
        "GET /v1/tasks": Row("cases:read", L),
        "POST /v1/standing-facts": Row("standing:write", N),
        "GET /v1/standing-facts": Row("standing:read", L),
        "GET /v1/balances": Row("cases:read", L),
        "GET /v1/balances/entries": Row("cases:read", L),
        "GET /v1/statistics": Row("cases:read", L),
        "GET /v1/my/cases": Row("my:read", OL),
        "GET /v1/my/cases/{case_id}": Row("my:read", OT),
        "POST /v1/my/cases/{case_id}/steps/{step}": Row("my:write", OT),
        "POST /v1/my/cases/{case_id}/evidence": Row("my:write", OT),
        "GET /v1/my/cases/{case_id}/evidence/{evidence_id}": Row("my:read", OT),
    },
    "sla": {
        "GET /v1/clocks": Row("sla:read", L),
        "GET /v1/exports/clocks": Row("sla:read", L),
        "GET /v1/clocks/{clock_id}": Row("sla:read", T),
        "GET /v1/clocks/{clock_id}/explain": Row("sla:read", T),
        "POST /v1/clocks/{clock_id}/extensions": Row("sla:write", T),
        "POST /v1/clocks/{clock_id}/excuse": Row("sla:write", T),
        "GET /v1/cases/{case_id}/clocks": Row("sla:read", T),
        "GET /v1/cases/{case_id}/clocks/{clock}/explain": Row("sla:read", T),
        "POST /v1/cases/{case_id}/clocks/{clock}/extensions": Row("sla:write", T),
        "POST /v1/cases/{case_id}/clocks/{clock}/excuse": Row("sla:write", T),
        "GET /v1/extensions": Row("sla:read", L),
        "POST /v1/extensions/{extension_id}/decision": Row("sla:write", T),
        "GET /v1/indicators": Row("sla:read", L),
        "GET /v1/indicators/{indicator}": Row("sla:read", L),
        "GET /v1/my/cases/{case_id}/promises": Row("my:read", OT),
    },
    "settlement": {
        "POST /v1/cases/{case_id}/remedies": Row("settlement:write", T),
        "GET /v1/cases/{case_id}/remedies": Row("settlement:read", T),
        "GET /v1/cases/{case_id}/ledger": Row("settlement:read", T),
        "GET /v1/remedies": Row("settlement:read", L),
        "GET /v1/remedies/{remedy_id}": Row("settlement:read", T),
        "GET /v1/remedies/{remedy_id}/explain": Row("settlement:read", T),
        "POST /v1/remedies/{remedy_id}/offer": Row("settlement:write", T),
        "POST /v1/remedies/{remedy_id}/accept": Row("settlement:write", T),
        "POST /v1/remedies/{remedy_id}/reject": Row("settlement:write", T),
        "POST /v1/remedies/{remedy_id}/approve": Row("settlement:approve", T),
        "POST /v1/remedies/{remedy_id}/decline": Row("settlement:approve", T),
        "POST /v1/remedies/{remedy_id}/certificate": Row("settlement:write", T),
        "POST /v1/remedies/{remedy_id}/returns": Row("settlement:write", T),
        "POST /v1/remedies/{remedy_id}/release": Row("settlement:write", T),
        "POST /v1/remedies/{remedy_id}/payout": Row("settlement:write", T),
        "GET /v1/payouts": Row("settlement:read", L),
        "GET /v1/exports/payouts": Row("settlement:read", L),
        "GET /v1/exports/ledger": Row("settlement:read", L),
        "POST /v1/payouts/{payout_id}/resolution": Row("admin", T),
        "GET /v1/ledger": Row("settlement:read", L),
        "PUT /v1/erp": Row("admin", N),
        "GET /v1/erp": Row("admin", L),
        "POST /v1/erp/callbacks/{organisation_id}": Row("", About.ERP),
        "GET /v1/my/cases/{case_id}/offers": Row("my:read", OT),
        "POST /v1/my/cases/{case_id}/offers/{remedy_id}/accept": Row("my:write", OT),
        "POST /v1/my/cases/{case_id}/offers/{remedy_id}/reject": Row("my:write", OT),
    },
    "notify": {
        "GET /v1/cases/{case_id}/messages": Row("messages:read", T),
        "GET /v1/messages": Row("messages:read", L),
        "GET /v1/messages/{message_id}": Row("messages:read", T),
        "POST /v1/messages/{message_id}/done": Row("messages:write", T),
        "GET /v1/inbox": Row("messages:read", L),
        "POST /v1/webhooks": Row("webhooks:write", N),
        "GET /v1/webhooks": Row("webhooks:write", L),
        "GET /v1/webhooks/{webhook_id}": Row("webhooks:write", T),
        "DELETE /v1/webhooks/{webhook_id}": Row("webhooks:write", T),
        "POST /v1/webhooks/{webhook_id}/rotate": Row("webhooks:write", T),
        "GET /v1/webhooks/{webhook_id}/deliveries": Row("webhooks:write", T),
        "POST /v1/webhooks/{webhook_id}/test": Row("webhooks:write", T),
        "POST /v1/webhooks/{webhook_id}/redeliver": Row("webhooks:write", T),
        "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver": Row("webhooks:write", T),
        "GET /v1/my/cases/{case_id}/messages": Row("my:read", OT),
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One answer of the matrix."""

    service: str
    operation: str
    row: Row
    principal: Principal
    whose: Whose
    answer: Answer

    @property
    def id(self) -> str:
        """What the test is called."""
        return f"{self.service} {self.operation} · {self.principal} · {self.whose}"

    @property
    def method(self) -> str:
        """Of the request."""
        return self.operation.partition(" ")[0]

    @property
    def path(self) -> str:
        """With names of parameters in it."""
        return self.operation.partition(" ")[2]


def rows_of(service: str) -> Mapping[str, Row]:
    """The rows of a service, those that every service has among them."""
    return {**EVERY_SERVICE, **ROWS[service]}


def cells() -> Iterator[Cell]:
    """The whole matrix."""
    for service in ROWS:
        for operation, row in rows_of(service).items():
            for principal in Principal:
                for whose, answer in row.about.answers(principal).items():
                    yield Cell(
                        service=service, operation=operation, row=row, principal=principal, whose=whose, answer=answer
                    )


CELLS: Final = tuple(cells())
