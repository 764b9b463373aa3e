"""How a new case is classified and who owns it: the pack's two tables, evaluated in order."""

from services.intake.entries.rules.evaluation import cited, holds, value
from services.intake.entries.rules.values import Context, Value, Values, computed
from shared.kernel.actor import Actor
from shared.packs.intake.model.section import IntakeSection


def classified(section: IntakeSection, case_type: str, *, facts: Values, context: Context) -> dict[str, Value]:
    """The facts with what the table adds; each row sees what those before it set. Raises RuleFailed."""
    known, own = dict(facts), {fact.id: fact for fact in section.facts_of(case_type)}
    for row in section.classification.rows:
        seen = {**context, "facts": known}
        with cited(row.cite):
            if not holds(row.when, seen):
                continue
            for name, assigned in row.set.items():
                if name not in own:
                    continue
                with cited(assigned.cite or row.cite):
                    known[name] = computed(own[name], value(assigned, seen))
        if section.classification.mode == "first":
            break
    return known


def owner_of(section: IntakeSection, *, context: Context) -> str:
    """The role that owns the case: the first row that holds; the last one always does. Raises RuleFailed."""
    for row in section.owners[:-1]:
        with cited(row.cite):
            if holds(row.when, context):
                return row.owner
    return section.owners[-1].owner


def initial_facts(section: IntakeSection, case_type: str) -> dict[str, Value]:
    """Every fact of the pack: with its initial value where cases of this type have it, otherwise absent."""
    own = {field.id: field.initial for field in section.facts_of(case_type)}
    return {field.id: own.get(field.id) for field in section.facts}


def actor_context(actor: Actor) -> dict[str, object]:
    """What expressions see of who acts."""
    return {"subject": actor.subject, "roles": sorted(actor.roles)}
