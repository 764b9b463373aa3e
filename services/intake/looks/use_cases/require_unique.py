"""A second case with what only one may have is refused, under the same locks as looks are taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.intake.looks.rules import Looker, earliest, require_alone, require_filled
from services.intake.looks.store import Span, hold_keys, others_with
from shared.packs.intake.model.looks import Unique
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RequireUnique:
    """What a case received at `received_at` may not have in common with another one."""

    unique: Sequence[Unique]
    looker: Looker
    received_at: datetime
    zone: ZoneInfo


async def require_unique(tx: Transaction, cmd: RequireUnique, *, before: Looker | None = None) -> None:
    """Raise the pack's refusal when another case has it; only of what changed since `before`.

    Raises LookNotReady, LookTooLarge, RuleFailed as well.
    """
    asked = [item for item in cmd.unique if before is None or before.values(item) != cmd.looker.values(item)]
    if not asked:
        return
    keys = await hold_keys(tx, {item.key for item in asked}, of=cmd.looker)
    for item in asked:
        key = keys[item.key]
        if key.value is None:
            continue
        require_filled(item, is_filled=key.is_filled)
        span = Span(since=earliest(item, at=cmd.received_at, zone=cmd.zone), until=None)
        others = await others_with(tx, item, key.value, of=cmd.looker, span=span, case_types=item.case_types)
        require_alone(item, others, received_at=cmd.received_at, zone=cmd.zone)
