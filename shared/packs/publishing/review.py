"""A pack that arrives as JSON: the same checks as `redress policy lint`, without files and lines."""

from collections.abc import Sequence

from shared.packs.documents import Documents, Sections, parse_sections
from shared.packs.language.diagnostics import Fault, Finding, PackInvalid, without_echoes
from shared.packs.language.yaml_reader import node_of
from shared.packs.publishing.check import check


def review(documents: Documents) -> tuple[Sections | None, list[Finding]]:
    """The sections (None when a document is malformed) and everything to say about them."""
    sections, findings = parse_sections(documents)
    return sections, findings if sections is None else check(sections)


def reviewed(documents: Documents) -> Sections:
    """The sections of a pack that may be published. Raises PackInvalid with every error."""
    sections, findings = review(documents)
    errors = [finding for finding in findings if finding.severity == "error"]
    if sections is None or errors:
        raise PackInvalid([f"{fault.file}: {fault.text()}" for fault in faults(errors, documents)])
    return sections


def faults(findings: Sequence[Finding], documents: Documents) -> list[Fault]:
    """The findings with their paths as people read them (`steps[route].goto`); files and lines there are none."""
    return without_echoes(_fault(finding, documents) for finding in findings)


def _fault(finding: Finding, documents: Documents) -> Fault:
    _, path = node_of(documents.get(finding.section, {}), file=finding.section).locate(finding.path)
    return Fault(
        file=finding.section,
        line=1,
        path=path,
        message=finding.message,
        code=finding.code,
        severity=finding.severity,
    )
