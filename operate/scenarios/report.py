"""What is printed of a scenario that differs: where, what was expected, what came, and which rule says so."""

from collections.abc import Iterator

from operate.scenarios.play import Outcome, Played
from shared.packs.publishing.cited_rules import cited_rules, rule_ids
from shared.packs.publishing.load import LoadedPack


def report(outcome: Outcome) -> list[str]:
    """The lines for every step that differs; none when nothing does."""
    return [line for step in outcome.played if step.differences for line in _step(outcome, step)]


def _step(outcome: Outcome, step: Played) -> Iterator[str]:
    who = f", {step.by}" if step.by else ""
    yield (
        f"✗ {outcome.file}:{step.line}: step {step.number} of {len(outcome.scenario.steps)} "
        f"at {step.at}{who}: {step.what}"
    )
    if step.note:
        yield f"  {step.note}"
    for difference in step.differences:
        yield f"  {difference.where}"
        yield f"    expected  {difference.expected}"
        yield f"    came      {difference.came}"
    for rule in _rules(outcome, step):
        yield f"  rule  {_rule(rule, outcome.pack)}"


def _rules(outcome: Outcome, step: Played) -> tuple[str, ...]:
    """The rules in question: those the step says it proves, else those that what differs cites, else all."""
    cited = dict.fromkeys(rule for difference in step.differences for rule in rule_ids(difference.cite))
    return step.rules or tuple(cited) or tuple(outcome.scenario.rules)


def _rule(rule: str, pack: LoadedPack) -> str:
    """A rule as the pack has it: id, article, label, element, file and line of what carries it out."""
    carriers = [cited for cited in cited_rules(pack.valid()) if cited.rule == rule]
    if not carriers:
        return f"{rule}  (the pack does not carry it out)"
    cited = next((carrier for carrier in carriers if carrier.label), carriers[0])
    file, line = pack.place(cited.section, cited.path)
    return f"{rule} {cited.article}  {cited.label} ({cited.where}, {file}:{line})"
