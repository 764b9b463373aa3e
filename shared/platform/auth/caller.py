"""The caller of a request: organisation, subject, roles and scopes of its verified token."""

from dataclasses import dataclass

from shared.kernel.actor import Actor
from shared.kernel.errors import ServiceError
from shared.kernel.ids import OrgId
from shared.kernel.text import Text


class Unauthorised(ServiceError):
    """No bearer token, or one that is not accepted; `code` says which. 401."""

    code = "token_missing"
    title = Text(en="Bearer token required", zh="需要访问令牌")
    titles = {
        "token_malformed": Text(en="Malformed bearer token", zh="访问令牌格式不正确"),
        "token_invalid": Text(en="Invalid bearer token", zh="访问令牌无效"),
        "token_expired": Text(en="Bearer token expired", zh="访问令牌已过期"),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The bearer of the verified token. Every query is filtered by `org`."""

    org: OrgId
    subject: str
    roles: frozenset[str]
    scopes: frozenset[str]

    @property
    def actor(self) -> Actor:
        """The caller as the author of a change."""
        return Actor(subject=self.subject, roles=self.roles)
