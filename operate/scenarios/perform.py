"""Verbs into calls: each verb is one function that makes the request and remembers what it created."""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from operate.scenarios import verbs
from operate.scenarios.session import Answer, Session, StackMisbehaves


@dataclass(slots=True)
class Memory:
    """What earlier steps created, by the names the scenario gives them."""

    cases: dict[str, str] = field(default_factory=dict)
    remedies: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    latest_remedy: dict[str, str] = field(default_factory=dict)
    extensions: dict[tuple[str, str], str] = field(default_factory=dict)
    webhook_secrets: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One step about to be made: on whose behalf, on which case, under which idempotency key."""

    session: Session
    memory: Memory
    token: str
    case: str
    key: str
    customer: dict[str, Any]

    @property
    def case_id(self) -> str:
        """The id of the step's case. Raises StackMisbehaves when no step registered it."""
        if self.case not in self.memory.cases:
            raise StackMisbehaves(f"no case named `{self.case}` was registered before this step")
        return self.memory.cases[self.case]

    async def post(self, service: str, path: str, body: object) -> Answer:
        """POST JSON under the step's idempotency key."""
        return await self.session.call(
            service, "POST", path, token=self.token, json=body, headers={"Idempotency-Key": self.key}
        )

    def remedy(self, named: str | None) -> dict[str, Any]:
        """The remedy meant: by pack id, or the case's latest."""
        name = named or self.memory.latest_remedy.get(self.case, "")
        if (self.case, name) not in self.memory.remedies:
            raise StackMisbehaves(f"no remedy `{named or '(latest)'}` was quoted on `{self.case}` before this step")
        return self.memory.remedies[(self.case, name)]

    async def on_remedy(self, named: str | None, action: str, body: dict[str, Any]) -> Answer:
        """POST one action on a remedy."""
        return await self.post("settlement", f"/v1/remedies/{self.remedy(named)['remedy_id']}/{action}", body)


def _minor(amount: str, currency: str = "CNY") -> dict[str, Any]:
    exact = Decimal(amount.replace(",", "")) * 100
    if exact != int(exact):
        raise StackMisbehaves(f"an amount has two decimals: {amount}")
    return {"minor": int(exact), "currency": currency}


def _instant(act: Act, text: str | None) -> str | None:
    return act.session.instant(text).isoformat() if text else None


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


async def _register(act: Act, verb: verbs.Register) -> Answer:
    answer = await act.post(
        "intake",
        "/v1/cases",
        _given(
            case_type=verb.case_type,
            channel=verb.channel,
            customer=verb.customer or act.customer,
            parties=verb.parties or None,
            facts=verb.facts,
            description=verb.description,
            order_ref=verb.order_ref,
            received_at=_instant(act, verb.received_at),
        ),
    )
    if not answer.refused:
        act.memory.cases[verb.name] = answer.body["case_id"]
    return answer


async def _contact(act: Act, verb: verbs.Contact) -> Answer:
    return await act.post("intake", "/v1/contacts", verb.body)


async def _step(act: Act, verb: verbs.TakeStep) -> Answer:
    body = _given(input=verb.input, at=_instant(act, verb.happened_at))
    return await act.post("intake", f"/v1/cases/{act.case_id}/steps/{verb.id}", body)


async def _evidence(act: Act, verb: verbs.Evidence) -> Answer:
    content = base64.b64decode(verb.base64) if verb.base64 else (verb.text or "").encode()
    return await act.session.call(
        "intake",
        "POST",
        f"/v1/cases/{act.case_id}/evidence",
        token=act.token,
        headers={"Idempotency-Key": act.key},
        files={"file": (verb.filename, content, verb.media_type)},
        data={"kind": verb.kind},
    )


async def _quote(act: Act, verb: verbs.Quote) -> Answer:
    answer = await act.post(
        "settlement", f"/v1/cases/{act.case_id}/remedies", {"remedy": verb.remedy, "inputs": verb.inputs}
    )
    if not answer.refused:
        act.memory.remedies[(act.case, verb.remedy)] = answer.body
        act.memory.latest_remedy[act.case] = verb.remedy
    return answer


def _hash(act: Act, verb: verbs.Offer | verbs.Accept | verbs.Approve) -> str:
    return verb.quote_hash or act.remedy(verb.remedy)["quote_hash"]


async def _offer(act: Act, verb: verbs.Offer) -> Answer:
    return await act.on_remedy(verb.remedy, "offer", {"quote_hash": _hash(act, verb)})


async def _accept(act: Act, verb: verbs.Accept) -> Answer:
    return await act.on_remedy(verb.remedy, "accept", {"quote_hash": _hash(act, verb), **verb.body})


async def _reject(act: Act, verb: verbs.Reject) -> Answer:
    return await act.on_remedy(verb.remedy, "reject", {"final": verb.final, "reason": verb.reason})


async def _approve(act: Act, verb: verbs.Approve) -> Answer:
    return await act.on_remedy(verb.remedy, "approve", {"quote_hash": _hash(act, verb)})


async def _decline(act: Act, verb: verbs.Decline) -> Answer:
    return await act.on_remedy(verb.remedy, "decline", {"reason": verb.reason})


async def _certificate(act: Act, verb: verbs.Certificate) -> Answer:
    body = _given(
        certificate=verb.certificate,
        reference=verb.reference,
        amount=_minor(verb.amount) if verb.amount else None,
    )
    return await act.on_remedy(verb.remedy, "certificate", body)


async def _return_goods(act: Act, verb: verbs.Quantity) -> Answer:
    return await act.on_remedy(verb.remedy, "returns", {"quantity": verb.quantity})


async def _release(act: Act, verb: verbs.Quantity) -> Answer:
    return await act.on_remedy(verb.remedy, "release", {"quantity": verb.quantity})


async def _payout(act: Act, verb: verbs.Payout) -> Answer:
    own = act.remedy(verb.remedy)["amount"]
    amount = _minor(verb.amount) if verb.amount else {"minor": own["minor"], "currency": own["currency"]}
    return await act.on_remedy(verb.remedy, "payout", {"amount": amount})


async def _request_extension(act: Act, verb: verbs.RequestExtension) -> Answer:
    body = _given(
        opinion=verb.opinion,
        proposed_due_on=verb.proposed_due_on,
        proposed_due_at=_instant(act, verb.proposed_due_at),
        evidence=verb.evidence,
    )
    answer = await act.post("sla", f"/v1/cases/{act.case_id}/clocks/{verb.clock}/extensions", body)
    if not answer.refused:
        act.memory.extensions[(act.case, verb.clock)] = answer.body["extension_id"]
    return answer


async def _decide_extension(act: Act, verb: verbs.DecideExtension) -> Answer:
    extension = act.memory.extensions.get((act.case, verb.clock))
    if extension is None:
        raise StackMisbehaves(f"no extension of `{verb.clock}` was requested before this step")
    body = _given(approve=verb.approve, due_on=verb.due_on, reason=verb.reason)
    return await act.post("sla", f"/v1/extensions/{extension}/decision", body)


async def _excuse(act: Act, verb: verbs.Excuse) -> Answer:
    return await act.post("sla", f"/v1/cases/{act.case_id}/clocks/{verb.clock}/excuse", {"reason": verb.reason})


async def _webhook(act: Act, verb: verbs.Webhook) -> Answer:
    url = f"{act.session.stack.webhook_sink}/hooks/{act.session.organisation}"
    answer = await act.post("notify", "/v1/webhooks", {"url": url, "events": verb.events})
    if not answer.refused:
        await act.session.tell_webhook_sink(answer.body["secret"])
    return answer


async def _call(act: Act, verb: verbs.Call) -> Answer:
    path = verb.path.replace("{case_id}", act.memory.cases.get(act.case, "{case_id}"))
    headers = {"Idempotency-Key": act.key, **verb.headers}
    options = {} if verb.body is None else {"json": verb.body}
    return await act.session.call(verb.service, verb.method, path, token=act.token, headers=headers, **options)


PERFORM: dict[str, Callable[[Act, Any], Awaitable[Answer]]] = {
    "register": _register,
    "contact": _contact,
    "step": _step,
    "evidence": _evidence,
    "quote": _quote,
    "offer": _offer,
    "accept": _accept,
    "reject": _reject,
    "approve": _approve,
    "decline": _decline,
    "certificate": _certificate,
    "return_goods": _return_goods,
    "release": _release,
    "payout": _payout,
    "request_extension": _request_extension,
    "decide_extension": _decide_extension,
    "excuse": _excuse,
    "webhook": _webhook,
    "call": _call,
}


async def perform(act: Act, name: str, verb: BaseModel) -> Answer:
    """Make the call that `verb` means; a refusal comes back as an answer."""
    return await PERFORM[name](act, verb)
