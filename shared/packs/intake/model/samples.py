"""Samples: how many cases of a period are drawn, which, and what is done with each of them.

Nothing is drawn by chance or by a person: the cases are ranked by a hash, so that a draw can be repeated and checked.
"""

from typing import Annotated, Literal

from pydantic import Field

from shared.kernel.periods import Every
from shared.kernel.text import Text
from shared.packs.language.citations import Cite
from shared.packs.language.section import Section
from shared.packs.language.types import DecimalText, EventName, Expr, Ident

MOST_DRAWN = 2_000
"""Cases of one draw; a draw that would be larger is refused on record."""


class Drawing(Section):
    """How many cases are drawn: the share `rate` of all, never fewer than `least`, never more than `most`."""

    rate: Annotated[DecimalText, Field(gt=0, le=1)] | None = None
    """The share that is drawn: `"0.20"` of 137 cases are 28. Without it `least` or `each` says how many."""
    rounding: Literal["up", "down"] = "up"
    """To which whole case the share is rounded: 27.4 is 28 or 27."""
    least: Annotated[int, Field(ge=1, le=MOST_DRAWN)] | None = None
    """At least so many are drawn; all where there are fewer."""
    most: Annotated[int, Field(ge=1, le=MOST_DRAWN)] | None = None
    """No more are drawn by `rate`; `each` may add to them."""
    each: Expr | None = None
    """At least one case of each value is drawn: a text or a list of texts (`facts.topic`) of the drawn case. Cases
    without a value are drawn by `rate` and `least` alone. At most 200 values.
    """


class SampleFrom(Section):
    """Which cases are drawn from: those that reached a milestone within the period, purged ones left out."""

    case_types: Annotated[tuple[Ident, ...], Field(min_length=1)]
    """Types of the cases."""
    reached: EventName
    """The milestone; a case belongs to the period in which it reached it, a second time counts as well."""
    statuses: tuple[Ident, ...] = ()
    """Only cases that stand so when the period has ended (the outcome); any status when empty."""
    when: Expr | None = None
    """Only cases for which this holds: `facts`, `case` and `milestones` are the drawn case's."""


class SampleOpens(Section):
    """The case that is opened for each drawn case, linked with it as by a step's `opens`."""

    relation: Ident
    """What it is to the drawn case (`review`): `links.review` there; the drawn case is its `parent`."""
    case_type: Ident
    """Its `channels` must name `internal`."""
    facts: dict[Ident, Expr] = {}
    """Facts that it starts with, from the drawn case's `facts`, `case`, `milestones`, from `period` and `sample`."""


class SampleRule(Drawing):
    """Cases that are drawn once in every period, at the first instant after it, from the day on which the version is in
    force; what lies before its publication is not drawn.

    Each drawn case is given to the role `by`: as a case that is opened for it (`opens`), or as a task to take a step on
    it (`step`). The cases are ranked by SHA-256 over a seed and the case's id; the seed is SHA-256 over organisation,
    pack, `id` and period. First the lowest rank of each value of `each` is taken, then the lowest of all. `GET
    /v1/samples` lists the draws, each with its seed, so that a draw can be repeated. At most 100,000 cases are drawn
    from, and at most 2,000 drawn.
    """

    id: Ident
    """Its name; with the period it makes each draw unique. No recurring case may have it."""
    label: Text
    """What people read."""
    cite: Cite
    every: Every
    """The period, counted in the pack's zone: `day`, `week` (from Monday), `month`, `quarter` or `year`."""
    from_: Annotated[SampleFrom, Field(alias="from")]
    """Which cases are drawn from."""
    by: Ident
    """The role that looks at the drawn cases: it owns the opened case, or has the task."""
    opens: SampleOpens | None = None
    """A case that is opened for each drawn case. Either this or `step`."""
    step: Ident | None = None
    """The step to be taken on each drawn case, a task of `by` until it is taken; `by` is among its `roles`."""
