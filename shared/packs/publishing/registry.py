"""The one place that knows which check belongs to which model of a pack; models know no checks."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from shared.packs.intake import names as intake_names
from shared.packs.intake.checks import balances as intake_balances
from shared.packs.intake.checks import customer_links as intake_links
from shared.packs.intake.checks import fields as intake_fields
from shared.packs.intake.checks import looks as intake_looks
from shared.packs.intake.checks import samples as intake_samples
from shared.packs.intake.checks import section as intake_section
from shared.packs.intake.checks import standing as intake_standing
from shared.packs.intake.model.balances import Balance, Books
from shared.packs.intake.model.customer_links import CustomerLinks
from shared.packs.intake.model.fields import EntryField, FactField
from shared.packs.intake.model.looks import SameCases
from shared.packs.intake.model.samples import Drawing, SampleRule
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.standing import StandingFact
from shared.packs.intake.model.workflow import Step
from shared.packs.language.declarations import Names, Scope
from shared.packs.language.hours import Hours
from shared.packs.language.section import Section
from shared.packs.language.types import Path, Placed
from shared.packs.notify import checks as notify
from shared.packs.notify import names as notify_names
from shared.packs.notify.model.delivery import Address
from shared.packs.notify.model.section import NotifySection, Rule, Template
from shared.packs.pack import checks as pack
from shared.packs.pack import names as pack_names
from shared.packs.pack.model import Gap, PackSection
from shared.packs.pack.tables import Band, DecisionTable, Definition, TableColumn
from shared.packs.settlement import names as settlement_names
from shared.packs.settlement.checks import inputs as settlement_inputs
from shared.packs.settlement.checks import looks as settlement_looks
from shared.packs.settlement.checks import remedies as settlement_remedies
from shared.packs.settlement.checks import section as settlement_section
from shared.packs.settlement.model.approval import Approval
from shared.packs.settlement.model.inputs import Column, Input
from shared.packs.settlement.model.looks import RemedyLook
from shared.packs.settlement.model.section import Posting, Remedy, SettlementSection, Tax
from shared.packs.sla import checks as sla
from shared.packs.sla import names as sla_names
from shared.packs.sla.model.calendars import Calendar, Override
from shared.packs.sla.model.clocks import Clock, Goal, Warn
from shared.packs.sla.model.indicators import Indicator, Measure, Target
from shared.packs.sla.model.section import SlaSection

Check = Callable[[Any], Iterable[Placed]]
"""What a model says of itself, with paths inside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionNames:
    """What a section declares and refers to, and which variables its expressions may use."""

    declared: Callable[[Any], Names] = lambda _: Names()
    referenced: Callable[[Any], Names] = lambda _: Names()
    scopes: Callable[[Any], Iterable[Scope]] = lambda _: ()


NAMES: Final[Mapping[type[Section], SectionNames]] = {
    PackSection: SectionNames(declared=pack_names.declared),
    IntakeSection: SectionNames(
        declared=intake_names.declared, referenced=intake_names.referenced, scopes=intake_names.scopes
    ),
    SlaSection: SectionNames(declared=sla_names.declared, referenced=sla_names.referenced, scopes=sla_names.scopes),
    SettlementSection: SectionNames(
        declared=settlement_names.declared, referenced=settlement_names.referenced, scopes=settlement_names.scopes
    ),
    NotifySection: SectionNames(
        declared=notify_names.declared, referenced=notify_names.referenced, scopes=notify_names.scopes
    ),
}

ERRORS: Final[Mapping[type[Section], Check]] = {
    PackSection: pack.section_errors,
    Gap: pack.gap_errors,
    Definition: pack.definition_errors,
    TableColumn: pack.column_errors,
    Band: pack.band_errors,
    DecisionTable: pack.table_errors,
    Hours: sla.hours_errors,
    EntryField: intake_fields.field_errors,
    FactField: intake_fields.fact_errors,
    Step: intake_section.step_errors,
    SameCases: intake_looks.same_errors,
    StandingFact: intake_standing.standing_errors,
    Balance: intake_balances.balance_errors,
    Books: intake_balances.books_errors,
    CustomerLinks: intake_links.link_errors,
    Drawing: intake_samples.drawing_errors,
    SampleRule: intake_samples.sample_errors,
    IntakeSection: intake_section.section_errors,
    Override: sla.override_errors,
    Calendar: sla.calendar_errors,
    Goal: sla.goal_errors,
    Warn: sla.warn_errors,
    Clock: sla.clock_errors,
    Measure: sla.measure_errors,
    Target: sla.target_errors,
    Indicator: sla.indicator_errors,
    Input: settlement_inputs.input_errors,
    Column: settlement_inputs.value_errors,
    Remedy: settlement_remedies.remedy_errors,
    Posting: settlement_remedies.posting_errors,
    Tax: settlement_remedies.tax_errors,
    Approval: settlement_section.approval_errors,
    RemedyLook: settlement_looks.look_errors,
    SettlementSection: settlement_section.section_errors,
    Address: notify.address_errors,
    Template: notify.template_errors,
    Rule: notify.rule_errors,
}
"""Errors of each model; those of the models that it inherits from are asked as well."""

WARNINGS: Final[Mapping[type[Section], Check]] = {
    DecisionTable: pack.table_warnings,
    IntakeSection: intake_section.section_warnings,
    Clock: sla.clock_warnings,
    SettlementSection: settlement_section.section_warnings,
    Rule: notify.rule_warnings,
    NotifySection: notify.section_warnings,
}
"""What is allowed in each model but looks like a mistake."""


def declared(section: Section) -> Names:
    """What the section brings into being, for other sections to refer to."""
    return NAMES[type(section)].declared(section)


def referenced(section: Section) -> Names:
    """What the section takes for granted; publication refuses a name that no section declares."""
    return NAMES[type(section)].referenced(section)


def scopes(section: Section) -> Sequence[Scope]:
    """Which variables the expressions under a path may use, beyond `facts.<declared fact>`."""
    return tuple(NAMES[type(section)].scopes(section))


def errors(thing: Section) -> Iterator[Placed]:
    """What is wrong in `thing` and in every part of it."""
    yield from _said(ERRORS, thing)


def warnings(thing: Section) -> Iterator[Placed]:
    """What looks like a mistake in `thing` and in every part of it."""
    yield from _said(WARNINGS, thing)


def _said(checks: Mapping[type[Section], Check], thing: Section) -> Iterator[Placed]:
    for path, part in parts(thing):
        for check in _checks_of(checks, type(part)):
            yield from (((*path, *inner), message) for inner, message in check(part))


def _checks_of(checks: Mapping[type[Section], Check], model: type) -> Iterator[Check]:
    return (checks[each] for each in reversed(model.__mro__) if each in checks)


def parts(thing: object, path: Path = ()) -> Iterator[tuple[Path, Section]]:
    """Every model in `thing`, with its path."""
    match thing:
        case BaseModel():
            if isinstance(thing, Section):
                yield path, thing
            for name, field in type(thing).model_fields.items():
                yield from parts(getattr(thing, name), (*path, field.alias or name))
        case tuple():
            for index, item in enumerate(thing):
                yield from parts(item, (*path, index))
        case Mapping():
            for name, item in thing.items():
                yield from parts(item, (*path, str(name)))
        case _:
            return
