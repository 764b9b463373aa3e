"""A process whose clock is ahead has taken a step; one whose clock is right takes the next: it comes after the first.

Found by the chaos suite: the case page said that a case was closed at the instant of the step before, and sla, which
counts from when a step was recorded where that is earlier, that it was closed before that step.
"""

from datetime import timedelta

import orjson

from tests.integration.intake.conftest import START, Intake

AHEAD = timedelta(seconds=90)


async def test_a_step_is_recorded_no_earlier_than_the_one_before(intake: Intake) -> None:
    case_id = await intake.register()
    await intake.advance(AHEAD)
    await intake.taken(case_id, "analyse", {"in_scope": True, "needs_visit": True, "opinion": "属异议范围"})
    await intake.advance(-AHEAD + timedelta(seconds=10))

    await intake.taken(case_id, "confirm_origin", {"origin": "confirmed"}, by="wang")

    told = [(orjson.loads(row.payload)["step"], row.occurred_at) for row in await intake.events("case.advanced.v1")]
    assert told == [("analyse", START + AHEAD), ("confirm_origin", START + AHEAD)]
    lines = (await intake.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
    assert [line["at"] for line in lines[1:]] == [line["recorded_at"] for line in lines[1:]]
