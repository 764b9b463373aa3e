"""What every use case starts and ends with: the case locked, the remedy, its rule; and the change stored and told.

The case's row is locked first, always, so everything that is decided about the money of one case is decided in turn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.settlement.announce import announce
from services.settlement.db import cases, remedies
from services.settlement.domain.case import Case
from services.settlement.domain.errors import RemedyNotOffered
from services.settlement.domain.remedy import Change, Remedy
from shared.contracts.envelope import ActorV1
from shared.kernel.ids import OrgId
from shared.packs.settlement.model import Action, Gate, SettlementSection
from shared.packs.settlement.model import Remedy as Rule
from shared.packs.store import pinned
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A remedy with its case and the rules it is pinned to."""

    case: Case
    remedy: Remedy
    rule: Rule
    section: SettlementSection

    def gates(self, action: Action) -> tuple[Gate, ...]:
        """The pack's gates before `action`."""
        return self.section.gates_before(self.rule, action)

    def context(self, caller: Caller | None = None, *, consent: bool | None = None) -> dict[str, object]:
        """What a gate may read now."""
        remedy = self.remedy
        facts: dict[str, object] = {
            "state": remedy.state.value,
            "amount_minor": remedy.quote.amount.minor,
            "consent": remedy.consent if consent is None else consent,
            "certificate": None if remedy.certificate is None else remedy.certificate.certificate,
            "returned": remedy.returned,
            "released": remedy.released,
            "round": remedy.round,
        }
        values = {given.id: given.value for given in remedy.quote.trace.inputs}
        return gate_context(self.case, inputs=values, remedy=facts, caller=caller)


def gate_context(
    case: Case, *, inputs: Mapping[str, object], remedy: Mapping[str, object] | None, caller: Caller | None
) -> dict[str, object]:
    """`facts`, `milestones`, `documents`, `inputs`, `remedy` and `actor` for a gate."""
    actor = None if caller is None else {"subject": caller.subject, "roles": sorted(caller.roles)}
    return {**case.context(), "inputs": dict(inputs), "remedy": remedy, "actor": actor}


async def open_matter(tx: Transaction, org: OrgId, remedy_id: str) -> Matter:
    """Lock the remedy's case and load all three. Raises RemedyUnknown, or Unavailable until the policy is here."""
    case = await cases.get_for_update(tx, org, await remedies.case_of(tx, org, remedy_id))
    remedy = await remedies.get(tx, org, remedy_id)
    section = await rules_of(tx, case)
    return Matter(case=case, remedy=remedy, rule=rule_of(section, remedy.remedy), section=section)


async def rules_of(tx: Transaction, case: Case) -> SettlementSection:
    """The settlement section of the policy version that the case is pinned to."""
    policy = await pinned(tx, org=case.org, pack=case.pack, version=case.policy_version)
    return policy.settlement


def rule_of(section: SettlementSection, name: str) -> Rule:
    """The remedy's rule. Raises RemedyNotOffered."""
    rule = section.remedy(name)
    if rule is None:
        raise RemedyNotOffered(fields={"remedies": [known.id for known in section.remedies]})
    return rule


async def conclude(tx: Transaction, change: Change, *, caller: Caller, now: datetime, touches: bool = True) -> Remedy:
    """Store the remedy, remember who touched the case, and tell. Approving and declining do not count as touching."""
    remedy = change.remedy
    await remedies.save(tx, remedy)
    if touches:
        await cases.touch(tx, remedy.org, remedy.case_id, subject=caller.subject, at=now)
    await announce(tx, change, actor=actor_of(caller), now=now)
    return remedy


def actor_of(caller: Caller) -> ActorV1:
    """The caller as events name him."""
    return ActorV1(subject=caller.subject, roles=sorted(caller.roles))
