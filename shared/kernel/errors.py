"""Refusals and failures, without HTTP or Kafka in sight.

Every error has a stable `code`, typed `fields` that a client may act on, and, where a rule of a
policy pack refuses, the citation (`cite`) of that rule. The edges map the six categories once.
"""

from collections.abc import Mapping
from typing import NamedTuple, Self

Scalar = str | int | bool | None
FieldValue = Scalar | list[str] | list[int]


class Title(NamedTuple):
    """A short text for people, the same for every occurrence of a code (RFC 9457 §3.1.3)."""

    en: str
    zh: str


class ServiceError(Exception):
    """Root of everything Redress refuses or fails at on purpose."""

    code: str = "error"

    def __init__(
        self,
        *,
        code: str | None = None,
        detail: str = "",
        cite: str | None = None,
        fields: Mapping[str, FieldValue] | None = None,
        title: Title | None = None,
    ) -> None:
        self.title = title
        """What the pack says about its own code; None for our codes, which the edge titles."""
        self.code = code or type(self).code
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


class Conflict(ServiceError):
    """The present state forbids the action, or a rule's gate refuses it. 409."""

    code = "conflict"


class Rejected(ServiceError):
    """The request is well formed, but a rule needs more or other input. 422."""

    code = "rejected"


class Invalid(ServiceError):
    """The input itself is malformed. 400, or 422 when it is the payload's shape."""

    code = "invalid"


class Forbidden(ServiceError):
    """The caller is known but may not do this. 403."""

    code = "forbidden"


class Unavailable(ServiceError):
    """Something we depend on is down; the same request may succeed later. 503."""

    code = "unavailable"
