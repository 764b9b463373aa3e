"""What every published event has: CloudEvents 1.0 attributes plus our extensions.

`Contract` is the payload (a versioned, published product); `Envelope` what travels around it.
Written strictly (`extra="forbid"`), read leniently (unknown fields of a newer producer ignored).
"""

from datetime import datetime
from typing import Annotated, ClassVar, Generic, Literal, NamedTuple, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.kernel.actor import Actor, Kind
from shared.kernel.ids import EventId, OrgId

Instant = AwareDatetime
Minor = Annotated[int, Field(ge=-(10**15), le=10**15)]


class Contract(BaseModel):
    """Payload of one published event type. Subclasses set TYPE (`case.registered.v1`) and TOPIC."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str]

    @classmethod
    def milestone(cls) -> str:
        """The canonical event name packs use: the type without its version (`clock.breached`)."""
        return cls.TYPE.rpartition(".")[0]


class OfCase(Contract):
    """Payload of an event about a case: by what the systems of the organisation know the case.

    `number` and `customer_ref` are empty in events that were published before they named them; after a purge
    `customer_ref` is empty or `erased`. `order_ref` is null where the case is about no order.
    """

    case_id: str
    number: str = ""
    customer_ref: str = ""
    order_ref: str | None = None


class MoneyV1(BaseModel):
    """An amount: integer minor units and ISO 4217 currency."""

    model_config = ConfigDict(frozen=True)

    minor: Minor
    currency: str = "CNY"


class ActorV1(BaseModel):
    """Who acted: token subject and the roles held then; `system` for timers and reactions."""

    model_config = ConfigDict(frozen=True)

    subject: str
    roles: list[str] = Field(default_factory=list)
    kind: Literal["staff", "machine", "customer", "link", "system"] = "staff"
    client: str | None = None  # the machine that acted for `subject`

    @classmethod
    def of(cls, actor: Actor) -> "ActorV1":
        """The actor as events name it."""
        return cls.model_validate(
            {
                "subject": actor.subject,
                "roles": sorted(actor.roles),
                "kind": actor.kind_name,
                "client": actor.client,
            }
        )

    def actor(self) -> Actor:
        """The actor that an event names."""
        if self.kind == "system":
            return Actor(subject=self.subject, roles=frozenset(self.roles), is_system=True)
        return Actor(subject=self.subject, roles=frozenset(self.roles), kind=Kind(self.kind), client=self.client)


class TextV1(BaseModel):
    """A short text that a person reads, in both languages."""

    model_config = ConfigDict(frozen=True)

    zh: str
    en: str


C = TypeVar("C", bound=Contract)


class Envelope(NamedTuple, Generic[C]):
    """One event as a consumer receives it.

    `key` is the case id (or organisation id on the registry topic) and orders the partition;
    `version` counts up per (aggregate, aggregate_id) so that a consumer can refuse old ones.
    `occurred_at` is the organisation's instant (simulated or real) when it happened. `traceparent` names the span in
    which the consumer handles it.
    """

    id: EventId
    org: OrgId
    key: str
    aggregate: str
    aggregate_id: str
    version: int
    occurred_at: datetime
    correlation_id: str
    traceparent: str | None
    data: C
