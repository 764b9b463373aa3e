"""Refusals and failures, without HTTP or Kafka in sight.

Every error has a stable `code`, typed `fields` that a client may act on, and, where a rule of a
policy pack refuses, the citation (`cite`) of that rule. The edges map the six categories once.
"""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple, Self

from shared.kernel.text import Text

Scalar = str | int | bool | None
FieldValue = Scalar | list[str] | list[int]


class Title(NamedTuple):
    """A short text for people, the same for every occurrence of a code (RFC 9457 §3.1.3)."""

    en: str
    zh: str


class ServiceError(Exception):
    """Root of everything Redress refuses or fails at on purpose."""

    code: str = "error"
    title: Title = Title("Internal server error", "系统内部错误")
    """Said to people for `code`; an instance that brings the words of a pack has a title of its own."""
    titles: ClassVar[Mapping[str, Title]] = {}
    """Titles of the further codes that instances of this class are given with `code=`."""

    def __init__(
        self,
        *,
        code: str | None = None,
        detail: str = "",
        cite: str | None = None,
        fields: Mapping[str, FieldValue] | None = None,
        title: Title | Text | None = None,
    ) -> None:
        self.code = code or type(self).code
        words = title or self.titles.get(self.code)
        if words is not None:
            self.title = Title(en=words.en, zh=words.zh)
        self.detail = detail
        self.cite = cite
        self.fields: dict[str, FieldValue] = dict(fields or {})
        super().__init__(f"{self.code}: {detail}" if detail else self.code)

    def citing(self, cite: str) -> Self:
        """The same refusal with the rule that makes it."""
        self.cite = cite
        return self


class NotFound(ServiceError):
    """The thing does not exist, or belongs to another organisation (never said which). 404."""

    code = "not_found"
    title = Title("Not found", "未找到")


class Conflict(ServiceError):
    """The present state forbids the action, or a rule's gate refuses it. 409."""

    code = "conflict"
    title = Title("The present state forbids this", "当前状态不允许此操作")


class Rejected(ServiceError):
    """The request is well formed, but a rule needs more or other input. 422."""

    code = "rejected"
    title = Title("A rule does not accept this input", "输入不符合规定")


class Invalid(ServiceError):
    """The input itself is malformed. 400, or 422 when it is the payload's shape."""

    code = "invalid"
    title = Title("The request is malformed", "请求格式不正确")


class Forbidden(ServiceError):
    """The caller is known but may not do this. 403."""

    code = "forbidden"
    title = Title("You may not do this", "无权进行此操作")


class Unavailable(ServiceError):
    """Something we depend on is down; the same request may succeed later. 503."""

    code = "unavailable"
    title = Title("A service that this depends on is unavailable; try again", "依赖的服务暂不可用，请重试")
