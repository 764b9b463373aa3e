"""A case that becomes one of another type: rules see the type that it has after each step."""

from services.notify.cases.store import CASE_VIEW
from shared.kernel.ids import new_id
from tests.integration.notify.stage import Stage, a_rule, advanced, registered
from tests.integration.notify.test_batches import recipients, together

RULES = (
    a_rule(id="complaints", on=["case.moved"], when="case.case_type == 'complaint'", recipients=[{"role": "leader"}]),
    a_rule(id="claims", on=["case.moved"], when="case.case_type == 'claim'", recipients=[{"role": "owner"}]),
    a_rule(
        id="changed",
        on=["case.moved"],
        when="event.previous_case_type == 'complaint'",
        recipients=[{"role": "leader"}],
    ),
)


async def test_rules_see_the_type_of_their_moment_and_the_one_before(stage: Stage) -> None:
    org, case_id = await stage.organisation(*RULES), new_id()
    await together(
        stage,
        [
            (org, case_id, registered(case_id)),
            (org, case_id, advanced(case_id, "case.moved")),
            (org, case_id, advanced(case_id, "case.moved", case_type="claim", previous_case_type="complaint")),
            (org, case_id, advanced(case_id, "case.moved", case_type="claim", owner="finance")),
        ],
    )

    assert await recipients(stage, org, "complaints") == ["leader"]
    assert await recipients(stage, org, "claims") == ["clerk", "finance"]
    assert await recipients(stage, org, "changed") == ["leader"]
    [case] = await stage.rows(CASE_VIEW, CASE_VIEW.c.case_id == case_id)
    assert case.case_type == "claim"
