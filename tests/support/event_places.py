"""Which event has an effect at which place of a pack: written out by hand from what the services do with each event.

A row is an event, a column a place; `x` where a pack may name it. `step.taken` stands for every milestone that a step
of the pack reaches. The columns, in their order: `start`, `stop`, `cancel_on`, `pause_on` and `resume_on` of a clock;
an indicator; a notify rule, its `case.milestones` and `event.milestones`; a step's `on` without and with `relation`;
`milestones` in intake, of a linked case, and before a case is registered; a sample; retention; `milestones` in
settlement.
"""

from typing import Final

PLACES: Final = (
    "CLOCK_START", "CLOCK_STOP", "CLOCK_CANCEL", "CLOCK_PAUSE", "CLOCK_RESUME", "INDICATOR", "RULE", "RULE_CONDITION",
    "RULE_STEP", "REACTION", "LINKED_REACTION", "GATE", "LINKED_GATE", "REGISTRATION", "SAMPLE", "RETENTION",
    "SETTLEMENT_GATE",
)  # fmt: skip

_TABLE: Final = """
                             sla  sla       notify  on   intake  recurring  settlement
                             12345 6        123     12   123     12         1
step.taken                   xxxxx x        xxx     .x   xx.     xx         x
organisation.created         ..... .        ...     ..   ...     ..         .
organisation.clock_advanced  ..... .        ...     ..   ...     ..         .
policy.published             ..... .        ...     ..   ...     ..         .
party.recorded               ..... .        ...     ..   ...     ..         .
case.registered              x.... x        xx.     .x   xx.     xx         x
case.advanced                ..... .        ...     ..   ...     ..         .
case.corrected               ..... .        ...     ..   ...     ..         .
evidence.added               xxxxx x        xx.     ..   xx.     xx         x
case.purged                  xxxxx x        x..     ..   .x.     ..         .
link.issued                  ..... .        ...     ..   ...     ..         .
link.revoked                 ..... .        ...     ..   ...     ..         .
clock.started                ..... .        x..     xx   xx.     xx         .
clock.retargeted             ..... .        x..     xx   xx.     xx         .
clock.stopped                ..... .        x..     xx   xx.     xx         .
clock.cancelled              ..... .        x..     xx   xx.     xx         .
clock.warned                 ..... .        x..     xx   xx.     xx         .
clock.breached               ..... .        x..     xx   xx.     xx         .
clock.extended               ..... .        x..     xx   xx.     xx         .
clock.excused                ..... .        x..     xx   xx.     xx         .
extension.requested          ..... .        x..     xx   xx.     xx         .
extension.rejected           ..... .        x..     xx   xx.     xx         .
remedy.quoted                xxxxx x        x..     xx   xx.     xx         .
remedy.quote_expired         xxxxx x        x..     xx   xx.     xx         .
remedy.offered               xxxxx x        x..     xx   xx.     xx         .
remedy.accepted              xxxxx x        x..     xx   xx.     xx         .
remedy.rejected              xxxxx x        x..     xx   xx.     xx         .
remedy.approval_recorded     xxxxx x        x..     xx   xx.     xx         .
remedy.approved              xxxxx x        x..     xx   xx.     xx         .
remedy.declined              xxxxx x        x..     xx   xx.     xx         .
remedy.certificate_recorded  xxxxx x        x..     xx   xx.     xx         .
remedy.payout_requested      xxxxx x        x..     xx   xx.     xx         .
remedy.payout_pending        xxxxx x        x..     xx   xx.     xx         .
remedy.payout_in_doubt       xxxxx x        x..     xx   xx.     xx         .
remedy.payout_failed         xxxxx x        x..     xx   xx.     xx         .
remedy.payout_reversed       xxxxx x        x..     xx   xx.     xx         .
remedy.executed              xxxxx x        x..     xx   xx.     xx         .
remedy.goods_returned        xxxxx x        x..     xx   xx.     xx         .
remedy.replacement_released  xxxxx x        x..     xx   xx.     xx         .
remedy.withdrawn             xxxxx x        x..     xx   xx.     xx         .
remedy.not_withdrawn         xxxxx x        x..     xx   xx.     xx         .
message.to_do                ..... .        ...     ..   ...     ..         .
message.outcome_unknown      xxxxx x        x..     xx   ...     ..         .
message.sent                 xxxxx x        ...     xx   ...     ..         .
message.skipped              xxxxx x        x..     xx   ...     ..         .
message.failed               xxxxx x        x..     xx   ...     ..         .
"""


def _rows() -> dict[str, dict[str, bool]]:
    rows = [line.split() for line in _TABLE.splitlines()[3:]]
    return {name: dict(zip(PLACES, map("x".__eq__, "".join(marks)), strict=True)) for name, *marks in rows}


EXPECTED: Final = _rows()
"""Event → place → whether the event has an effect there."""


def admitted(place: str) -> list[str]:
    """The events that have an effect at a place."""
    return [name for name, places in EXPECTED.items() if places[place]]
