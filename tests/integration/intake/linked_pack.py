"""A small works whose complaints open rectification orders, one per department, and recourse against a carrier."""

from pathlib import Path
from typing import Any

from tests.support.packs import edited, faultless

INTAKE = """\
case_types:
  - {id: complaint, label: {zh: 投诉, en: Complaint}, cite: X-1 Art.1, number: "C-{seq:5}", initial: open, channels: [web]}
  - id: rectification_order
    label: {zh: 整改单, en: Rectification order}
    cite: X-6 Art.6
    number: "R-{seq:3}"
    initial: ordered
    channels: [internal]
    roles: [nobody]
    requires: [measure]
    require:
      - that: parent != null and parent.phase == 'open'
        code: no_complaint
        cite: X-6 Art.6
        message: {zh: 没有对应投诉, en: No complaint}
  - {id: recourse, label: {zh: 追偿, en: Recourse}, cite: X-7 Art.7, number: "T-{seq:3}", initial: open, channels: [internal]}
statuses:
  - {id: open, label: {zh: 处理中, en: Open}}
  - {id: ordered, label: {zh: 已下达, en: Ordered}}
  - {id: reported, label: {zh: 已报告, en: Reported}}
  - {id: verified, label: {zh: 已验证, en: Verified}, phase: closed}
  - {id: dropped, label: {zh: 已撤销, en: Dropped}, phase: closed}
  - {id: done, label: {zh: 已结案, en: Done}, phase: closed}
facts:
  - {id: severity, label: {zh: 程度, en: Severity}, type: choice, choices: [normal, major], initial: normal, shared: true}
  - {id: measure, label: {zh: 措施, en: Measure}, type: text, shared: true}
  - {id: department, label: {zh: 部门, en: Department}, type: text, shared: true, enterable: false}
  - {id: amount, label: {zh: 金额, en: Amount}, type: decimal, min: "0", shared: true}
  - {id: rank, label: {zh: 级别, en: Rank}, type: choice, choices: [own, of_parent], enterable: false}
  - {id: verified, label: {zh: 已验证, en: Verified}, type: list, initial: null}
  - {id: overdue, label: {zh: 逾期, en: Overdue}, type: text, enterable: false}
  - {id: count, label: {zh: 次数, en: Count}, type: integer, initial: 0, enterable: false}
classification:
  rows:
    - {when: "parent != null", set: {rank: "'of_parent'"}, cite: X-1 Art.1}
owners:
  - {when: "parent != null", owner: leader, cite: X-1 Art.1}
  - {owner: clerk, cite: X-1 Art.1}
steps:
  - id: order
    label: {zh: 下达整改, en: Order rectification}
    cite: X-6 Art.6
    case_types: [complaint]
    from: [open]
    roles: [clerk]
    input:
      - {id: departments, label: {zh: 部门, en: Departments}, type: list, required: true}
      - {id: measure, label: {zh: 措施, en: Measure}, type: text}
    milestones: [rectification.ordered]
    opens:
      - relation: rectification
        case_type: rectification_order
        cite: X-6 Art.6
        when: each != 'shop'
        for_each: input.departments
        owner: each
        facts: {measure: input.measure, department: each}
        description: "case.number + ' / ' + each"
  - id: tell
    label: {zh: 告知受影响客户, en: Tell the customers affected}
    cite: X-8 Art.8
    case_types: [complaint]
    from: [open]
    roles: [clerk]
    input: [{id: customers, label: {zh: 客户, en: Customers}, type: list, required: true}]
    opens: [{relation: notice, case_type: recourse, cite: X-8 Art.8, for_each: input.customers, customer_ref: each}]
  - id: recover
    label: {zh: 向承运人追偿, en: Recover}
    cite: X-7 Art.7
    case_types: [complaint]
    from: [open]
    roles: [clerk]
    input: [{id: amount, label: {zh: 金额, en: Amount}, type: decimal, required: true}]
    set: {amount: input.amount}
    opens:
      - relation: recourse
        case_type: recourse
        cite: X-7 Art.7
        when: number(facts.amount ?? '0') > 0
        owner: "number(facts.amount ?? '0') >= 1000 ? 'quality' : null"
        facts: {amount: facts.amount}
  - id: close
    label: {zh: 结案, en: Close}
    cite: X-3 Art.3
    case_types: [complaint]
    from: [open]
    roles: [leader]
    require:
      - that: "all(links.rectification, #.phase != 'open')"
        code: rectification_open
        cite: X-6 Art.6
        message: {zh: 整改未完成, en: Rectification is not finished}
        fields: {open: "map(filter(links.rectification, #.phase == 'open'), #.number)"}
    goto: done
    milestones: [case.closed]
  - id: withdraw
    label: {zh: 撤诉, en: Withdraw}
    cite: X-3 Art.3
    case_types: [complaint]
    from: [open]
    roles: [clerk]
    goto: done
    milestones: [case.withdrawn]
  - id: note_verified
    label: {zh: 记录验证, en: Note verification}
    cite: X-6 Art.6
    case_types: [complaint]
    from: [open]
    roles: [leader]
    input: [{id: number, label: {zh: 编号, en: Number}, type: text, required: true}]
    set: {verified: "map(filter(links.rectification, 'rectification.verified' in #.milestones), #.facts.department)"}
    milestones: [rectification.noted]
    on: [{event: rectification.verified, relation: rectification, input: {number: event.number}}]
  - id: note_overdue
    label: {zh: 记录逾期, en: Note overdue}
    cite: X-6 Art.6
    case_types: [complaint]
    from: [open]
    roles: [leader]
    input: [{id: number, label: {zh: 编号, en: Number}, type: text, required: true}]
    set: {overdue: input.number}
    on: [{event: clock.breached, relation: rectification, input: {number: event.number}}]
  - id: note_recourse
    label: {zh: 记录追偿, en: Note recourse}
    cite: X-7 Art.7
    case_types: [complaint]
    from: [open]
    roles: [leader]
    input: [{id: number, label: {zh: 编号, en: Number}, type: text, required: true}]
    set: {measure: input.number}
    on: [{event: case.registered, relation: recourse, input: {number: event.number}}]
  - id: report
    label: {zh: 报告, en: Report}
    cite: X-6 Art.6
    case_types: [rectification_order]
    from: [ordered]
    roles: [workshop]
    goto: reported
  - id: verify
    label: {zh: 验证, en: Verify}
    cite: X-6 Art.6
    case_types: [rectification_order]
    from: [reported]
    roles: [leader]
    goto: verified
    milestones: [rectification.verified]
  - id: drop
    label: {zh: 撤销, en: Drop}
    cite: X-6 Art.6
    case_types: [rectification_order]
    from: [ordered]
    roles: [leader]
    goto: dropped
    on: [{event: case.withdrawn, relation: parent, when: event.status == 'done'}]
  - id: ping
    label: {zh: 往, en: Ping}
    cite: X-9 Art.9
    case_types: [complaint]
    from: [open]
    roles: [clerk]
    set: {count: facts.count + 1}
    milestones: [ping.sent]
    on: [{event: pong.sent, relation: recourse}]
  - id: pong
    label: {zh: 返, en: Pong}
    cite: X-9 Art.9
    case_types: [recourse]
    from: [open]
    roles: [clerk]
    set: {count: facts.count + 1}
    milestones: [pong.sent]
    on: [{event: ping.sent, relation: parent}]
  - id: note_call
    label: {zh: 记录回电, en: Note a call}
    cite: X-9 Art.9
    case_types: [complaint]
    from: [open]
    roles: [clerk]
    set: {count: facts.count + 1}
    milestones: [call.made]
    on: [{event: message.sent, when: event.rule == 'call'}]
  - id: settle
    label: {zh: 追偿完成, en: Settle}
    cite: X-7 Art.7
    case_types: [recourse]
    from: [open]
    roles: [leader]
    goto: done
"""

ROLES = """\
  - {id: clerk, label: {zh: 员工, en: Clerk}}
  - {id: leader, label: {zh: 领导, en: Leader}}
"""
MORE_ROLES = ROLES + "".join(
    f"  - {{id: {role}, label: {{zh: {zh}, en: {role}}}}}\n"
    for role, zh in {"workshop": "车间", "shop": "门店", "quality": "质量", "nobody": "无"}.items()
)


def linked_pack(folder: Path) -> tuple[dict[str, Any], str]:
    """Documents and digest of the pack, which is free of errors."""
    sla = edited("sla", "case.accepted", "rectification.ordered")
    texts = {**edited("pack", ROLES, MORE_ROLES), **sla, "intake": INTAKE}
    return faultless(folder, **texts)
