"""Verbs into calls: each verb is one function that makes the request and remembers what it created."""

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from operate.scenarios import verbs
from operate.scenarios.references import filled
from operate.scenarios.session import Answer, Session, StackMisbehaves
from operate.scenarios.words import zoned

M = TypeVar("M", bound=BaseModel)


@dataclass(slots=True)
class Memory:
    """What earlier steps created, by the names the scenario gives them."""

    cases: dict[str, str] = field(default_factory=dict)
    remedies: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    latest_remedy: dict[str, str] = field(default_factory=dict)
    extensions: dict[tuple[str, str], str] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    def case_id(self, name: str) -> str | None:
        """The id of a case by its name, or of the case that a kept answer speaks of."""
        kept = self.kept.get(name)
        spoken_of = kept.get("case_id") if isinstance(kept, Mapping) else None
        return self.cases.get(name) or spoken_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One step about to be made: on whose behalf, on which case, under which idempotency key."""

    session: Session
    memory: Memory
    token: str
    case: str
    key: str
    customer: dict[str, Any]
    packs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def case_id(self) -> str:
        """The id of the step's case. Raises StackMisbehaves when no step registered it."""
        case_id = self.memory.case_id(self.case)
        if case_id is None:
            raise StackMisbehaves(f"there is no case `{self.case}`: it was refused, or its answer names none")
        return case_id

    def values(self, given: Any) -> Any:
        """Values for a pack's fields, their instants in the pack's zone unless they say otherwise."""
        return zoned(given, self.session.zone)

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


def _instant(act: Act, text: str | None) -> str | None:
    return act.session.instant(text).isoformat() if text else None


def _money(act: Act, amount: str) -> dict[str, Any]:
    money = act.session.money(amount)
    return {"minor": money.minor, "currency": money.currency}


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
            facts=act.values(verb.facts),
            description=verb.description,
            order_ref=verb.order_ref,
            received_at=_instant(act, verb.received_at),
            pack=verb.pack,
        ),
    )
    if not answer.refused:
        act.memory.cases[act.case] = answer.body["case_id"]
        act.memory.kept[act.case] = answer.body
    return answer


async def _contact(act: Act, verb: verbs.Contact) -> Answer:
    return await act.post("intake", "/v1/contacts", act.values(verb.body))


async def _step(act: Act, verb: verbs.TakeStep) -> Answer:
    body = _given(input=act.values(verb.input), at=_instant(act, verb.happened_at))
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
        "settlement", f"/v1/cases/{act.case_id}/remedies", {"remedy": verb.remedy, "inputs": act.values(verb.inputs)}
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
        amount=_money(act, verb.amount) if verb.amount else None,
    )
    return await act.on_remedy(verb.remedy, "certificate", body)


async def _return_goods(act: Act, verb: verbs.Quantity) -> Answer:
    return await act.on_remedy(verb.remedy, "returns", {"quantity": verb.quantity})


async def _release(act: Act, verb: verbs.Quantity) -> Answer:
    return await act.on_remedy(verb.remedy, "release", {"quantity": verb.quantity})


async def _payout(act: Act, verb: verbs.Payout) -> Answer:
    own = act.remedy(verb.remedy)["amount"]
    amount = _money(act, verb.amount) if verb.amount else {"minor": own["minor"], "currency": own["currency"]}
    return await act.on_remedy(verb.remedy, "payout", _given(amount=amount, quote_hash=verb.quote_hash))


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
    body = _given(approve=verb.approve, due_on=verb.due_on, due_at=_instant(act, verb.due_at), reason=verb.reason)
    return await act.post("sla", f"/v1/extensions/{extension}/decision", body)


async def _excuse(act: Act, verb: verbs.Excuse) -> Answer:
    return await act.post("sla", f"/v1/cases/{act.case_id}/clocks/{verb.clock}/excuse", {"reason": verb.reason})


async def _webhook(act: Act, verb: verbs.Webhook) -> Answer:
    url = f"{act.session.stack.webhook_sink}/hooks/{act.session.organisation}"
    answer = await act.post("notify", "/v1/webhooks", {"url": url, "events": verb.events})
    if not answer.refused:
        await act.session.tell_webhook_sink(answer.body["secret"])
    return answer


async def _publish(act: Act, verb: verbs.Publish) -> Answer:
    return await publish(
        act.session, act.packs[verb.pack], effective_from=verb.effective_from, token=act.token, key=act.key
    )


async def publish(
    session: Session, documents: Mapping[str, Any], *, effective_from: str | None, token: str, key: str
) -> Answer:
    """POST /v1/policies: a pack's documents, from its own first day or from `effective_from`."""
    body = _given(documents=documents, effective_from=effective_from)
    return await session.call(
        "intake", "POST", "/v1/policies", token=token, json=body, headers={"Idempotency-Key": key}
    )


async def _linked(act: Act, verb: verbs.Linked) -> Answer:
    page = await act.session.call("intake", "GET", f"/v1/cases/{act.case_id}", token=act.token)
    if page.refused:
        return page
    links = [page.body["parent"]] if verb.relation == "parent" else page.body["links"]
    wanted = _given(
        relation=None if verb.relation == "parent" else verb.relation, owner=verb.owner, case_type=verb.case_type
    )
    found = [link for link in links if link and all(link[key] == value for key, value in wanted.items())]
    if not found:
        raise StackMisbehaves(f"no case is linked to `{act.case}` as {verb.relation} with {wanted}")
    return await act.session.call("intake", "GET", f"/v1/cases/{found[0]['case_id']}", token=act.token)


async def _message_done(act: Act, verb: verbs.MessageDone) -> Answer:
    items = await act.session.items("notify", f"/v1/cases/{act.case_id}/messages")
    wanted = _given(state="to_do", rule=verb.rule, recipient=verb.to, channel=verb.channel)
    found = [item for item in items if all(item[key] == value for key, value in wanted.items())]
    if not found:
        raise StackMisbehaves(f"no message of `{act.case}` is {wanted}")
    oldest = min(found, key=lambda item: str(item["message_id"]))
    body = _given(delivered=verb.delivered, note=verb.note)
    return await act.post("notify", f"/v1/messages/{oldest['message_id']}/done", body)


async def _purge(act: Act, _verb: verbs.Purge) -> Answer:
    return await act.post("intake", f"/v1/cases/{act.case_id}/purge", {})


async def _call(act: Act, verb: verbs.Call) -> Answer:
    headers = {"Idempotency-Key": act.key, **verb.headers}
    options = {} if verb.body is None else {"json": act.values(verb.body)}
    return await act.session.call(verb.service, verb.method, verb.path, token=act.token, headers=headers, **options)


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
    "publish": _publish,
    "linked": _linked,
    "message_done": _message_done,
    "purge": _purge,
    "call": _call,
}


async def perform(act: Act, name: str, verb: BaseModel) -> Answer:
    """Make the call that `verb` means; a refusal comes back as an answer."""
    return await PERFORM[name](act, verb)


def said(model: M, kept: Mapping[str, Any]) -> M:
    """A verb or an expectation with its references to earlier answers filled in. Raises NothingThere."""
    return type(model).model_validate(filled(model.model_dump(by_alias=True, exclude_unset=True), kept))
