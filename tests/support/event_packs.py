"""A pack with every place that names an event, each to be filled by another event: one pack per (event, place)."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Any, Final

from shared.packs.publishing.load import LoadedPack, load_pack
from tests.support.packs import PACK, write_pack

_DEFAULTS: Final = {
    "CLOCK_START": "ready.start",
    "CLOCK_STOP": "ready.stop",
    "CLOCK_CANCEL": "ready.cancel",
    "CLOCK_PAUSE": "ready.pause",
    "CLOCK_RESUME": "ready.resume",
    "INDICATOR": "ready.stop",
    "RULE": "ready.stop",
    "RULE_CONDITION": "ready.stop",
    "RULE_STEP": "ready.stop",
    "REACTION": "clock.warned",
    "LINKED_REACTION": "clock.warned",
    "GATE": "ready.stop",
    "LINKED_GATE": "ready.stop",
    "SAMPLE": "ready.stop",
    "RETENTION": "ready.stop",
    "SETTLEMENT_GATE": "ready.stop",
    "REGISTRATION": "",
}
_SLOT: Final = re.compile(r"slot\.[a-z_]+")

_INTAKE: Final = """\
case_types:
  - id: complaint
    label: {zh: 投诉, en: Complaint}
    cite: X-1 Art.1
    number: "C-{seq:5}"
    initial: open
    channels: [web]
    require:
      - {that: "$REGISTRATION", code: never, cite: X-1 Art.1, message: {zh: 不可能, en: Never}}
  - {id: part, label: {zh: 子案, en: Part}, cite: X-1 Art.1, number: "P-{seq:5}", initial: open, channels: [internal]}
  - {id: audit, label: {zh: 抽查, en: Audit}, cite: X-1 Art.1, number: "A-{seq:5}", initial: open, channels: [internal]}
statuses:
  - {id: open, label: {zh: 处理中, en: Open}}
  - {id: seen, label: {zh: 已联动, en: Seen}}
  - {id: done, label: {zh: 已结案, en: Done}, phase: closed}
facts:
  - {id: drawn, label: {zh: 抽中, en: Drawn}, type: list, enterable: false}
  - {id: population, label: {zh: 总数, en: Population}, type: integer}
owners:
  - {owner: clerk, cite: X-1 Art.1}
steps:
  - {id: take, label: {zh: 做, en: Take}, cite: X-2 Art.2, from: [open, seen], roles: [clerk], milestones: [step.taken]}
  - {id: start, label: {zh: 一, en: One}, cite: X-2 Art.2, from: open, roles: [clerk], milestones: [ready.start]}
  - {id: pause, label: {zh: 二, en: Two}, cite: X-2 Art.2, from: open, roles: [clerk], milestones: [ready.pause]}
  - {id: resume, label: {zh: 三, en: Three}, cite: X-2 Art.2, from: open, roles: [clerk], milestones: [ready.resume]}
  - {id: stop, label: {zh: 四, en: Four}, cite: X-2 Art.2, from: open, roles: [clerk], milestones: [ready.stop]}
  - {id: cancel, label: {zh: 五, en: Five}, cite: X-2 Art.2, from: open, roles: [clerk], milestones: [ready.cancel]}
  - id: split
    label: {zh: 拆分, en: Split}
    cite: X-2 Art.2
    case_types: [complaint]
    from: open
    roles: [clerk]
    opens: [{relation: part, case_type: part, cite: X-2 Art.2}]
    withdraws: [{remedies: all, label: {zh: 撤回, en: Withdrawn}, cite: X-2 Art.2}]
  - id: react
    label: {zh: 自动, en: React}
    cite: X-3 Art.3
    case_types: [complaint]
    from: [open]
    roles: [leader]
    goto: seen
    on: [{event: $REACTION}]
  - id: react_to_part
    label: {zh: 联动, en: React to the part}
    cite: X-3 Art.3
    case_types: [complaint]
    from: [open]
    roles: [leader]
    goto: seen
    on: [{event: $LINKED_REACTION, relation: part}]
  - id: gated
    label: {zh: 有条件, en: Gated}
    cite: X-3 Art.3
    case_types: [complaint]
    from: [open, seen]
    roles: [clerk]
    require:
      - {that: "'$GATE' in milestones", code: not_yet, cite: X-3 Art.3, message: {zh: 未到, en: Not yet}}
    goto: seen
  - id: gated_by_part
    label: {zh: 看子案, en: Gated by the part}
    cite: X-3 Art.3
    case_types: [complaint]
    from: [open, seen]
    roles: [clerk]
    require:
      - that: "some(links.part, '$LINKED_GATE' in #.milestones)"
        code: not_yet
        cite: X-3 Art.3
        message: {zh: 未到, en: Not yet}
    goto: seen
  - {id: close, label: {zh: 结案, en: Close}, cite: X-3 Art.3, from: open, roles: [clerk], goto: done, milestones: [case.closed]}
evidence:
  - {id: photo, label: {zh: 照片, en: Photo}, media_types: [image/png]}
documents:
  - id: slip
    label: {zh: 单, en: Slip}
    cite: X-4 Art.4
    number: "S-{seq:4}"
    fields:
      - {id: amount_minor, label: {zh: 分, en: Minor units}, value: "1"}
recurring:
  - id: audit
    label: {zh: 抽查, en: Audit}
    cite: X-6 Art.6
    every: day
    case_type: audit
    facts: {population: sample.population}
    sample:
      case_types: [complaint, part]
      reached: $SAMPLE
      rate: "1"
      when: "'$SAMPLE' in milestones"
      into: drawn
retention:
  - id: complaints
    label: {zh: 保存, en: Kept}
    cite: X-7 Art.7
    case_types: [complaint]
    from: $RETENTION
    keep: {amount: 1, unit: year}
    roles: [leader]
  - id: parts
    label: {zh: 保存, en: Kept}
    cite: X-7 Art.7
    case_types: [part, audit]
    from: case.closed
    keep: {amount: 1, unit: day}
    roles: [leader]
"""

_SLA: Final = """\
calendars:
  - {id: every-day, label: {zh: 日历日, en: Calendar days}, kind: continuous}
clocks:
  - id: watched
    label: {zh: 时限, en: Watched}
    cite: X-5 Art.5
    start: $CLOCK_START
    stop: [$CLOCK_STOP]
    cancel_on: [$CLOCK_CANCEL]
    pause_on: [$CLOCK_PAUSE]
    resume_on: [$CLOCK_RESUME]
    goals:
      - {id: only, duration: {amount: 9, unit: day}, calendar: every-day, cite: X-5 Art.5}
  - id: spare
    label: {zh: 备用, en: Spare}
    cite: X-5 Art.5
    start: step.taken
    when: case.case_type == 'audit' and case.channel == 'web'
    stop: [case.closed]
    goals:
      - {id: only, duration: {amount: 9, unit: day}, calendar: every-day, cite: X-5 Art.5}
    warn: [{percent: 50}]
    excusable: true
    extension: {approver_role: leader, cite: X-5 Art.5}
indicators:
  - id: counted
    label: {zh: 件数, en: Counted}
    cite: X-5 Art.5
    every: month
    measure: {count: {of: $INDICATOR}}
"""

_SETTLEMENT: Final = """\
who:
  quote: {roles: [clerk], cite: X-8 Art.8}
  offer: {roles: [clerk], cite: X-8 Art.8}
  certificate: {roles: [clerk], cite: X-8 Art.8}
  returns: {roles: [clerk], cite: X-8 Art.8}
  release: {roles: [clerk], cite: X-8 Art.8}
remedies:
  - id: refund
    label: {zh: 退款, en: Refund}
    cite: X-8 Art.8
    mode: money
    inputs:
      - {id: price, label: {zh: 价格, en: Price}, type: money}
    steps:
      - {id: amount, label: {zh: 金额, en: Amount}, formula: inputs.price, round: {rule: half_up, to: currency}, cite: X-8 Art.8}
    result: amount
    require:
      quote:
        - {that: "'$SETTLEMENT_GATE' in milestones", code: not_yet, message: {zh: 未到, en: Not yet}, cite: X-8 Art.8}
    quote_valid_for: {amount: 14, unit: day}
    payout:
      method: refund
      basis: slip
      amount_from: documents.slip.fields.amount_minor
      message: {zh: 不一致, en: It differs}
      cite: X-8 Art.8
  - id: taxed
    label: {zh: 含税, en: Taxed}
    cite: X-8 Art.8
    mode: money
    inputs:
      - {id: price, label: {zh: 价格, en: Price}, type: money}
    steps:
      - {id: amount, label: {zh: 金额, en: Amount}, formula: inputs.price, round: {rule: half_up, to: currency}, cite: X-8 Art.8}
    result: amount
    tax: {rate: "0.13", certificate: paper, cite: X-8 Art.8}
    quote_valid_for: {amount: 14, unit: day}
    payout:
      method: refund
      basis: slip
      amount_from: documents.slip.fields.amount_minor
      message: {zh: 不一致, en: It differs}
      cite: X-8 Art.8
  - id: swap
    label: {zh: 换, en: Swap}
    cite: X-8 Art.8
    mode: replacement
    inputs: [{id: tonnes, label: {zh: 吨, en: Tonnes}, type: decimal}]
    steps: [{id: total, label: {zh: 计, en: Total}, formula: inputs.tonnes, cite: X-8 Art.8}]
    result: total
    quote_valid_for: {amount: 1, unit: day}
    returns: {unit: t, code: back, message: {zh: 退, en: Return}, cite: X-8 Art.8}
approval:
  - {up_to: null, roles: [leader], cite: X-8 Art.8}
"""

_NOTIFY: Final = """\
defaults:
  sender: {name: {zh: 本公司, en: We}, email: we@example.com}
addresses:
  - {role: leader, email: leader@example.com}
templates:
  - id: told
    locales:
      zh-CN: {subject: "{{ case.number }}", body: "您好"}
      en: {subject: "{{ case.number }}", body: "Hello"}
rules:
  - {id: tell, cite: X-9 Art.9, on: $RULE, recipients: [{role: leader}], template: told}
  - id: tell_if_reached
    cite: X-9 Art.9
    on: ready.cancel
    when: "'$RULE_CONDITION' in case.milestones"
    recipients: [{role: leader}]
    template: told
  - id: tell_if_in_step
    cite: X-9 Art.9
    on: [ready.cancel, ready.stop, step.taken]
    when: "'$RULE_STEP' in event.milestones"
    recipients: [{role: leader}]
    template: told
"""

_TEXTS: Final = {"pack": PACK, "intake": _INTAKE, "sla": _SLA, "settlement": _SETTLEMENT, "notify": _NOTIFY}


def pack_naming(folder: Path, **events: str) -> LoadedPack:
    """The pack with these events at these places (`GATE="clock.breached"`), read from its files and checked."""
    names = _names(events)
    texts = {key: Template(text).substitute(names) for key, text in _TEXTS.items()}
    return load_pack(write_pack(folder / "small", **texts))


def documents_naming(**events: str) -> dict[str, Any]:
    """The same as documents; its files are read once for all packs."""
    names = _names(events)
    return dict(_filled(_slots(), {f"slot.{place.lower()}": name for place, name in names.items()}))


def _names(events: Mapping[str, str]) -> dict[str, str]:
    """What stands at each place. No event has an effect before a registration, so nothing is asked for there."""
    asked = f"'{events['REGISTRATION']}' not in milestones" if "REGISTRATION" in events else "case.channel == 'web'"
    return {**_DEFAULTS, **events, "REGISTRATION": asked}


@cache
def _slots() -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        slots = {place: f"slot.{place.lower()}" for place in _DEFAULTS}
        texts = {key: Template(text).substitute(slots) for key, text in _TEXTS.items()}
        return dict(load_pack(write_pack(Path(folder) / "small", **texts)).documents)


def _filled(part: Any, names: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: _filled(value, names) for key, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, names) for value in part]
    return _SLOT.sub(lambda slot: names[slot[0]], part) if isinstance(part, str) else part
