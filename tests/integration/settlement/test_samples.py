"""Remedies are counted by case type and state, their amounts in major units of their currency; the ledger balances."""

from services.settlement.ledger import jobs as ledger_jobs
from services.settlement.ledger import metrics as of_ledger
from services.settlement.remedies import jobs, metrics
from services.settlement.remedies.store.counted import Counted
from shared.platform.db.transaction import transaction
from tests.integration.settlement.conftest import Desk
from tests.support.samples import take, values

KIND = "quality_objection"


async def test_remedies_are_counted_with_their_amounts(desk: Desk) -> None:
    await take(desk.db, jobs.SAMPLES)
    assert (values(metrics.REMEDIES), values(metrics.AMOUNTS)) == ({}, {})
    await desk.quote(await desk.a_case())
    await desk.accepted(await desk.a_case())
    await desk.accepted(await desk.a_case())
    await take(desk.db, jobs.SAMPLES)
    assert values(metrics.REMEDIES) == {(KIND, "quoted"): 1, (KIND, "accepted"): 2}
    assert values(metrics.AMOUNTS) == {(KIND, "quoted", "CNY"): 21_000, (KIND, "accepted", "CNY"): 42_000}


def test_an_amount_is_in_major_units_by_the_currencys_exponent() -> None:
    def amount(minor: int, currency: str) -> float:
        return Counted("t", "quoted", currency, 1, minor).amount

    assert amount(2_100_050, "CNY") == 21_000.5
    assert amount(500, "JPY") == 500
    assert amount(1_234, "KWD") == 1.234


async def test_a_currency_that_does_not_balance_is_counted(desk: Desk) -> None:
    await take(desk.db, ledger_jobs.SAMPLES)
    assert values(of_ledger.UNBALANCED) == {(): 0}
    remedy = await desk.payable()
    await desk.act("sun", remedy, "payout")
    async with transaction(desk.db) as tx:
        await tx.rows("ALTER TABLE ledger_posting DISABLE TRIGGER USER")
        await tx.rows("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
        await tx.rows("""
            INSERT INTO ledger_entry (org_id, entry_id, case_id, remedy_id, business_key, at)
            SELECT org_id, remedy_id, case_id, remedy_id, 'x', now() FROM remedy LIMIT 1""")
        await tx.rows("""
            INSERT INTO ledger_posting (org_id, entry_id, line, account, amount_minor, currency, cite)
            SELECT org_id, remedy_id, 1, 'a', 1, currency, 'c' FROM remedy
            LIMIT 1""")
    await take(desk.db, ledger_jobs.SAMPLES)
    assert values(of_ledger.UNBALANCED) == {(): 1}
