"""A pack as one page: everything that is shown, gathered from the pack's folder before anything is rendered."""

from collections.abc import Mapping
from dataclasses import dataclass

from operate.policy_coverage import coverage
from operate.policy_page.articles import Article, RuleOnPage, articles_of
from operate.policy_page.clocks import ClockOnPage, clock_on_page
from operate.policy_page.decision_tables import (
    DefinitionOnPage,
    TableOnPage,
    definition_on_page,
    rules_of,
    table_on_page,
)
from operate.policy_page.details import Value
from operate.policy_page.labels import Labels, labels_of
from operate.policy_page.source_text import read_source
from operate.policy_page.worked_examples import Quoted, WorkedExample, quotes_of, worked_example
from operate.policy_page.workflow import workflow_of
from operate.policy_page.workflow_drawing import Drawing, drawing_of
from services.settlement.calculation.rules.inputs import CellText
from shared.packs.intake.model.workflow import CaseType
from shared.packs.pack.model import PackSection
from shared.packs.publishing.load import LoadedPack
from shared.packs.settlement.model.approval import Approval, OwnApproval
from shared.packs.settlement.model.section import Remedy, SettlementSection


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowOnPage:
    """The drawing of a case type."""

    case_type: CaseType
    drawing: Drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyOnPage:
    """A remedy with its example; `given` are the example's inputs, `rules_of` the rules of each line."""

    remedy: Remedy
    rules: tuple[str, ...]
    rules_of: Mapping[str, tuple[str, ...]]
    example: WorkedExample | None
    given: Mapping[str, CellText | list[dict[str, CellText]]]
    approvers: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalOnPage:
    """A row of the approval table; `only_for` are the remedies and types of cases that it names."""

    only_for: tuple[Value, ...]
    up_to: str | None
    roles: tuple[Value, ...]
    instead: tuple[Value, ...]
    is_own: bool
    """An exception to four eyes: the roles may approve what they handled themselves."""
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that the page shows, in its order."""

    pack: PackSection
    digest: str
    has_words: bool
    faults: tuple[str, ...]
    """What is wrong in scenario files, which prove nothing."""
    articles: tuple[Article, ...]
    workflows: tuple[WorkflowOnPage, ...]
    clocks: tuple[ClockOnPage, ...]
    remedies: tuple[RemedyOnPage, ...]
    approval: tuple[ApprovalOnPage, ...]
    tables: tuple[TableOnPage, ...]
    definitions: tuple[DefinitionOnPage, ...]

    @property
    def rules(self) -> tuple[RuleOnPage, ...]:
        """All rules in the order of the page."""
        return tuple(rule for article in self.articles for rule in article.rules)


def page_of(loaded: LoadedPack) -> Page:
    """The page of a pack with its `source.md` and scenarios. Raises PackInvalid and OperatorError."""
    sections = loaded.valid()
    labels = labels_of(sections)
    source = read_source(loaded.folder)
    covered = coverage(loaded)
    quotes = quotes_of(loaded.folder, sections.intake)
    settlement = sections.settlement
    approving: tuple[Approval | OwnApproval, ...] = (*settlement.approval, *settlement.own_approval)
    return Page(
        pack=sections.pack,
        digest=loaded.digest,
        has_words=bool(source),
        faults=tuple(fault.replace(f"{loaded.folder}/", "") for fault in covered.faults),
        articles=articles_of(sections, covered, source=source, labels=labels),
        workflows=tuple(
            WorkflowOnPage(case_type=each, drawing=drawing_of(workflow_of(sections.intake, each)))
            for each in sections.intake.case_types
        ),
        clocks=tuple(clock_on_page(clock, labels) for clock in sections.sla.clocks),
        remedies=tuple(_remedy(remedy, settlement, quotes=quotes, labels=labels) for remedy in settlement.remedies),
        approval=tuple(_approval(row, sections.pack.currency, labels) for row in approving),
        tables=tuple(map(table_on_page, sections.pack.tables)),
        definitions=tuple(map(definition_on_page, sections.pack.define)),
    )


def _remedy(
    remedy: Remedy, settlement: SettlementSection, *, quotes: tuple[Quoted, ...], labels: Labels
) -> RemedyOnPage:
    example = worked_example(remedy, settlement, quotes)
    row = example.approval if example else None
    return RemedyOnPage(
        remedy=remedy,
        rules=rules_of(remedy.cite),
        rules_of={step.id: rules_of(step.cite) for step in remedy.steps},
        example=example,
        given={each.id: each.text() for each in example.trace.inputs} if example else {},
        approvers=_roles(row.roles, labels) if row else (),
    )


def _approval(row: Approval | OwnApproval, currency: str, labels: Labels) -> ApprovalOnPage:
    named = [labels.by_kind["remedy"].get(name) or name for name in row.remedies]
    named += [labels.by_kind["case_type"].get(name) or name for name in row.case_types]
    return ApprovalOnPage(
        only_for=tuple(named),
        up_to=None if row.up_to is None else f"{row.up_to:,f} {row.currency or currency}",
        roles=_roles(row.roles, labels),
        instead=_roles(row.instead, labels) if isinstance(row, Approval) else (),
        is_own=isinstance(row, OwnApproval),
        rules=rules_of(row.cite),
    )


def _roles(roles: tuple[str, ...], labels: Labels) -> tuple[Value, ...]:
    return tuple(labels.of("roles", role) or role for role in roles)
