"""Citations that stand for none yet: `PLACEHOLDER-3 s.3`, as a new pack has them until its document was read."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from shared.packs.documents import Sections
from shared.packs.language.diagnostics import Diagnostic
from shared.packs.publishing.cited_rules import cited_rules

PLACEHOLDER: Final = "PLACEHOLDER-"
"""What the id of a rule begins with while the rule is not known."""


def check_placeholders(sections: Sections) -> Iterator[Diagnostic]:
    """A warning for each rule that is a placeholder, where it is cited first."""
    cited = [rule for rule in cited_rules(sections) if rule.rule.startswith(PLACEHOLDER)]
    times = Counter(rule.rule for rule in cited)
    for name in times:
        first = next(rule for rule in cited if rule.rule == name)
        others = f" (here and in {times[name] - 1} more places)" if times[name] > 1 else ""
        message = f"{name} is no rule of a document{others}: write the rule's id and its place, such as `LS-3 s.3`"
        yield Diagnostic(
            severity="warning",
            code="placeholder",
            section=first.section,
            path=(*first.path, "cite"),
            message=message,
        )
