"""The cases that are drawn from a population: read page by page, held as ids."""

from collections.abc import AsyncIterator

from services.intake.entries.rules.evaluation import holds
from services.intake.samples.rules import MOST_MEMBERS, DrawnSample, Member, SampleTooLarge, draw, strata_of
from services.intake.samples.store.population import PAGE, Population, candidates
from shared.packs.intake.model.samples import Drawing
from shared.platform.db.transaction import Transaction


async def draw_sample(tx: Transaction, population: Population, drawing: Drawing, *, seed: str) -> DrawnSample:
    """Draw. Raises SampleTooLarge, RuleFailed."""
    members = [member async for member in _members(tx, population, drawing)]
    return draw(members, drawing, seed=seed)


async def _members(tx: Transaction, population: Population, drawing: Drawing) -> AsyncIterator[Member]:
    after, found = None, 0
    while True:
        page = await candidates(tx, population, after=after)
        for each in page:
            if holds(population.when, each.context):
                found += 1
                if found > MOST_MEMBERS:
                    raise SampleTooLarge(fields={"most": MOST_MEMBERS})
                yield Member(case_id=each.case_id, number=each.number, strata=strata_of(drawing, each.context))
        if len(page) < PAGE:
            return
        after = page[-1].case_id
