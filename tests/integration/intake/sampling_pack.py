"""The small pack with two samples of every month: complaints that are looked at again, and ones with a step to take."""

from tests.support.timed_pack import INTAKE_TIMED

_TYPES = """\
case_types:
  - {id: review, label: {zh: 复核, en: Review}, cite: X-9 Art.9, number: "R-{yyyy}{mm}-{seq:3}", initial: open, channels: [internal], requires: [period]}
"""
_FACTS = """\
facts:
  - {id: topic, label: {zh: 类别, en: Topic}, type: text}
  - {id: drawn_from, label: {zh: 抽自, en: Drawn from}, type: text}
"""
_STEPS = """\
steps:
  - id: recheck
    label: {zh: 复查, en: Check again}
    cite: X-9 Art.9
    case_types: [complaint]
    from: [done, filed]
    roles: [leader]
"""
_SAMPLES = """\
samples:
  - id: reviews
    label: {zh: 月度复核, en: Monthly reviews}
    cite: X-9 Art.9
    every: month
    from: {case_types: [complaint], reached: case.closed, statuses: [done], when: facts.severity == 'normal'}
    rate: "0.20"
    least: 2
    each: facts.topic
    by: leader
    opens: {relation: review, case_type: review, facts: {period: period.label, drawn_from: case.number, population: sample.population}}
  - id: rechecks
    label: {zh: 复查, en: Checked again}
    cite: X-10 Art.10
    every: month
    from: {case_types: [complaint], reached: case.closed}
    rate: "0.10"
    rounding: down
    by: leader
    step: recheck
retention:
"""

INTAKE_SAMPLING = (
    INTAKE_TIMED.replace("case_types:\n", _TYPES, 1)
    .replace("facts:\n", _FACTS, 1)
    .replace("steps:\n", _STEPS, 1)
    .replace("retention:\n", _SAMPLES, 1)
)
