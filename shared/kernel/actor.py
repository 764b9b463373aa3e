"""The author of a change: the subject of a token with its roles at that moment, or the system itself."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a principal is."""

    STAFF = "staff"
    """A person who works for the organisation, by roles."""
    MACHINE = "machine"
    """A client of the organisation, acting for itself or for a named person."""
    CUSTOMER = "customer"
    """A customer of the organisation; sees and does what concerns that customer's own cases."""
    LINK = "link"
    """The bearer of a link to one case."""


STAFF_AND_MACHINES: Final = frozenset({Kind.STAFF, Kind.MACHINE})
CUSTOMERS: Final = frozenset({Kind.CUSTOMER, Kind.LINK})

CUSTOMER_ROLE: Final = "customer"
"""The one role that a customer and the bearer of a link have; no other principal may have it."""


RESPONSIBLE_ROLE: Final = "role:"
"""Begins a first responder that is a role and no person; no token's subject begins so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The author of a change. `is_system` is never true for a token, whatever its subject is called."""

    subject: str
    roles: frozenset[str] = frozenset()
    is_system: bool = False
    kind: Kind = Kind.STAFF
    client: str | None = None
    """The machine that acted for `subject`; None where the subject acted without one."""

    @property
    def is_person(self) -> bool:
        """False for the system and for a machine that acts for itself."""
        return not self.is_system and (self.kind is not Kind.MACHINE or self.client is not None)

    @property
    def kind_name(self) -> str:
        """The kind as events and histories name it; `system` for the system."""
        return "system" if self.is_system else self.kind.value

    @property
    def is_customer(self) -> bool:
        """Whether the customer itself acts, with a token of its own or with a link."""
        return self.kind in CUSTOMERS

    @property
    def signature(self) -> str:
        """The subject, with the machine that acted for it: `li.wei (web-shop)`."""
        return self.subject if self.client is None else f"{self.subject} ({self.client})"


SYSTEM: Final = Actor(subject="system", is_system=True)
"""Timers, jobs and reactions to events of other services."""
