"""Parts of the intake section that say which further cases a step opens: a link from the case to each of them."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from shared.packs.language.citations import Cite
from shared.packs.language.section import Section
from shared.packs.language.types import Expr, Ident

PARENT: Final = "parent"
"""What a linked case calls the case that opened it; no relation may be called so."""

INTERNAL: Final = "internal"
"""The channel of cases that another case or the calendar opens."""

EACH: Final = "each"
"""The item of the list for which a case is opened, in the expressions of `opens`."""

LINKED: Final = frozenset(
    {"case_id", "number", "case_type", "status", "phase", "owner", "milestones", "facts"},
)
"""What expressions see of a case at the other end of a link."""


def _no_variable(role: str) -> str:
    if role == EACH:
        raise ValueError("names the item of the list, not a role")
    return role


class Opens(Section):
    """Cases that a step opens, each with a number, clocks, papers and messages of its own: a link to this case.

    A linked case is of the same organisation and policy version and has the customer, the parties and the order of
    the case that opens it, except where `customer_ref` names another customer. It comes through the channel `internal`,
    is received when the step happened, and is opened together with the step or not at all. Its type's `requires`,
    gates, classification and owners apply; the roles of the step take the place of the type's. The case that opens it
    sees `links.<relation>`, a list, empty at first; the linked one sees `parent`, null without one. Both show case_id,
    number, case_type, status, phase (open, closed or archived), owner, milestones and facts, so
    `"all(links.rectification, #.phase != 'open')"` is a gate for closing (in quotes: ` #` begins a comment in YAML).
    """

    relation: Ident
    """What the linked cases are to the case that opens them (`rectification`); several steps may open the same."""
    case_type: Ident
    """Its `channels` must name `internal`; with the gate `parent != null` such a case comes from a link only."""
    cite: Cite
    when: Expr | None = None
    """Opened only when this holds. Sees the facts as the step leaves them, `input`, `at` and `each`."""
    for_each: Expr | None = None
    """A list: a case for every item, which the other expressions see as `each`; one case when absent. At most 100."""
    once: bool | Annotated[tuple[Ident, ...], Field(min_length=1, max_length=8)] = False
    """Opened only where the case has opened none of this relation yet (`true`), or none with the same of these facts
    (`[department]`): a step that corrects a fact opens what is due now and not there.
    """
    owner: Annotated[
        Annotated[Ident, AfterValidator(_no_variable)] | Expr | None, Field(union_mode="left_to_right")
    ] = None
    """A role, or an expression that yields one (`each`); the section's `owners` decide when absent or null."""
    customer_ref: Expr | None = None
    """The reference of the customer of the linked case (`each`, `facts.carrier`), text of at most 100 characters. One
    who is not the customer of the case that opens it has the name and addresses of the latest case with that reference,
    none where there is no such case; no other party and no order is taken over. The step is refused while it is absent.
    """
    facts: dict[Ident, Expr] = {}
    """Facts that the linked case starts with, computed from the case that opens it."""
    description: Expr | None = None
    """Text of the linked case."""
