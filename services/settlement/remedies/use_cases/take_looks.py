"""Take the looks at other remedies that an action on a remedy is decided with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from services.settlement.cases.rules import Case
from services.settlement.looks.rules import Answers, newest, seen_as
from services.settlement.looks.use_cases.look_around import LookAround, look_around
from services.settlement.remedies.rules.context import CUMULATING, RemedyContext
from shared.packs.settlement.model.approval import table_for
from shared.packs.settlement.model.looks import looks_read
from shared.packs.settlement.model.section import ACTIONS, Action, SettlementSection
from shared.packs.settlement.model.section import Remedy as Rule
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeLooks:
    """For which action on which remedy of the pack; `remedy_id` is None before there is one."""

    case: Case
    section: SettlementSection
    rule: Rule
    action: Action
    remedy_id: str | None = None


async def take_looks(tx: Transaction, cmd: TakeLooks, *, now: datetime) -> Answers:
    """What the looks answer that the action reads. An approval holds the values of all, as it may count for them."""
    wanted = _read_at(cmd, (cmd.action,))
    taken = tuple(look for look in cmd.section.looks if look.id in wanted)
    held = cmd.section.looks if cmd.action == "approve" else taken
    return await _taken(tx, cmd, taken=[look.id for look in taken], held=[look.id for look in held], now=now)


async def with_looks(tx: Transaction, context: RemedyContext, action: Action, *, now: datetime) -> RemedyContext:
    """The context in which the action is decided: the case sees the instant and the answers, the remedy keeps these.

    After the approval the bounds of inputs see what they saw then, so that what others are granted later changes no
    amount that has been approved.
    """
    remedy = context.remedy
    cmd = TakeLooks(
        case=context.case,
        section=context.section,
        rule=context.rule,
        action=action,
        remedy_id=remedy.remedy_id,
    )
    answers = await take_looks(tx, cmd, now=now)
    approved = remedy.looks.get("approve", {}) if action not in CUMULATING else {}
    if answers:
        remedy = replace(remedy, looks={**remedy.looks, action: answers})
    case = replace(context.case, looks=seen_as(newest(answers, approved)), at=now)
    return replace(context, case=case, remedy=remedy)


async def looks_now(tx: Transaction, context: RemedyContext, *, now: datetime) -> Case:
    """The case with what all looks answer now, for showing which gates hold; nothing is held."""
    cmd = TakeLooks(
        case=context.case,
        section=context.section,
        rule=context.rule,
        action="quote",
        remedy_id=context.remedy.remedy_id,
    )
    answers = await _taken(tx, cmd, taken=sorted(_read_at(cmd, ACTIONS)), held=(), now=now)
    return replace(context.case, looks=seen_as(answers))


def _read_at(cmd: TakeLooks, actions: Sequence[Action]) -> frozenset[str]:
    """The looks that the gates of the actions, the bounds of the inputs and the approval table read."""
    section, rule = cmd.section, cmd.rule
    if not section.looks:
        return frozenset()
    things: list[object] = [gate for action in actions for gate in section.gates_before(rule, action)]
    found = frozenset[str]()
    if set(actions) & set(CUMULATING):
        things += rule.inputs
        table = table_for(section.approval, remedy=rule.id, case_type=cmd.case.case_type)
        found = frozenset(row.cumulative for row in table if row.cumulative is not None)
    return found | looks_read(section.looks, things)


async def _taken(
    tx: Transaction, cmd: TakeLooks, *, taken: Sequence[str], held: Sequence[str], now: datetime
) -> Answers:
    if not taken and not held:
        return {}
    case, looks = cmd.case, cmd.section.looks
    policy = await pinned(tx, org=case.org, pack=case.pack, version=case.policy_version)
    around = LookAround(
        looks=[look for look in looks if look.id in taken],
        held=[look for look in looks if look.id in held],
        case=case,
        remedy_id=cmd.remedy_id,
        currency=cmd.rule.currency,
        zone=ZoneInfo(policy.pack.zone),
    )
    return await look_around(tx, around, now=now)
