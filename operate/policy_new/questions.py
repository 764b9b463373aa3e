"""The questions, in both languages, and asking them until each answer can be read."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from operate.errors import OperatorError
from operate.policy_new.answers import Answers, shown
from shared.kernel.text import Text

Language = Literal["zh", "en"]
Ask = Callable[[str, str], str]
"""Asks a question with a default; gives the answer."""

QUESTIONS: Final[Mapping[str, Text]] = {
    "title_zh": Text(zh="规则的中文名称", en="What the rules are called in Chinese"),
    "title_en": Text(zh="规则的英文名称", en="What the rules are called in English"),
    "language": Text(zh="组织的语言（zh-CN、en）", en="Language of the organisation (zh-CN, en)"),
    "zone": Text(zh="时区", en="Time zone"),
    "currency": Text(zh="货币", en="Currency"),
    "country": Text(
        zh="按哪个国家的节假日放假（ISO 3166，none 表示不放假）",
        en="Country whose public holidays are off (ISO 3166, or none)",
    ),
    "days": Text(zh="工作日（mon-fri、mon-sat、every_day）", en="Working days (mon-fri, mon-sat, every_day)"),
    "opens": Text(zh="上班时间", en="Opening time"),
    "closes": Text(zh="下班时间", en="Closing time"),
    "case_types": Text(
        zh="案件类型（代码=中文/英文，用分号隔开）", en="Types of cases (id=Chinese/English, between semicolons)"
    ),
    "first_response": Text(zh="首次答复时限", en="Time limit of the first response"),
    "resolution": Text(zh="办结时限", en="Time limit of the resolution"),
    "remedies": Text(zh="处理方案（none、refund、exchange、both）", en="Remedies (none, refund, exchange, both)"),
    "approval_limit": Text(
        zh="主管可批准的最高金额，超出由经理批准（none：全部由经理批准）",
        en="Amount up to which a team leader approves; the manager above it (none: the manager approves all)",
    ),
    "notifications": Text(
        zh="通知（none、customer、staff、both）", en="Notifications (none, customer, staff: deadlines, both)"
    ),
}
_ONLY_WITH_REMEDIES: Final = frozenset({"approval_limit"})


def answered(given: Mapping[str, Any], *, ask: Ask | None, tell: Callable[[str], None], language: Language) -> Answers:
    """The answers: those given, and for the others what `ask` gets, or their defaults without it.

    An answer that cannot be read is asked for again. Raises OperatorError for one that was given, or not known.
    """
    kept = {key: value for key, value in given.items() if value is not None}
    _refuse(kept)
    for key, question in QUESTIONS.items() if ask else ():
        if key in kept or (key in _ONLY_WITH_REMEDIES and kept.get("remedies") == "none"):
            continue
        kept[key] = _asked(key, question, kept, ask=ask, tell=tell, language=language)
    return _refuse(kept)


def _asked(
    key: str,
    question: Text,
    kept: Mapping[str, Any],
    *,
    ask: Ask | None,
    tell: Callable[[str], None],
    language: Language,
) -> str:
    default = shown(Answers.model_fields[key].default)
    while True:
        value = ask(getattr(question, language), default) if ask else default
        fault = _fault({**kept, key: value})
        if fault is None:
            return value
        tell(fault)


def _refuse(given: Mapping[str, Any]) -> Answers:
    fault = _fault(given)
    if fault is not None:
        raise OperatorError(fault, hint=f"Answers are: {', '.join(Answers.model_fields)}.")
    return Answers.model_validate(given)


def _fault(given: Mapping[str, Any]) -> str | None:
    """What is wrong with answers, in a line each."""
    try:
        Answers.model_validate(given)
    except ValidationError as error:
        return "\n".join(_line(entry) for entry in error.errors())
    return None


def _line(entry: ErrorDetails) -> str:
    place = "".join(f"{part}: " for part in entry["loc"][:1])
    return f"{place}{entry['msg'].removeprefix('Value error, ')}"
