"""A small whole pack, as five YAML texts and as documents, for tests that bend one thing of it."""

from copy import deepcopy
from pathlib import Path
from typing import Any

from shared.packs.publishing.load import LoadedPack, load_pack

PACK = """\
id: small
title: {zh: 小, en: Small}
owner: Somebody
source: Nowhere
zone: Asia/Shanghai
effective_from: 2026-01-01
roles:
  - {id: clerk, label: {zh: 员工, en: Clerk}}
  - {id: leader, label: {zh: 领导, en: Leader}}
gaps:
  - {ref: A1, text: {zh: 缺, en: Missing}, reading: {zh: 读, en: Read}}
"""

INTAKE = """\
case_types:
  - id: complaint
    label: {zh: 投诉, en: Complaint}
    cite: X-1 Art.1
    number: "C-{seq:5}"
    initial: open
    channels: [web]
statuses:
  - {id: open, label: {zh: 处理中, en: Open}}
  - {id: done, label: {zh: 已结案, en: Done}, phase: closed}
facts:
  - {id: severity, label: {zh: 程度, en: Severity}, type: choice, choices: [normal, major], initial: normal, shared: true}
  - {id: tonnes, label: {zh: 吨, en: Tonnes}, type: decimal, shared: true}
  - {id: secret, label: {zh: 密, en: Secret}, type: text}
owners:
  - {owner: clerk, cite: X-1 Art.1}
steps:
  - id: accept
    label: {zh: 受理, en: Accept}
    cite: X-2 Art.2
    from: [open]
    roles: [clerk]
    milestones: [case.accepted]
  - id: close
    label: {zh: 结案, en: Close}
    cite: X-3 Art.3
    from: [open]
    roles: [leader]
    require:
      - that: "'case.accepted' in milestones"
        code: not_accepted
        cite: X-3 Art.3
        message: {zh: 未受理, en: Not accepted}
    goto: done
    milestones: [case.closed]
"""

SLA = """\
calendars:
  - {id: every-day, label: {zh: 日历日, en: Calendar days}, kind: continuous}
clocks:
  - id: reply
    label: {zh: 答复, en: Reply}
    cite: X-4 Art.4
    start: case.accepted
    stop: [case.closed]
    goals:
      - {id: major, when: facts.severity == 'major', duration: {amount: 9, unit: day}, calendar: every-day, cite: X-4 Art.4}
      - {id: normal, duration: {amount: 3, unit: day}, calendar: every-day, cite: X-4 Art.4}
"""

SETTLEMENT = "{}\n"

NOTIFY = """\
defaults:
  sender: {name: {zh: 本公司, en: We}, email: we@example.com}
templates:
  - id: told
    locales:
      zh-CN: {subject: "{{ case.number }}", body: "您好"}
      en: {subject: "{{ case.number }}", body: "Hello"}
rules:
  - {id: tell, cite: X-5 Art.5, on: case.closed, recipients: [{role: customer}], template: told}
"""

SLIP = """\
documents:
  - id: slip
    label: {zh: 单, en: Slip}
    cite: X-6 Art.6
    number: "S-{seq:4}"
    fields: [{id: amount_minor, label: {zh: 分, en: Minor units}, value: "1"}]
"""
"""A paper, to be added to the intake section."""

REFUND = """\
who:
  quote: {roles: [clerk], cite: X-6 Art.6}
  offer: {roles: [clerk], cite: X-6 Art.6}
approval:
  - {up_to: null, roles: [leader], cite: X-6 Art.6}
remedies:
  - id: refund
    label: {zh: 退款, en: Refund}
    cite: X-6 Art.6
    mode: money
    inputs: [{id: price, label: {zh: 价, en: Price}, type: money}]
    steps:
      - id: amount
        label: {zh: 额, en: Amount}
        formula: inputs.price
        round: {rule: half_up, to: currency}
        cite: X-6 Art.6
    result: amount
    quote_valid_for: {amount: 14, unit: day}
    payout:
      method: refund
      basis: slip
      amount_from: documents.slip.fields.amount_minor
      message: {zh: 不一致, en: It differs}
      cite: X-6 Art.6
"""
"""A settlement section with one remedy, paid by the paper `SLIP`."""
FAULTY_REMEDY = """\
who:
  quote: {roles: [leader], cite: X-6 Art.6}
  offer: {roles: [leader], cite: X-6 Art.6}
accounts:
  - {id: sales, label: {zh: 收入, en: Sales}, kind: revenue}
approval:
  - {up_to: null, roles: [leader], cite: X-6 Art.6}
remedies:
  - id: refund
    label: {zh: 退款, en: Refund}
    cite: X-6 Art.6
    mode: money
    inputs: [{id: amount, label: {zh: 额, en: Amount}, type: money}]
    steps:
      - {id: total, label: {zh: 合计, en: Total}, formula: inputs.amont, cite: X-6 Art.6}
    result: totl
    figures: [{step: other, label: {zh: 他, en: Other}}]
    quote_valid_for: {amount: 1, unit: day}
    postings: [{debit: sales, credit: sales, amount: net, cite: X-6 Art.6}]
"""
"""A settlement section of which the remedy has a fault at each of several places."""

TEXTS = {"pack": PACK, "intake": INTAKE, "sla": SLA, "settlement": SETTLEMENT, "notify": NOTIFY}


_READ: dict[tuple[tuple[str, str], ...], LoadedPack] = {}


def write_pack(folder: Path, **changed: str) -> Path:
    """The small pack in `folder`, with whole files replaced (`sla="…"`); returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for key, text in {**TEXTS, **changed}.items():
        (folder / f"{key}.yaml").write_text(text, encoding="utf-8")
    return folder


def edited(key: str, old: str, new: str) -> dict[str, str]:
    """One file of the small pack with `old` (which must be there) replaced: for `write_pack(folder, **edited(…))`."""
    assert old in TEXTS[key], old
    return {key: TEXTS[key].replace(old, new)}


def documents(tmp_path: Path, **changed: str) -> dict[str, dict[str, Any]]:
    """The small pack as documents, read once for each `changed`."""
    return deepcopy(dict(_read(tmp_path, changed).documents))  # type: ignore[arg-type]


def faultless(tmp_path: Path, **changed: str) -> tuple[dict[str, Any], str]:
    """Documents and digest of the small pack with whole files replaced, without errors; read once for each `changed`."""
    loaded = _read(tmp_path, changed)
    assert not loaded.errors, loaded.errors
    return deepcopy(dict(loaded.documents)), loaded.digest


def _read(folder: Path, changed: dict[str, str]) -> LoadedPack:
    key = tuple(sorted(changed.items()))
    if key not in _READ:
        _READ[key] = load_pack(write_pack(folder / "small", **changed))
    return _READ[key]


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def errors(folder: Path) -> list[str]:
    """What is wrong in the pack of the folder, as `file:line: path: message`."""
    return [f"{Path(each.file).name}:{each.line}: {each.text()}" for each in load_pack(folder).errors]


def said(folder: Path) -> list[str]:
    """All that is found in the pack of the folder, warnings included, as `file:line: path: message`."""
    return [f"{Path(each.file).name}:{each.line}: {each.text()}" for each in load_pack(folder).diagnostics]
