"""Compute what a remedy comes to for a case, and lock it under its hash."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.settlement.announce import announce
from services.settlement.db import cases, remedies
from services.settlement.domain import gates, negotiation
from services.settlement.domain import remedy as life
from services.settlement.domain.case import Case
from services.settlement.domain.inputs import Raw
from services.settlement.domain.quote import Quote, make_quote, valid_until
from services.settlement.domain.remedy import Remedy
from services.settlement.domain.state import State
from services.settlement.use_cases.matter import actor_of, gate_context, rule_of, rules_of
from shared.kernel.ids import new_id
from shared.packs.settlement.model import Gate
from shared.packs.settlement.model import Remedy as Rule
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRemedy:
    """Which remedy of the pack, with which inputs."""

    case_id: str
    remedy: str
    inputs: Mapping[str, Raw]


async def quote_remedy(tx: Transaction, cmd: QuoteRemedy, *, caller: Caller, now: datetime) -> Remedy:
    """A new quote on the case. Several may exist; one of them is offered."""
    case = await cases.get_for_update(tx, caller.org, cmd.case_id)
    section = await rules_of(tx, case)
    rule = rule_of(section, cmd.remedy)
    negotiation.require_going_on(await remedies.of_case(tx, caller.org, cmd.case_id), section.offers)
    before = section.gates_before(rule, "quote")
    quote = _checked_quote(rule, before, case=case, inputs=cmd.inputs, caller=caller)
    remedy = Remedy(
        org=caller.org,
        case_id=case.case_id,
        remedy_id=new_id(),
        remedy=rule.id,
        mode=rule.mode,
        cite=rule.cite,
        state=State.QUOTED,
        quote=quote,
        quoted_at=now,
        expires_at=valid_until(now, rule.quote_valid_for),
    )
    change = life.quoted(remedy)
    await remedies.add(tx, change.remedy)
    await cases.touch(tx, caller.org, case.case_id, subject=caller.subject, at=now)
    await announce(tx, change, actor=actor_of(caller), now=now)
    return change.remedy


def _checked_quote(
    rule: Rule, before: Sequence[Gate], *, case: Case, inputs: Mapping[str, Raw], caller: Caller
) -> Quote:
    """Gates that read no input come first: what may not be quoted at all is not asked for better inputs."""
    early, late = gates.by_need_of_inputs(before)
    gates.require(early, gate_context(case, inputs={}, remedy=None, caller=caller))
    quote = make_quote(rule, case=case, raw=inputs)
    values = {given.id: given.value for given in quote.trace.inputs}
    gates.require(late, gate_context(case, inputs=values, remedy=None, caller=caller))
    return quote
