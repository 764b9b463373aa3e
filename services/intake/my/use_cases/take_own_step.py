"""A customer takes a step of an own case that the pack opens to customers."""

from datetime import datetime

from services.intake.my.rules import own_step, told_to_customer
from services.intake.my.use_cases.load_own import load_own
from services.intake.workflow.use_cases.follow_links import take_step_and_follow
from services.intake.workflow.use_cases.take_step import TakeStep
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction
from shared.platform.links.store import use_link


async def take_own_step(tx: Transaction, caller: Caller, cmd: TakeStep, *, now: datetime) -> None:
    """Take it. Raises NotFound unless case and step are open to the caller, and what refuses the step."""
    loaded = await load_own(tx, caller, cmd.case_id, lock=True)
    own_step(loaded.section, cmd.step, case_type=loaded.case.case_type)
    await use_link(tx, caller, "step", now=now, thing=cmd.step)
    with told_to_customer():
        await take_step_and_follow(tx, cmd, actor=caller.actor, now=now)
