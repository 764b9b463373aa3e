"""Compute what a remedy comes to for a case, and store it under its hash."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.settlement.announce import announced
from services.settlement.calculation.rules.inputs import Raw
from services.settlement.calculation.rules.quote import Quote, make_quote, valid_until
from services.settlement.cases import store as cases
from services.settlement.cases.rules import Case
from services.settlement.looks.rules import seen_as
from services.settlement.remedies.rules.context import gate_variables, rule_of
from services.settlement.remedies.rules.gates import gates_by_need_of_inputs, require_gates
from services.settlement.remedies.rules.negotiation import require_going_on
from services.settlement.remedies.rules.performers import require_performer
from services.settlement.remedies.rules.remedy import Remedy, quoted
from services.settlement.remedies.rules.states import State
from services.settlement.remedies.store import remedies
from services.settlement.remedies.use_cases.load_remedy import load_section
from services.settlement.remedies.use_cases.take_looks import TakeLooks, take_looks
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId, new_id
from shared.packs.settlement.model.section import Gate
from shared.packs.settlement.model.section import Remedy as Rule
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.as_of import judged_as_of_case
from shared.platform.outbox.of_cases import append_of_cases


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRemedy:
    """Which remedy of the pack, with which inputs."""

    org: OrgId
    case_id: str
    remedy: str
    inputs: Mapping[str, Raw]


async def quote_remedy(tx: Transaction, cmd: QuoteRemedy, *, actor: Actor, now: datetime) -> Remedy:
    """A new quote on the case. Several may exist; one of them is offered."""
    case = await cases.get(tx, org=cmd.org, case_id=cmd.case_id, lock=True)
    section = await load_section(tx, case)
    rule = rule_of(section, cmd.remedy)
    require_performer(section, "quote", actor=actor, cite=rule.cite)
    require_going_on(await remedies.of_case(tx, org=cmd.org, case_id=cmd.case_id), section.offers)
    before = section.gates_before(rule, "quote")
    looks = await take_looks(tx, TakeLooks(case=case, section=section, rule=rule, action="quote"), now=now)
    case = replace(case, looks=seen_as(looks), at=now)
    async with judged_as_of_case(tx, org=cmd.org, case_id=cmd.case_id):
        quote = _checked_quote(rule, before, case=case, inputs=cmd.inputs, actor=actor)
    remedy = Remedy(
        org=cmd.org,
        case_id=case.case_id,
        remedy_id=new_id(),
        remedy=rule.id,
        mode=rule.mode,
        cite=rule.cite,
        state=State.QUOTED,
        quote=quote,
        quoted_at=now,
        expires_at=valid_until(now, rule.quote_valid_for),
        looks={"quote": looks} if looks else {},
    )
    change = quoted(remedy, actor=actor)
    await remedies.add(tx, change.remedy)
    await cases.touch(tx, org=cmd.org, case_id=case.case_id, subject=actor.subject, at=now)
    await append_of_cases(tx, announced(change, actor=actor, now=now))
    return change.remedy


def _checked_quote(rule: Rule, before: Sequence[Gate], *, case: Case, inputs: Mapping[str, Raw], actor: Actor) -> Quote:
    """Gates that read no input come first, so that a case that may not be quoted is not refused for its inputs."""
    early, late = gates_by_need_of_inputs(before)
    require_gates(early, gate_variables(case, inputs={}, remedy=None, actor=actor))
    quote = make_quote(rule, case=case, raw=inputs)
    values = {given.id: given.value for given in quote.trace.inputs}
    require_gates(late, gate_variables(case, inputs=values, remedy=None, actor=actor))
    return quote
