"""Refusals and failures, independent of HTTP and Kafka.

Every error has a stable `code`, a `title` in two languages, typed `fields` that a client may act on, and, where a
rule of a policy pack refuses, the citation (`cite`) of that rule. The edges map the six categories once.
"""

from collections.abc import Mapping
from typing import ClassVar, Self

from shared.kernel.text import Text

Scalar = str | int | bool | None
FieldValue = Scalar | list[str] | list[int] | dict[str, Scalar]


class ServiceError(Exception):
    """Root of every refusal and expected failure. 500 unless a subclass says otherwise."""

    code: str = "internal"
    title: Text = Text(en="Internal server error", zh="系统内部错误")
    """The title of `code`, the same for every occurrence (RFC 9457 §3.1.3); an instance that carries a text of a policy
    pack has a title of its own."""
    titles: ClassVar[Mapping[str, Text]] = {}
    """The titles of the codes that instances of this class are given with `code=`."""

    def __init__(
        self,
        *,
        code: str | None = None,
        detail: str = "",
        cite: str | None = None,
        fields: Mapping[str, FieldValue] | None = None,
        title: Text | None = None,
    ) -> None:
        self.code = code or type(self).code
        words = title or self.titles.get(self.code)
        if words is not None:
            self.title = words
        self.detail = detail
        self.cite = cite
        self.fields: dict[str, FieldValue] = dict(fields or {})
        super().__init__(f"{self.code}: {detail}" if detail else self.code)

    def citing(self, cite: str) -> Self:
        """The error with the citation of the rule that refuses."""
        self.cite = cite
        return self


class NotFound(ServiceError):
    """The resource does not exist or belongs to another organisation; the answer does not tell which. 404."""

    code = "not_found"
    title = Text(en="Not found", zh="未找到")


class Conflict(ServiceError):
    """The current state or a gate of the policy pack forbids the action. 409."""

    code = "conflict"
    title = Text(en="Conflict with the current state", zh="当前状态不允许此操作")


class Rejected(ServiceError):
    """The request is well formed, but a rule does not accept its input. 422."""

    code = "rejected"
    title = Text(en="Input violates a rule", zh="输入不符合规定")


class Invalid(ServiceError):
    """The input is malformed. 400."""

    code = "invalid"
    title = Text(en="Malformed request", zh="请求格式不正确")


class Forbidden(ServiceError):
    """The caller is authenticated and may not do this. 403."""

    code = "forbidden"
    title = Text(en="Forbidden", zh="无权进行此操作")


class Unavailable(ServiceError):
    """A dependency is unavailable; the same request may succeed later. 503."""

    code = "unavailable"
    title = Text(en="Service unavailable", zh="服务暂不可用，请重试")
