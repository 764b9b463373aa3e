"""Who calls: organisation, subject, roles and scopes, as a verified token says."""

from dataclasses import dataclass

from shared.kernel.errors import ServiceError
from shared.kernel.ids import OrgId


class Unauthorised(ServiceError):
    """There is no token, or it is not one we accept; `code` says which. 401."""

    code = "token_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The verified bearer of a request. Every query is filtered by `org`."""

    org: OrgId
    subject: str
    roles: frozenset[str]
    scopes: frozenset[str]

    def has_role(self, *roles: str) -> bool:
        """True when the caller holds at least one of `roles`."""
        return not self.roles.isdisjoint(roles)
