"""What was written down wrongly about the customer of a case, and what may be put right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.intake.cases.rules.case import Case
from services.intake.cases.rules.errors import CaseArchived, CasePurged
from services.intake.cases.rules.party import Party
from services.intake.copies.rules import RemedyCopy
from shared.kernel.errors import Conflict, Rejected
from shared.kernel.text import Text
from shared.packs.intake.model.section import IntakeSection

OF_PARTY: Final = ("name", "email", "phone")
OF_CASE: Final = ("customer_ref", "order_ref")
_OWED: Final = frozenset({"accepted", "approved", "payout_requested", "in_doubt", "executed"})
"""States of a remedy from which on the customer has a claim to it."""


class NothingCorrected(Rejected):
    """Every stated value is the present one, or none is stated. 422."""

    code = "nothing_corrected"
    title = Text(en="Nothing to correct", zh="没有需要更正的内容")


class CaseClosed(Conflict):
    """The case is closed; what its papers and messages say about the customer stays. 409."""

    code = "case_closed"
    title = Text(en="Case closed", zh="案件已办结，不能再更正")


class CustomerHasClaim(Conflict):
    """A remedy was accepted: whose it is does not change any more. 409; `fields.remedies` names them."""

    code = "customer_has_claim"
    title = Text(en="A remedy was accepted by this customer", zh="该客户已接受处理方案，不能改为其他客户")


class CaseWithoutCustomer(Conflict):
    """The case has no customer with a name and addresses (a case of the calendar). 409."""

    code = "case_without_customer"
    title = Text(en="Case without a customer", zh="该案件没有客户")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field and what it was and is. Personal data."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """The case and its customer afterwards, and what changed, in the order of the fields."""

    case: Case
    customer: Party | None
    changes: tuple[Change, ...]

    @property
    def party_changed(self) -> bool:
        """Whether the customer's name or an address is another one."""
        return any(change.name in OF_PARTY for change in self.changes)

    @property
    def reaches_another(self) -> bool:
        """Whether what was sent to the customer before may have reached another person."""
        return any(change.name in {"customer_ref", "email"} for change in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What a correction is judged by: the locked case, its customer, its remedies, and what its policy says."""

    case: Case
    customer: Party | None
    remedies: Sequence[RemedyCopy]
    section: IntakeSection


def correct(before: Before, stated: Mapping[str, str | None]) -> Corrected:
    """The case with the stated values. Raises the refusals of this file, CaseArchived and CasePurged."""
    case, customer = before.case, before.customer
    _require_open(case, before.section)
    if customer is None and any(name in OF_PARTY for name in stated):
        raise CaseWithoutCustomer
    present = {name: getattr(case if name in OF_CASE else customer, name) for name in stated}
    changes = tuple(
        Change(name=name, old=present[name], new=stated[name])
        for name in (*OF_PARTY, *OF_CASE)
        if name in stated and stated[name] != present[name]
    )
    if not changes:
        raise NothingCorrected
    new = {change.name: change.new for change in changes}
    if "customer_ref" in new:
        _require_no_claim(before.remedies)
    return Corrected(
        case=replace(
            case,
            customer_ref=new.get("customer_ref") or case.customer_ref,
            order_ref=new.get("order_ref", case.order_ref),
            version=case.version + 1,
        ),
        customer=customer and _party(customer, new),
        changes=changes,
    )


def _party(customer: Party, new: Mapping[str, str | None]) -> Party:
    return replace(
        customer,
        name=new.get("name") or customer.name,
        email=new.get("email", customer.email),
        phone=new.get("phone", customer.phone),
    )


def _require_open(case: Case, section: IntakeSection) -> None:
    if case.is_purged:
        raise CasePurged
    match section.statuses_by_id[case.status].phase:
        case "archived":
            raise CaseArchived(fields={"status": case.status})
        case "closed":
            raise CaseClosed(fields={"status": case.status})
        case "open":
            return


def _require_no_claim(remedies: Sequence[RemedyCopy]) -> None:
    owed = [remedy.remedy for remedy in remedies if remedy.state in _OWED]
    if owed:
        raise CustomerHasClaim(fields={"remedies": sorted(owed)})
