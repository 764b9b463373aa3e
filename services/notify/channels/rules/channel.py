"""What a channel is: its name, how its messages are delivered, and where a recipient is found on it."""

from collections.abc import Callable
from dataclasses import dataclass

from services.notify.cases.rules import Party
from services.notify.channels.rules.places import as_written
from shared.packs.notify.model.channels import Delivery
from shared.packs.notify.model.delivery import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A recipient of a rule on a case, and everything that may hold an address of it."""

    role: str  # `customer`, `first_responder` or a role of the pack
    name: str | None  # None: addressed by role
    locale: str
    party: Party | None  # recorded on the case
    listed: Address | None  # of the pack
    inbox: str | None
    endpoint_id: str | None  # a webhook endpoint of the organisation that takes notices


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way to deliver messages."""

    name: str
    delivery: Delivery
    address: Callable[[Contact], str | None]
    place: Callable[[str], str] = as_written
    """What two ways of writing one address have in common."""
    to_endpoints: bool = False  # an address is the id of a webhook endpoint

    def can_reach(self, contact: Contact) -> bool:
        """Whether `contact` can be told. A person who delivers also finds an address that is not recorded."""
        return self.delivery is Delivery.BY_HAND or self.address(contact) is not None
