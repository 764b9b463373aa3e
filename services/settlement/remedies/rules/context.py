"""What the actions on a remedy read: its case, its rule, and the variables of the pack's gates."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from services.settlement.cases.rules import Case
from services.settlement.looks.rules import cumulated
from services.settlement.remedies.rules.approval_table import Compared, first_fitting
from services.settlement.remedies.rules.errors import RemedyNotOffered
from services.settlement.remedies.rules.remedy import Remedy
from shared.kernel.actor import Actor
from shared.packs.settlement.model.approval import Approval as Row
from shared.packs.settlement.model.approval import OwnApproval, rows_in, table_for
from shared.packs.settlement.model.section import Action, Gate, SettlementSection
from shared.packs.settlement.model.section import Remedy as Rule

CUMULATING: Final[tuple[Action, ...]] = ("quote", "offer", "accept", "approve")
"""The actions at which the looks are taken that rows of the approval table add; the last that was done counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyContext:
    """A remedy with its case and the rules of the policy version that the case is pinned to."""

    case: Case
    remedy: Remedy
    rule: Rule
    section: SettlementSection

    @property
    def case_as_quoted(self) -> Case:
        """The case as inputs read it when they are computed again: `now` and `at` stay the instant of the quote."""
        return replace(self.case, at=self.remedy.quoted_at)

    def gates(self, action: Action) -> tuple[Gate, ...]:
        """The pack's gates before `action`."""
        return self.section.gates_before(self.rule, action)

    def approval_row(self) -> Row:
        """The row of the approval table that the remedy's worth falls into."""
        return row_of(self.section, self.remedy, case_type=self.case.case_type)

    def compared(self) -> tuple[Compared, ...]:
        """The rows of the approval table in the remedy's currency, up to the one that it falls into."""
        currency, table = self.remedy.quote.amount.currency, compared(self.section, self.remedy, self.case.case_type)
        taken = first_fitting(table, currency=currency)
        rows = rows_in([each.row for each in table], currency)
        return tuple(each for each in table[: table.index(taken) + 1] if each.row in rows)

    def own_approvals(self) -> tuple[OwnApproval, ...]:
        """The pack's exceptions to four eyes for the remedy, such cases and its currency."""
        currency, case_type = self.remedy.quote.amount.currency, self.case.case_type
        return tuple(
            each
            for each in self.section.own_approval
            if each.is_for(remedy=self.rule.id, case_type=case_type, currency=currency)
        )

    def variables(self, actor: Actor | None = None, *, consent: bool | None = None) -> dict[str, object]:
        """What a gate may read now."""
        remedy = self.remedy
        facts: dict[str, object] = {
            "state": remedy.state.value,
            "amount_minor": remedy.quote.amount.minor,
            "currency": remedy.quote.amount.currency,
            "consent": remedy.consent if consent is None else consent,
            "certificate": None if remedy.certificate is None else remedy.certificate.certificate,
            "returned": remedy.returned,
            "released": remedy.released,
            "round": remedy.round,
        }
        values = {given.id: given.value for given in remedy.quote.trace.inputs}
        return gate_variables(self.case, inputs=values, remedy=facts, actor=actor)


def gate_variables(
    case: Case, *, inputs: Mapping[str, object], remedy: Mapping[str, object] | None, actor: Actor | None
) -> dict[str, object]:
    """`facts`, `milestones`, `documents`, `inputs`, `remedy` and `actor` for a gate."""
    named = None if actor is None else {"subject": actor.subject, "roles": sorted(actor.roles)}
    return {**case.context(), "inputs": dict(inputs), "remedy": remedy, "actor": named}


def row_of(section: SettlementSection, remedy: Remedy, *, case_type: str) -> Row:
    """The row that the remedy's worth falls into, in its currency, of the approval table for it in such a case."""
    return first_fitting(compared(section, remedy, case_type), currency=remedy.quote.amount.currency).row


def compared(section: SettlementSection, remedy: Remedy, case_type: str) -> tuple[Compared, ...]:
    """The rows of the table, each with what it is compared with: the worth, and the sum of the look that it adds."""
    taken, worth = remedy.looks_before(*reversed(CUMULATING)), remedy.quote.worth
    table = table_for(section.approval, remedy=remedy.remedy, case_type=case_type)
    return tuple(Compared(row=row, worth=cumulated(worth, look=row.cumulative, taken=taken)) for row in table)


def rule_of(section: SettlementSection, name: str) -> Rule:
    """The remedy's rule. Raises RemedyNotOffered."""
    rule = section.remedy(name)
    if rule is None:
        raise RemedyNotOffered(fields={"remedies": [known.id for known in section.remedies]})
    return rule
