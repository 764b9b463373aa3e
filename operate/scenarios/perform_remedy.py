"""The verbs about remedies: each is one call to settlement."""

from collections.abc import Awaitable, Callable
from typing import Any

from operate.scenarios import verbs
from operate.scenarios.act import Act, given, money
from operate.scenarios.session import Answer


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
    body = given(
        certificate=verb.certificate,
        reference=verb.reference,
        amount=money(act, verb.amount) if verb.amount else None,
    )
    return await act.on_remedy(verb.remedy, "certificate", body)


async def _return_goods(act: Act, verb: verbs.Quantity) -> Answer:
    return await act.on_remedy(verb.remedy, "returns", {"quantity": verb.quantity})


async def _release(act: Act, verb: verbs.Quantity) -> Answer:
    return await act.on_remedy(verb.remedy, "release", {"quantity": verb.quantity})


async def _payout(act: Act, verb: verbs.Payout) -> Answer:
    own = act.remedy(verb.remedy)["amount"]
    amount = money(act, verb.amount) if verb.amount else {"minor": own["minor"], "currency": own["currency"]}
    return await act.on_remedy(verb.remedy, "payout", given(amount=amount, quote_hash=verb.quote_hash))


ON_REMEDIES: dict[str, Callable[[Act, Any], Awaitable[Answer]]] = {
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
}
