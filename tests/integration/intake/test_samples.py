"""Cases are counted by type and status, contacts by kind, and by organisation only where that is asked for."""

from services.intake.cases import jobs, metrics
from services.intake.contacts import jobs as contact_jobs
from services.intake.contacts import metrics as of_contacts
from shared.platform.db.transaction import reading
from tests.integration.intake.conftest import Intake
from tests.integration.intake.test_contacts import noted
from tests.support.samples import take, values

KIND = "quality_objection"


async def test_cases_are_counted_by_type_and_status(intake: Intake) -> None:
    await take(intake.db, jobs.samples(organisations=0))
    assert values(metrics.CASES) == {}
    first = await intake.register()
    await intake.register()
    registered = (await intake.page(first))["status"]
    await take(intake.db, jobs.samples(organisations=0))
    assert values(metrics.CASES) == {(KIND, registered): 2}
    await intake.taken(first, "analyse", {"in_scope": True, "needs_visit": True, "opinion": "边裂，属质量异议范围"})
    analysed = (await intake.page(first))["status"]
    assert analysed != registered
    await take(intake.db, jobs.samples(organisations=0))
    assert values(metrics.CASES) == {(KIND, registered): 1, (KIND, analysed): 1}


async def test_contacts_are_counted_by_kind(intake: Intake) -> None:
    await noted(intake)
    await noted(intake)
    await take(intake.db, contact_jobs.SAMPLES)
    assert values(of_contacts.CONTACTS) == {("complaint",): 2}


async def test_organisations_are_counted_only_where_a_setting_asks(intake: Intake) -> None:
    assert [sample.gauges for sample in jobs.samples(organisations=0)] == [
        metrics.COUNTED,
        metrics.CHANGES_COUNTED,
    ]
    await intake.register()
    await take(intake.db, jobs.samples(organisations=1))
    assert values(metrics.ORGANISATION_CASES) == {(intake.org,): 1}


async def test_counting_reads_indexes_alone(intake: Intake) -> None:
    async with reading(intake.db) as tx:
        for other in ("seqscan", "bitmapscan"):
            await tx.rows(f"SET enable_{other} = off")
        plan = await tx.rows("EXPLAIN SELECT case_type, status, count(*) FROM case_file GROUP BY case_type, status")
        await tx.rows("RESET ALL")
    assert "Index Only Scan using ix_case_file_type_status" in "\n".join(line for (line,) in plan)
