"""Refusals about a remedy as a whole; a pack's gates bring codes of their own."""

from services.settlement.remedies.rules.states import ALLOWED_FROM, State, Transition
from services.settlement.remedies.rules.withdrawal import Withdrawal
from shared.kernel.errors import Conflict, NotFound, Rejected
from shared.kernel.instants import instant_text
from shared.kernel.text import Text


class RemedyUnknown(NotFound):
    """The organisation has no such remedy."""


class RemedyNotOffered(Rejected):
    """The case's pack has no remedy of that id."""

    code = "remedy_not_in_policy"
    title = Text(en="The policy has no such remedy", zh="制度中没有该处理方式")


class IllegalTransition(Conflict):
    """The remedy's state does not allow the action; `fields` has `from`, `action` and `allowed_from`."""

    code = "remedy_out_of_order"
    title = Text(en="The remedy's state does not allow this", zh="处理方案的当前状态不允许此操作")

    def __init__(self, *, state: State, transition: Transition, cite: str) -> None:
        allowed = [each.value for each in ALLOWED_FROM[transition]]
        super().__init__(
            detail=f"{transition.value} is not possible when the remedy is {state.value}",
            cite=cite,
            fields={"from": state.value, "action": transition.value, "allowed_from": allowed},
        )


class WithdrawnByStep(Conflict):
    """A step of the case has withdrawn the remedy, under that step's rule; `fields` has `action`, `step` and `at`.

    The title is the reason that the pack states. The case may be offered another remedy.
    """

    code = "remedy_withdrawn"
    title = Text(en="A step of the case has withdrawn the remedy", zh="该处理方案已因案件的后续步骤撤回")

    def __init__(self, withdrawal: Withdrawal, *, transition: Transition) -> None:
        super().__init__(
            cite=withdrawal.cite,
            title=withdrawal.reason,
            fields={"action": transition.value, "step": withdrawal.step, "at": instant_text(withdrawal.at)},
        )


class AnotherRemedyOpen(Conflict):
    """Another remedy of the case is offered or being carried out, or was paid; other money needs a linked case."""

    code = "another_remedy_open"
    title = Text(en="Another remedy of the case is open or executed", zh="该案件已有其他处理方案")


class RoundsUsedUp(Conflict):
    """The pack allows no further offer on this case."""

    code = "offer_rounds_used_up"
    title = Text(en="No further offer is allowed", zh="协商次数已用完")


class NegotiationEnded(Conflict):
    """The customer refused for good."""

    code = "negotiation_ended"
    title = Text(en="The customer refused for good", zh="客户已最终拒绝")


class WrongMode(Conflict):
    """A remedy in money has no goods to book, a remedy in kind no payout."""

    code = "wrong_remedy_mode"
    title = Text(en="Not for this kind of remedy", zh="不适用于此处理方式")
