"""A small shop that counts a device's earlier faults, adds up what a customer claims, and pays one subsidy an order."""

from pathlib import Path
from typing import Any

from tests.support.packs import edited, faultless

INTAKE = """\
case_types:
  - id: repair
    label: {zh: 报修, en: Repair}
    cite: X-1 Art.1
    number: "R-{seq:3}"
    initial: open
    channels: [web]
    require:
      - when: facts.serial != null
        that: looks.faults.count < 3
        code: replace_instead
        cite: X-1 Art.2
        message: {zh: 应换货, en: To be replaced}
  - {id: claim, label: {zh: 索赔, en: Claim}, cite: X-2 Art.1, number: "C-{seq:3}", initial: open, channels: [web]}
  - id: subsidy
    label: {zh: 补贴, en: Subsidy}
    cite: X-3 Art.1
    number: "S-{seq:3}"
    initial: open
    channels: [web, internal]
statuses:
  - {id: open, label: {zh: 处理中, en: Open}}
  - {id: refused, label: {zh: 已拒绝, en: Refused}, phase: closed}
  - {id: done, label: {zh: 已结案, en: Done}, phase: closed}
facts:
  - {id: serial, label: {zh: 序列号, en: Serial number}, type: text}
  - {id: family, label: {zh: 系列, en: Family}, type: text, enterable: false}
  - {id: claimed, label: {zh: 索赔额, en: Claimed}, type: decimal}
  - {id: seen, label: {zh: 所见, en: Seen}, type: integer, enterable: false}
  - {id: total, label: {zh: 合计, en: Total}, type: decimal, enterable: false}
  - {id: severity, label: {zh: 程度, en: Severity}, type: choice, choices: [normal, major], initial: normal, shared: true}
classification:
  rows:
    - {when: "case.case_type == 'repair' and facts.serial != null", set: {family: "split(facts.serial, '-')[0]", seen: looks.faults.count}, cite: X-1 Art.3}
owners:
  - {when: "case.case_type == 'repair' and (looks.family == null ? 0 : looks.family.count) > 0", owner: leader, cite: X-1 Art.4}
  - {owner: clerk, cite: X-1 Art.4}
looks:
  - id: faults
    label: {zh: 十二个月内的报修, en: Faults within twelve months}
    case_types: [repair]
    same: [facts.serial]
    within: {amount: 12, unit: month}
    when: other.status != 'refused'
    cite: X-1 Art.2
  - {id: family, label: {zh: 同系列, en: Same family}, case_types: [repair], same: [facts.family], cite: X-1 Art.4}
  - id: claims
    label: {zh: 本季度索赔, en: Claims of this quarter}
    case_types: [claim]
    same: [customer]
    period: quarter
    when: "'claim.made' in other.milestones"
    sum: number(other.facts.claimed ?? '0')
    cite: X-2 Art.2
  - {id: on_order, label: {zh: 同订单, en: Same order}, same: [order], cite: X-2 Art.3}
unique:
  - id: one_subsidy
    label: {zh: 每单一次, en: One for each order}
    case_types: [subsidy]
    same: [order]
    within: {amount: 12, unit: month}
    among: other.status != 'refused'
    code: subsidy_taken
    message: {zh: 已有补贴, en: Had already}
    cite: X-3 Art.2
  - id: one_serial
    label: {zh: 每机一次, en: One for each device}
    case_types: [subsidy]
    same: [facts.serial]
    code: device_taken
    message: {zh: 该机已办理, en: This device has one}
    cite: X-3 Art.3
steps:
  - id: claim
    label: {zh: 提出, en: Claim}
    cite: X-2 Art.2
    case_types: [claim]
    from: [open]
    roles: [clerk]
    input: [{id: amount, label: {zh: 金额, en: Amount}, type: decimal, required: true}]
    require:
      - that: looks.claims.sum + number(input.amount) <= 1000
        code: claims_too_high
        cite: X-2 Art.2
        message: {zh: 超出额度, en: Too much this quarter}
    set: {claimed: input.amount, total: looks.claims.sum}
    milestones: [claim.made]
  - id: settle
    label: {zh: 了结, en: Settle}
    cite: X-2 Art.3
    case_types: [claim]
    from: [open]
    roles: [clerk]
    require:
      - that: "none(looks.on_order.cases, #.status == 'open')"
        code: order_busy
        cite: X-2 Art.3
        message: {zh: 该订单另有未结案件, en: Another case of this order is open}
    goto: done
  - id: subsidise
    label: {zh: 补贴, en: Subsidise}
    cite: X-3 Art.1
    case_types: [claim]
    from: [open]
    roles: [clerk]
    input: [{id: times, label: {zh: 项目, en: Items}, type: list, required: true}]
    opens:
      - {relation: subsidy, case_type: subsidy, cite: X-3 Art.1, for_each: input.times, facts: {serial: each}}
  - id: name_device
    label: {zh: 登记序列号, en: Name the device}
    cite: X-3 Art.3
    from: open
    roles: [clerk]
    input: [{id: serial, label: {zh: 序列号, en: Serial number}, type: text, required: true}]
    set: {serial: input.serial}
  - {id: refuse, label: {zh: 拒绝, en: Refuse}, cite: X-1 Art.5, from: open, roles: [clerk], goto: refused, milestones: [case.closed]}
  - {id: finish, label: {zh: 办结, en: Finish}, cite: X-1 Art.6, from: open, roles: [leader], goto: done}
"""
LOOK_ON_ORDER = """\
  - {id: on_order, label: {zh: 同订单, en: Same order}, same: [order], cite: X-2 Art.3}
"""
ONE_SUBSIDY = INTAKE[INTAKE.index("  - id: one_subsidy") : INTAKE.index("  - id: one_serial")]
NO_OTHER = """\
    require:
      - that: "none(looks.on_order.cases, #.status == 'open')"
        code: order_busy
        cite: X-2 Art.3
        message: {zh: 该订单另有未结案件, en: Another case of this order is open}
"""


def without_order() -> str:
    """An earlier version of the pack, which does not look by orders."""
    text = INTAKE
    for part in (LOOK_ON_ORDER, ONE_SUBSIDY, NO_OTHER):
        assert part in text
        text = text.replace(part, "")
    return text


def looking_documents(folder: Path, *, intake: str = INTAKE, effective_from: str = "2026-01-01") -> dict[str, Any]:
    """The documents of the pack, which is free of errors."""
    texts = {
        **edited("sla", "case.accepted", "claim.made"),
        **edited("pack", "2026-01-01", effective_from),
        "intake": intake,
    }
    return faultless(folder / effective_from, **texts)[0]
