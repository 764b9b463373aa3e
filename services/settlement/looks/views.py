"""What looks at other remedies answered, as readers see it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel

from services.settlement.calculation.views import MoneyView, money_view
from services.settlement.looks.rules import Answers
from shared.kernel.text import Text
from shared.packs.settlement.model.looks import RemedyLook
from shared.packs.settlement.model.section import ACTIONS


class LookView(BaseModel):
    """What a look answered when an action was decided; no count and sum where what is looked by was absent."""

    action: str
    look: str
    label: Text
    count: int | None
    sum: MoneyView | None
    remedies: list[str]
    at: datetime | None
    cite: str


def look_views(taken: Mapping[str, Answers], looks: Sequence[RemedyLook]) -> list[LookView]:
    """The kept answers in the order of the actions and of the pack."""
    return [
        LookView(
            action=action,
            look=look.id,
            label=look.label,
            count=None if (answer := answers[look.id]) is None else answer.count,
            sum=None if answer is None else money_view(answer.total),
            remedies=[] if answer is None else list(answer.remedies),
            at=None if answer is None else answer.at,
            cite=look.cite,
        )
        for action in ACTIONS
        for answers in (taken.get(action, {}),)
        for look in looks
        if look.id in answers
    ]
