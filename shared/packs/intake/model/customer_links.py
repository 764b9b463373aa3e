"""Links by which a customer, or a contact, comes to one case without a token of the organisation's."""

from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from shared.packs.language.durations import ElapsedDuration
from shared.packs.language.section import Section

LinkAction = Literal["step", "file", "accept", "reject"]
ACTIONS: Final[tuple[LinkAction, ...]] = get_args(LinkAction)


class CustomerLinks(Section):
    """Links to cases of types that customers see: one for the customer at registration, others by staff."""

    page: Annotated[str, Field(pattern=r"^https://[^\s?#]+$", max_length=500)]
    """The page of the organisation that a link opens; the secret follows as a fragment, which browsers keep."""
    valid_for: ElapsedDuration
    """How long a link holds, from when it is issued."""
    may: tuple[LinkAction, ...] = ACTIONS
    """What its bearer may do beside reading: `step` (take a step of the customer's), `file` (add a file), `accept` and
    `reject` (an offer).
    """
    once: tuple[LinkAction, ...] = ()
    """What of that one link permits a single time; `step` a single time for each step."""
