"""What happens to a case reaches the cases linked to it: the pack may have the system take steps there.

All in the transaction of the first event, one after another, until no case reacts.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.intake.dossier.rules.dossier import Dossier
from services.intake.dossier.store import get_dossier
from services.intake.links.rules import other_end, seen_as
from services.intake.workflow.rules.errors import ReactionsTooMany
from services.intake.workflow.rules.step import StepResult
from services.intake.workflow.use_cases.take_reaction import Cause, TakeReaction, note_refusal, take_reaction
from services.intake.workflow.use_cases.take_step import TakeStep, take_step
from shared.kernel.actor import Actor
from shared.kernel.ids import CaseId, OrgId
from shared.packs.intake.model.links import PARENT
from shared.packs.store import Policy
from shared.platform.db.transaction import Transaction

_LONGEST_CHAIN: Final = 8
"""Steps that cause one another along links; a longer chain is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReached:
    """Something that a case reached, and how many reactions along links led to it."""

    org: OrgId
    case_id: CaseId
    event: str
    at: datetime
    depth: int = 0


async def take_step_and_follow(
    tx: Transaction, cmd: TakeStep, *, actor: Actor, now: datetime
) -> tuple[StepResult, Policy]:
    """Take the step, then what linked cases do upon it. Raises what refuses the step; nothing is changed then."""
    taken, policy = await take_step(tx, cmd, actor=actor, now=now)
    await follow_links(tx, reached_by(taken), policy, now=now)
    return taken, policy


def reached_by(taken: StepResult, *, depth: int = 0) -> Iterator[EventReached]:
    """The milestones of the step, and that of the cases that it opened."""
    org, at = taken.case.org, taken.at
    for reached in taken.reached:
        yield EventReached(org=org, case_id=taken.case.case_id, event=reached.name, at=at, depth=depth)
    for linked in taken.linked:
        yield EventReached(org=org, case_id=CaseId(linked.case_id), event="case.registered", at=at, depth=depth)


async def follow_links(tx: Transaction, reached: Iterable[EventReached], policy: Policy, *, now: datetime) -> None:
    """Have linked cases react, and those linked to them; refusals are written on the case that did not."""
    heard = {event for _, event in policy.intake.linked_reactions}
    waiting = deque(reached)
    while waiting:
        one = waiting.popleft()
        if one.event not in heard:
            continue
        dossier = await get_dossier(tx, org=one.org, case_id=one.case_id)
        for wanted in _reactions(one, dossier, policy):
            if one.depth == _LONGEST_CHAIN:
                await note_refusal(tx, wanted, ReactionsTooMany(), now=now)
            elif (taken := await take_reaction(tx, wanted, now=now)) is not None:
                waiting.extend(reached_by(taken, depth=one.depth + 1))


def _reactions(one: EventReached, dossier: Dossier, policy: Policy) -> Iterator[TakeReaction]:
    """The parent's reactions to what this case is to it, and the linked cases' to their parent."""
    ends = [(PARENT, linked.case_id) for linked in dossier.links]
    if dossier.parent is not None:
        ends.insert(0, (dossier.parent.relation, dossier.parent.case_id))
    elsewhere = tuple(reached.name for reached in dossier.reached_elsewhere)
    for relation, case_id in ends:
        seen = seen_as(other_end(dossier.case, relation=relation, elsewhere=elsewhere), policy.intake)
        cause = Cause(event=one.event, data=seen | {"milestone": one.event}, at=one.at, of=dossier.case.number)
        for step, reaction in policy.intake.linked_reactions.get((relation, one.event), ()):
            yield TakeReaction(org=one.org, case_id=CaseId(case_id), step=step, reaction=reaction, cause=cause)
