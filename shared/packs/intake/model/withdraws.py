"""Remedies of its case that a step ends."""

from typing import Annotated, Literal

from pydantic import Field

from shared.kernel.text import Text
from shared.packs.language.citations import Cite
from shared.packs.language.section import Section
from shared.packs.language.types import Expr, Ident


class Withdraws(Section):
    """Open remedies of the case that a step ends under a rule of its own: a corrected weight ends the present offer.

    Those that are quoted, offered, accepted or approved when settlement hears of the step become `withdrawn`, also
    where the customer accepted meanwhile. Every further action on them is refused with `remedy_withdrawn`, this
    citation and this reason, and another one may be offered. One whose payment was requested, or of which goods came
    back or went out, stays as it is: `remedy.not_withdrawn` says so, and money that comes back later withdraws it.
    A step that the system takes upon an event of a remedy (`on`) withdraws those quoted before that remedy, and never
    that one itself: `on: [{event: remedy.quoted}]` lets a newer quote end the older ones.
    """

    remedies: Annotated[tuple[Ident, ...], Field(min_length=1, max_length=50)] | Literal["all"]
    """The remedies of settlement.yaml that it ends; `all` ends those of every id."""
    label: Text
    """Why, as the refusal, the remedy and the customer's message say it."""
    when: Expr | None = None
    """Withdrawn only when this holds. Sees the facts as the step leaves them, `input` and `at`."""
    cite: Cite
