"""What a section declares, what it refers to, and which variables its expressions may use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.packs.language.types import Path, Placed


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Names of each kind with the path where they stand; both for `declares` and `references`.

    Events are canonical names (`case.accepted`, `clock.breached`). Those of published contracts need no
    declaration; milestones that a pack's own steps reach are declared by intake.
    """

    events: Sequence[Placed] = ()
    roles: Sequence[Placed] = ()  # declared by pack.yaml
    case_types: Sequence[Placed] = ()
    statuses: Sequence[Placed] = ()
    steps: Sequence[Placed] = ()
    facts: Sequence[Placed] = ()
    documents: Sequence[Placed] = ()  # intake's document templates
    records: Sequence[Placed] = ()  # intake's record kinds
    calendars: Sequence[Placed] = ()
    clocks: Sequence[Placed] = ()
    remedies: Sequence[Placed] = ()
    accounts: Sequence[Placed] = ()
    certificates: Sequence[Placed] = ()
    templates: Sequence[Placed] = ()  # notify's message templates
    channels: Sequence[Placed] = ()
    gaps: Sequence[Placed] = ()
    gates: Sequence[Placed] = ()  # intake's shared gates
    settlement_gates: Sequence[Placed] = ()
    evidence: Sequence[Placed] = ()  # kinds of evidence
    balances: Sequence[Placed] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Variables known to the expressions whose path starts with `path`.

    `roots` maps the first part of a variable to the names allowed as its second part, or to None when
    anything may follow: `{"input": {"findings", "staff"}, "case": None}`. The longest matching path decides.
    """

    path: Path
    roots: Mapping[str, frozenset[str] | None]
