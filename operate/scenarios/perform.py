"""Verbs into calls: each verb is one function that makes the request and remembers what it created."""

import base64
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from operate.scenarios import verbs
from operate.scenarios.act import Act, given, instant
from operate.scenarios.perform_remedy import ON_REMEDIES
from operate.scenarios.references import filled
from operate.scenarios.session import Answer, Session, StackMisbehaves

M = TypeVar("M", bound=BaseModel)


async def _register(act: Act, verb: verbs.Register) -> Answer:
    answer = await act.post(
        "intake",
        "/v1/cases",
        given(
            case_type=verb.case_type,
            channel=verb.channel,
            customer=verb.customer or act.customer,
            parties=verb.parties or None,
            facts=act.values(verb.facts),
            description=verb.description,
            order_ref=verb.order_ref,
            received_at=instant(act, verb.received_at),
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
    body = given(input=act.values(verb.input), at=instant(act, verb.happened_at))
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


async def _request_extension(act: Act, verb: verbs.RequestExtension) -> Answer:
    body = given(
        opinion=verb.opinion,
        proposed_due_on=verb.proposed_due_on,
        proposed_due_at=instant(act, verb.proposed_due_at),
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
    body = given(approve=verb.approve, due_on=verb.due_on, due_at=instant(act, verb.due_at), reason=verb.reason)
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
    body = given(documents=documents, effective_from=effective_from)
    return await session.call(
        "intake", "POST", "/v1/policies", token=token, json=body, headers={"Idempotency-Key": key}
    )


async def _linked(act: Act, verb: verbs.Linked) -> Answer:
    page = await act.session.call("intake", "GET", f"/v1/cases/{act.case_id}", token=act.token)
    if page.refused:
        return page
    links = [page.body["parent"]] if verb.relation == "parent" else page.body["links"]
    wanted = given(
        relation=None if verb.relation == "parent" else verb.relation, owner=verb.owner, case_type=verb.case_type
    )
    found = [link for link in links if link and all(link[key] == value for key, value in wanted.items())]
    if not found:
        raise StackMisbehaves(f"no case is linked to `{act.case}` as {verb.relation} with {wanted}")
    return await act.session.call("intake", "GET", f"/v1/cases/{found[0]['case_id']}", token=act.token)


async def _message_done(act: Act, verb: verbs.MessageDone) -> Answer:
    items = await act.session.items("notify", f"/v1/cases/{act.case_id}/messages")
    wanted = given(state="to_do", rule=verb.rule, recipient=verb.to, channel=verb.channel)
    found = [item for item in items if all(item[key] == value for key, value in wanted.items())]
    if not found:
        raise StackMisbehaves(f"no message of `{act.case}` is {wanted}")
    oldest = min(found, key=lambda item: str(item["message_id"]))
    body = given(delivered=verb.delivered, note=verb.note)
    return await act.post("notify", f"/v1/messages/{oldest['message_id']}/done", body)


async def _purge(act: Act, _verb: verbs.Purge) -> Answer:
    return await act.post("intake", f"/v1/cases/{act.case_id}/purge", {})


async def _call(act: Act, verb: verbs.Call) -> Answer:
    headers = {"Idempotency-Key": act.key, **verb.headers}
    options = {} if verb.body is None else {"json": act.values(verb.body)}
    return await act.session.call(verb.service, verb.method, verb.path, token=act.token, headers=headers, **options)


PERFORM: dict[str, Callable[[Act, Any], Awaitable[Answer]]] = {
    **ON_REMEDIES,
    "register": _register,
    "contact": _contact,
    "step": _step,
    "evidence": _evidence,
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
