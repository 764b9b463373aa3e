"""Where two documents contradict each other, both are carried out at the same time on one stack."""

import asyncio
from pathlib import Path

from operate.runtime.stack import Stack
from operate.scenarios.report import report
from operate.scenarios.run import run_file
from operate.scenarios.stack import of_running

# The same complaint at the same instant, Monday 2 March 2026 at 09:00: three working days, and three calendar days.
THREE_WORKING_DAYS = """
scenario: A complaint is dealt with in three working days
rules: [TB-14a]
pack: tobacco
start: 2026-03-02T09:00
people: {li: {roles: [county_company_x]}}
steps:
  - by: li
    register: {case_type: complaint, channel: hotline_county, facts: {subject: service, county: x, line_county: x, matter: 送货迟}}
    expect: {clocks: {complaint: {due_at: 2026-03-05T17:00, cite: TB-14a}}}
"""
THREE_CALENDAR_DAYS = """
scenario: A complaint is answered within three days
rules: [DR-15b]
pack: duty_centre
start: 2026-03-02T09:00
people: {liu: {roles: [duty_officer]}}
steps:
  - by: liu
    register: {case_type: complaint, channel: phone, facts: {subject: 电梯噪音, size: small}}
    expect: {clocks: {complaint_answer: {due_at: 2026-03-06T00:00, cite: DR-15b}}}
"""
# Two steel makers, an objection from another province accepted on Friday 6 March 2026: on the way within three working
# days, which a weekend does not count, and on site within five calendar days, which it does.
THREE_WORKING_DAYS_TO_DEPART = """
scenario: The team departs within three working days
rules: [LG-35b]
pack: laigang
start: 2026-03-06T09:00
people: {chen: {roles: [business_staff, quality_objection_clerk]}}
steps:
  - by: chen
    register: {case_type: quality_objection, facts: {province: Jiangsu, product: 热轧卷, grade: Q235B, quantity_t: "60", order_ref: SO-1}}
  - by: chen
    step: {id: analyse, input: {in_scope: true, needs_visit: true, opinion: 属异议范围}}
    expect: {clocks: {departure: {due_at: 2026-03-11T17:00, cite: LG-35b}}}
"""
FIVE_CALENDAR_DAYS_TO_ARRIVE = """
scenario: The team is on site within five days
rules: [WG-05c]
pack: wisco
start: 2026-03-06T09:00
people: {li: {roles: [user_service_office]}}
steps:
  - by: li
    register: {case_type: objection, channel: phone, facts: {objection_class: product_quality, province: Jiangsu}}
  - by: li
    step: {id: accept, input: {needs_visit: true}}
    expect: {clocks: {arrival: {due_at: 2026-03-12T00:00, cite: WG-05c}}}
"""


async def test_contradicting_documents_hold_side_by_side(stack: Stack, tmp_path: Path) -> None:
    texts = (THREE_WORKING_DAYS, THREE_CALENDAR_DAYS, THREE_WORKING_DAYS_TO_DEPART, FIVE_CALENDAR_DAYS_TO_ARRIVE)
    files = []
    for number, text in enumerate(texts):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text, encoding="utf-8")
        files.append(file)

    outcomes = await asyncio.gather(*(run_file(file, of_running(stack)) for file in files))

    assert ["\n".join(report(outcome)) for outcome in outcomes] == [""] * 4
    assert all(outcome.passed for outcome in outcomes)
    assert len({outcome.organisation for outcome in outcomes}) == 4
