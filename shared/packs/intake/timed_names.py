"""What recurring cases, samples and terms of keeping refer to: the parts of the intake section that wait for a day."""

from collections.abc import Iterator

from shared.packs.intake.model.retention import Retention, Term
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.types import Path, Placed


def timed_names(section: IntakeSection) -> Iterator[tuple[str, Placed]]:
    """Names that must exist, each with its kind."""
    yield from _recurring_names(section)
    yield from _sample_names(section)
    for i, rule in enumerate(section.retention):
        yield from _term_names(rule, ("retention", i))
    for i, term in enumerate(section.evidence_retention):
        path: Path = ("evidence_retention", i)
        yield from _term_names(term, path)
        yield from (("evidence", ((*path, "kinds", j), name)) for j, name in enumerate(term.kinds))


def _recurring_names(section: IntakeSection) -> Iterator[tuple[str, Placed]]:
    """Names that must exist, each with its kind."""
    for i, item in enumerate(section.recurring):
        yield "case_types", (("recurring", i, "case_type"), item.case_type)
        yield from (("facts", (("recurring", i, "facts", fact), fact)) for fact in item.facts)
        if item.owner is not None:
            yield "roles", (("recurring", i, "owner"), item.owner)
        if item.sample is not None:
            yield "events", (("recurring", i, "sample", "reached"), item.sample.reached)
            yield "facts", (("recurring", i, "sample", "into"), item.sample.into)
            for j, name in enumerate(item.sample.case_types):
                yield "case_types", (("recurring", i, "sample", "case_types", j), name)


def _sample_names(section: IntakeSection) -> Iterator[tuple[str, Placed]]:
    """Names that must exist, each with its kind."""
    for i, rule in enumerate(section.samples):
        path: Path = ("samples", i)
        yield "events", ((*path, "from", "reached"), rule.from_.reached)
        yield from (("case_types", ((*path, "from", "case_types", j), n)) for j, n in enumerate(rule.from_.case_types))
        yield from (("statuses", ((*path, "from", "statuses", j), n)) for j, n in enumerate(rule.from_.statuses))
        yield "roles", ((*path, "by"), rule.by)
        if rule.step is not None:
            yield "steps", ((*path, "step"), rule.step)
        if rule.opens is not None:
            yield "case_types", ((*path, "opens", "case_type"), rule.opens.case_type)
            yield from (("facts", ((*path, "opens", "facts", name), name)) for name in rule.opens.facts)


def _term_names(term: Term, path: Path) -> Iterator[tuple[str, Placed]]:
    yield "events", ((*path, "from"), term.from_)
    yield from (("case_types", ((*path, "case_types", j), name)) for j, name in enumerate(term.case_types))
    if isinstance(term, Retention):
        yield from (("roles", ((*path, "roles", j), role)) for j, role in enumerate(term.roles))
