"""A pack that arrives as JSON: the same checks as `redress policy lint`, without files and lines."""

from shared.policy.check import check
from shared.policy.documents import Documents, Sections, parse_sections
from shared.policy.findings import Finding, PackInvalid
from shared.policy.yaml_reader import node_of


def review(documents: Documents) -> tuple[Sections | None, list[Finding]]:
    """The sections (None when a document is malformed) and everything to say about them."""
    sections, findings = parse_sections(documents)
    return sections, findings if sections is None else check(sections)


def reviewed(documents: Documents) -> Sections:
    """The sections of a pack that may be published. Raises PackInvalid with every error."""
    sections, findings = review(documents)
    errors = [finding for finding in findings if finding.severity == "error"]
    if sections is None or errors:
        raise PackInvalid([f"{finding.section}: {shown(finding, documents)}" for finding in errors])
    return sections


def shown(finding: Finding, documents: Documents) -> str:
    """`steps[route].goto: no status foo`."""
    _, path = node_of(documents.get(finding.section, {}), file=finding.section).locate(finding.path)
    return f"{path}: {finding.message}" if path else finding.message
