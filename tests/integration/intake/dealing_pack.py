"""A maker whose dealers have a class, a territory, purchases and certificates on record with its ERP."""

from pathlib import Path
from typing import Any

from tests.support.packs import edited, faultless

INTAKE = """\
case_types:
  - id: return
    label: {zh: 退货, en: Return}
    cite: D-1 Art.1
    number: "R-{seq:3}"
    initial: open
    channels: [web]
    require:
      - when: standing.class != null
        that: standing.class != 'c'
        code: class_excluded
        cite: D-1 Art.2
        message: {zh: 该级别经销商不得退货, en: Dealers of this class return nothing}
statuses:
  - {id: open, label: {zh: 处理中, en: Open}}
  - {id: done, label: {zh: 已结案, en: Done}, phase: closed}
facts:
  - {id: product, label: {zh: 产品, en: Product}, type: text}
  - {id: family, label: {zh: 系列, en: Family}, type: text, enterable: false}
  - {id: months, label: {zh: 保修月数, en: Months of warranty}, type: integer, enterable: false}
  - {id: class, label: {zh: 级别, en: Class}, type: text, enterable: false}
  - {id: left, label: {zh: 余额, en: Left}, type: decimal, enterable: false}
  - {id: severity, label: {zh: 程度, en: Severity}, type: choice, choices: [normal, major], initial: normal, shared: true}
standing:
  - {id: class, label: {zh: 经销商级别, en: Class of the dealer}, of: customer, type: choice, choices: [a, b, c], cite: D-1 Art.2}
  - {id: manager, label: {zh: 客户经理, en: Account manager}, of: customer, type: choice, choices: [leader, clerk], otherwise: clerk, cite: D-1 Art.3}
  - {id: warranty, label: {zh: 保修月数, en: Months of warranty}, of: product, key: facts.family, type: integer, otherwise: 12, cite: D-1 Art.4}
  - {id: certified, label: {zh: 持证, en: Certificates}, of: person, key: input.inspector, name: certificates, type: list, otherwise: [], cite: D-1 Art.5}
  - {id: credit, label: {zh: 信用额度, en: Credit limit}, of: customer, type: decimal, cite: D-1 Art.6}
  - {id: purchases, label: {zh: 当月进货额, en: Purchases of the month}, of: customer, type: decimal, otherwise: "0", cite: D-2 Art.1}
balances:
  - id: quota
    label: {zh: 月退货额度, en: Monthly quota of returns}
    every: month
    limit: number(standing.purchases) * 15
    carry_over: {periods: 2, most: "400000", cite: D-2 Art.2}
    currency: CNY
    cite: D-2 Art.1
  - id: fines
    label: {zh: 罚款账户, en: Account of fines}
    key: input.person
    currency: CNY
    may_exceed: true
    cite: D-3 Art.1
classification:
  rows:
    - {when: "facts.product != null", set: {family: "split(facts.product, '-')[0]"}, cite: D-1 Art.4}
    - {when: "standing.class != null", set: {class: standing.class}, cite: D-1 Art.2}
owners:
  - {when: standing.manager == 'leader', owner: leader, cite: D-1 Art.3}
  - {owner: clerk, cite: D-1 Art.3}
steps:
  - id: inspect
    label: {zh: 检查, en: Inspect}
    cite: D-1 Art.5
    from: [open]
    roles: [clerk]
    input: [{id: inspector, label: {zh: 检查人, en: Inspector}, type: text, required: true}]
    require:
      - that: "'welding' in standing.certified"
        code: inspector_not_certified
        cite: D-1 Art.5
        message: {zh: 检查人无证, en: The inspector has no certificate}
    set: {months: standing.warranty}
    milestones: [return.inspected]
  - id: advance
    label: {zh: 预付, en: Advance}
    cite: D-1 Art.6
    from: [open]
    roles: [clerk]
    input: [{id: amount, label: {zh: 金额, en: Amount}, type: decimal, required: true}]
    require:
      - that: number(input.amount) <= number(standing.credit)
        code: credit_exceeded
        cite: D-1 Art.6
        message: {zh: 超出信用额度, en: Beyond the credit limit}
  - id: take_back
    label: {zh: 退货, en: Take back}
    cite: D-2 Art.1
    from: [open]
    roles: [clerk]
    input: [{id: amount, label: {zh: 金额, en: Amount}, type: decimal, required: true}]
    set: {left: balances.quota.left}
    books: [{balance: quota, amount: number(input.amount) * 100}]
  - {id: undo, label: {zh: 撤销, en: Undo}, cite: D-2 Art.3, from: [open], roles: [clerk], books: [{balance: quota, reverses: true}]}
  - id: fine
    label: {zh: 罚款, en: Fine}
    cite: D-3 Art.1
    from: [open]
    roles: [clerk]
    input:
      - {id: person, label: {zh: 人员, en: Person}, type: text}
      - {id: amount, label: {zh: 金额, en: Amount}, type: decimal, required: true}
    require:
      - that: balances.fines.used < quantity(10000, 'CNY_minor')
        code: fined_enough
        cite: D-3 Art.2
        message: {zh: 罚款已满, en: Fined enough}
    books: [{balance: fines, amount: number(input.amount) * 100}]
  - {id: finish, label: {zh: 办结, en: Finish}, cite: D-1 Art.7, from: open, roles: [leader], goto: done, milestones: [case.closed]}
"""


def dealing_documents(folder: Path, *, intake: str = INTAKE) -> dict[str, Any]:
    """The documents of the pack, which is free of errors."""
    texts = {**edited("sla", "case.accepted", "return.inspected"), "intake": intake}
    return faultless(folder, **texts)[0]
