"""The caller of a request: what the verified token says it is, with organisation, subject, roles and scopes."""

from dataclasses import dataclass

from shared.kernel.actor import Actor, Kind
from shared.kernel.errors import NotFound, ServiceError
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
        "link_revoked": Text(en="Link revoked", zh="链接已被撤销"),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkGrant:
    """What a link to one case lets its bearer do beside reading: `may`, and of that `once` a single time."""

    link_id: str
    may: frozenset[str]
    once: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The bearer of the verified token. Every query is filtered by `org`, a customer's also by the customer."""

    org: OrgId
    subject: str
    roles: frozenset[str]
    scopes: frozenset[str]
    kind: Kind = Kind.STAFF
    client: str | None = None
    """The machine that acts for `subject`; None where the subject itself calls."""
    customer_ref: str | None = None
    """Of a customer: the organisation's reference of that customer, as its cases have it."""
    case_id: str | None = None
    """Of the bearer of a link: the one case."""
    link: LinkGrant | None = None
    """Of the bearer of a link: the link."""

    @property
    def actor(self) -> Actor:
        """The caller as the author of a change."""
        return Actor(subject=self.subject, roles=self.roles, kind=self.kind, client=self.client)

    @property
    def identity(self) -> str:
        """What tells the caller from every other one: a shop may use one subject for all of its customers."""
        return "\n".join(part for part in (self.subject, self.customer_ref, self.case_id) if part is not None)

    def owns(self, *, case_id: str, customer_ref: str) -> bool:
        """Whether a case of the caller's organisation is the calling customer's own, or that of the link."""
        match self.kind:
            case Kind.CUSTOMER:
                return bool(customer_ref) and customer_ref == self.customer_ref
            case Kind.LINK:
                return case_id == self.case_id
            case _:
                return False

    def permits(self, action: str) -> bool:
        """Whether the caller's link, if any, lets its bearer do `action`."""
        return self.link is None or action in self.link.may

    def require_own(self, *, case_id: str, customer_ref: str) -> None:
        """Raise NotFound unless the caller `owns` the case: a foreign case is answered like one that does not exist."""
        if not self.owns(case_id=case_id, customer_ref=customer_ref):
            raise NotFound
