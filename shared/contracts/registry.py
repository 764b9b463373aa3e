"""Published by intake on the registry topic, keyed by organisation: tenants, clocks, policies.

A topic of its own, because its order is per organisation while the others' is per case; each
service consumes it in a group of its own, so a case event may wait for the policy it is pinned to.
"""

from datetime import date
from typing import Any, ClassVar

from shared.contracts import topics
from shared.contracts.envelope import Contract, Instant


class OrganisationCreatedV1(Contract):
    """A tenant exists. `simulated_now` is set when it lives on a clock of its own (test, demo)."""

    TYPE: ClassVar[str] = "organisation.created.v1"
    TOPIC: ClassVar[str] = topics.REGISTRY

    organisation_id: str
    name: str
    simulated_now: Instant | None


class OrganisationClockAdvancedV1(Contract):
    """A simulated organisation's instant moved forward."""

    TYPE: ClassVar[str] = "organisation.clock_advanced.v1"
    TOPIC: ClassVar[str] = topics.REGISTRY

    organisation_id: str
    now: Instant


class PolicyPublishedV1(Contract):
    """A pack version, lint-clean, effective from the start of `effective_from` in the pack's zone.

    `sections` maps `pack`, `intake`, `sla`, `settlement`, `notify` to the normalised documents.
    """

    TYPE: ClassVar[str] = "policy.published.v1"
    TOPIC: ClassVar[str] = topics.REGISTRY

    organisation_id: str
    pack: str
    version: int
    effective_from: date
    digest: str
    sections: dict[str, Any]
