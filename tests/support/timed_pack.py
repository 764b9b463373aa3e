"""A small pack with what the calendar brings: a diary every day, an audit with a sample, complaints kept for a year."""

from pathlib import Path
from typing import Any

from tests.support.packs import INTAKE, PACK, faultless

_TYPES = """\
case_types:
  - {id: audit, label: {zh: 抽查, en: Audit}, cite: DR-9 Art.9, number: "A-{yyyy}{mm}-{seq:3}", initial: open, channels: [internal], requires: [period]}
  - {id: diary, label: {zh: 日报, en: Diary}, cite: DR-8 Art.8, number: "D-{yyyy}{mm}{dd}-{seq:2}", initial: open, channels: [internal]}
"""
_FACTS = """\
facts:
  - {id: period, label: {zh: 期间, en: Period}, type: text, shared: true}
  - {id: population, label: {zh: 总数, en: Population}, type: integer}
  - {id: drawn, label: {zh: 抽中案件, en: Drawn cases}, type: list, shared: true, enterable: false}
  - {id: important, label: {zh: 重要, en: Important}, type: boolean, initial: false}
  - {id: phone, label: {zh: 电话, en: Phone}, type: text, personal: true}
"""
_STATUSES = """\
statuses:
  - {id: filed, label: {zh: 已归档, en: Filed}, phase: archived}
"""
_MORE = """\
  - id: write
    label: {zh: 记录, en: Write}
    cite: X-6 Art.6
    from: [open, done]
    roles: [clerk]
    record: talk
  - id: visit
    label: {zh: 走访, en: Visit}
    cite: X-6 Art.6
    from: [open, done]
    roles: [clerk]
    input:
      - {id: staff, label: {zh: 人员, en: Staff}, type: text, required: true, personal: true}
    visit: dispatch
  - id: draft
    label: {zh: 起草, en: Draft}
    cite: X-7 Art.7
    from: [open, done]
    roles: [clerk]
    document: {template: letter, action: draft}
  - id: sign
    label: {zh: 签字, en: Sign}
    cite: X-7 Art.7
    from: [open, done]
    roles: [clerk]
    input:
      - {id: party, label: {zh: 方, en: Party}, type: text, required: true}
      - {id: signer, label: {zh: 人, en: Signer}, type: text, required: true, personal: true}
    document: {template: letter, action: sign}
  - id: finalise
    label: {zh: 生效, en: Finalise}
    cite: X-7 Art.7
    from: [open, done]
    roles: [clerk]
    document: {template: letter, action: finalise}
  - id: mark
    label: {zh: 标记, en: Mark}
    cite: X-6 Art.6
    from: [filed]
    roles: [leader]
    set: {important: not(facts.important)}
  - id: file
    label: {zh: 归档, en: File}
    cite: X-8 Art.8
    from: [done]
    roles: [clerk]
    goto: filed
    archive: true
    milestones: [case.archived]
documents:
  - id: letter
    label: {zh: 函, en: Letter}
    cite: X-7 Art.7
    number: "L-{seq:4}"
    fields:
      - {id: to, label: {zh: 致, en: To}, value: facts.phone, shared: false}
    signers:
      - {party: customer, label: {zh: 用户, en: Customer}, roles: [clerk]}
records:
  - id: talk
    label: {zh: 谈话, en: Talk}
    cite: X-6 Art.6
    fields:
      - {id: said, label: {zh: 内容, en: Said}, type: text, required: true, shared: true}
evidence:
  - {id: photo, label: {zh: 照片, en: Photo}, media_types: [image/png]}
"""
_TIMED = """\
recurring:
  - id: diary
    label: {zh: 日报, en: Diary}
    cite: DR-8 Art.8
    every: day
    case_type: diary
  - id: audit
    label: {zh: 季度抽查, en: Quarterly audit}
    cite: DR-9 Art.9
    every: quarter
    case_type: audit
    owner: leader
    facts: {period: period.label, population: sample.population}
    sample:
      case_types: [complaint]
      reached: case.closed
      rate: "0.20"
      when: facts.severity == 'normal' and case.channel == 'web'
      into: drawn
retention:
  - id: complaints
    label: {zh: 投诉保存一年, en: Complaints are kept one year}
    cite: TB-15c Art.4
    case_types: [complaint]
    from: case.archived
    keep: {amount: 1, unit: year}
    hold_when: facts.important == true
    roles: [leader]
"""

INTAKE_TIMED = (
    INTAKE.replace("case_types:\n", _TYPES).replace("statuses:\n", _STATUSES).replace("facts:\n", _FACTS)
    + _MORE
    + _TIMED
)


def timed_documents(folder: Path, *, effective_from: str = "2026-01-01", intake: str = INTAKE_TIMED) -> dict[str, Any]:
    """The pack as documents, as it is published."""
    pack = PACK.replace("effective_from: 2026-01-01", f"effective_from: {effective_from}")
    return faultless(folder, pack=pack, intake=intake)[0]
