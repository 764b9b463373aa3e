"""Refusals of what is entered, of gates and of rules.

A gate of a pack has a code of its own: it comes as `GateRefused` with that code.
"""

from typing import ClassVar

from shared.kernel.errors import Conflict, Rejected
from shared.kernel.text import Text


class InputRefused(Rejected):
    """What was entered is missing or wrong; `fields` says each place and why. 422.

    The code is `input_missing`, `input_invalid`, or the pack's own for the first field that has one.
    """

    code = "input_invalid"
    title = Text(en="Invalid input", zh="填写内容不符合要求")
    titles: ClassVar = {"input_missing": Text(en="Required input missing", zh="缺少必填内容")}


class GateRefused(Conflict):
    """A gate of the pack does not let the step or registration pass; code and citation are the pack's. 409."""

    code = "gate_refused"
    title = Text(en="Condition of the policy pack not met", zh="不满足规则包规定的条件")


class RuleFailed(Conflict):
    """A rule of the pack cannot be computed over what is known and entered; nothing is decided then. 409."""

    code = "rule_failed"
    title = Text(en="Rule cannot be evaluated", zh="按现有数据无法执行该规则")


class FactInvalid(Rejected):
    """A table or step set a fact to something that it cannot be. 422; `fields.fact`."""

    code = "fact_invalid"
    title = Text(en="Invalid fact value", zh="案件要素取值无效")
