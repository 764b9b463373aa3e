"""Counts by month, type, status, outcome, amount and breach in one call."""

from datetime import timedelta

import pytest

from shared.kernel.ids import new_id
from tests.integration.intake.conftest import BODY, Intake
from tests.support.event_samples import an_event

YEAR = {"from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"}


async def test_cases_remedies_and_clocks_are_counted(intake: Intake) -> None:
    first, second = await intake.register(), await intake.register()
    await intake.post("/v1/cases", BODY, org=intake.foreign)
    await intake.advance(timedelta(days=26, hours=15))
    await intake.register()
    await intake.taken(first, "analyse", {"in_scope": True, "needs_visit": True, "opinion": "edge cracks"})
    await intake.hear(an_event("remedy.executed", second), thing=new_id())
    await intake.hear(an_event("clock.breached", second), thing=new_id())
    found = (await intake.get("/v1/statistics", **YEAR, zone="Asia/Shanghai")).json()
    cases = [(c["month"], c["status"], c["breached"], c["count"]) for c in found["cases"]]
    assert cases == [
        ("2026-03", "accepted", False, 1),
        ("2026-03", "registered", True, 1),
        ("2026-04", "registered", False, 1),
    ]
    [remedy] = found["remedies"]
    assert [remedy[name] for name in ("month", "remedy", "state", "currency", "count", "amount_minor")] == [
        "2026-03", "refund", "executed", "CNY", 1, 100
    ]  # fmt: skip
    [clock] = found["clocks"]
    assert (clock["clock"], clock["breached"], clock["count"]) == ("watched", True, 1)
    in_utc = (await intake.get("/v1/statistics", **YEAR)).json()["cases"]
    assert {case["month"] for case in in_utc} == {"2026-03"}


@pytest.mark.parametrize(
    ("changed", "path", "code"),
    [
        ({"to": "2025-12-31T00:00:00Z"}, "/query/to", "span_out_of_range"),
        ({"to": "2029-12-31T00:00:00Z"}, "/query/to", "span_out_of_range"),
        ({"zone": "Nowhere"}, "/query/zone", "zone_unknown"),
    ],
)
async def test_a_span_is_bounded(intake: Intake, changed: dict[str, str], path: str, code: str) -> None:
    answer = await intake.get("/v1/statistics", **(YEAR | changed))
    assert (answer.status_code, answer.json()["fields"]) == (422, [{"path": path, "code": code}])
