"""Published policies as every service holds them: the version a case is pinned to, parsed once.

A process parses each distinct pack once (by digest), however many organisations publish it, and keeps
a bounded number. A pinned version that has not arrived yet is `Unavailable`: the caller tries again.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from shared.ids import OrgId

if TYPE_CHECKING:
    from shared.db.transaction import Transaction
    from shared.policy.sections.intake import IntakeSection
    from shared.policy.sections.notify import NotifySection
    from shared.policy.sections.pack import PackSection
    from shared.policy.sections.settlement import SettlementSection
    from shared.policy.sections.sla import SlaSection


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """The five parsed sections of one pack; shared by all organisations that publish the same one."""

    pack: "PackSection"
    intake: "IntakeSection"
    sla: "SlaSection"
    settlement: "SettlementSection"
    notify: "NotifySection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One published version of a pack in one organisation."""

    org: OrgId
    name: str
    version: int
    effective_from: date
    digest: str
    sections: Sections

    @property
    def pack(self) -> "PackSection":
        return self.sections.pack

    @property
    def intake(self) -> "IntakeSection":
        return self.sections.intake

    @property
    def sla(self) -> "SlaSection":
        return self.sections.sla

    @property
    def settlement(self) -> "SettlementSection":
        return self.sections.settlement

    @property
    def notify(self) -> "NotifySection":
        return self.sections.notify


async def pinned(tx: "Transaction", *, org: OrgId, pack: str, version: int) -> Policy:
    """The version a case is pinned to. Raises Unavailable (`policy_not_here_yet`) until it has arrived."""
    raise NotImplementedError


async def effective(tx: "Transaction", *, org: OrgId, pack: str | None, at: datetime) -> Policy:
    """The newest version in force at `at`. Raises Conflict (`no_effective_policy`) when there is none.

    `pack` may be left out when the organisation has published only one. Intake only: other services are
    told the version with the case.
    """
    raise NotImplementedError
