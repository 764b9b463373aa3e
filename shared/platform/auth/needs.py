"""The dependency that requires a bearer token, a kind of principal and scopes; each route has exactly one."""

from collections.abc import Set as AbstractSet

from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import Request

from shared.kernel.actor import CUSTOMERS, STAFF_AND_MACHINES, Kind
from shared.kernel.errors import Forbidden
from shared.kernel.text import Text
from shared.platform.auth.caller import Caller, Unauthorised
from shared.platform.auth.verifier import Verifier
from shared.platform.observability import metrics
from shared.platform.observability.context import name_organisation


class ScopeMissing(Forbidden):
    """The token lacks a scope; `fields.scopes` lists the required ones. 403."""

    code = "scope_missing"
    title = Text(en="Insufficient scope", zh="访问令牌缺少所需权限范围")


class PrincipalNotAdmitted(Forbidden):
    """The operation is not for this kind of principal; `fields.kinds` lists those it is for. 403."""

    code = "principal_not_admitted"
    title = Text(en="Not for this kind of caller", zh="此操作不对该类调用方开放")


class Needs(SecurityBase):
    """Verifies the bearer token (RFC 6750), admits `kinds` of principals and requires scopes."""

    def __init__(self, *scopes: str, kinds: AbstractSet[Kind] = STAFF_AND_MACHINES) -> None:
        self.scopes = frozenset(scopes)
        self.kinds = frozenset(kinds)
        self.scheme_name = "bearer"
        self.model = HTTPBearer(bearerFormat="JWT", description="An access token (RFC 9068).")

    async def __call__(self, request: Request) -> Caller:
        try:
            caller = await _bearer(request)
        except Unauthorised as error:
            metrics.AUTH_REFUSED.labels(reason=error.code).inc()
            raise
        name_organisation(caller.org)
        if caller.kind not in self.kinds:
            raise PrincipalNotAdmitted(fields={"kinds": sorted(kind.value for kind in self.kinds)})
        if not self.scopes <= caller.scopes:
            raise ScopeMissing(fields={"scopes": sorted(self.scopes)})
        if caller.kind is Kind.LINK:
            await self._require_live(request, caller)
        return caller

    async def _require_live(self, request: Request, caller: Caller) -> None:
        """A link can be revoked and ends on its organisation's clock, which its token does not know."""
        try:
            await request.app.state.links.require_live(request, caller)
        except Unauthorised as error:
            metrics.AUTH_REFUSED.labels(reason=error.code).inc()
            raise


async def _bearer(request: Request) -> Caller:
    verifier: Verifier = request.app.state.verifier
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Unauthorised
    return await verifier.verify(token.strip())


def needs(*scopes: str) -> Needs:
    """`Annotated[Caller, Depends(needs("cases:write"))]`: staff or a machine that holds all of `scopes`."""
    return Needs(*scopes)


def needs_customer(*scopes: str) -> Needs:
    """A customer, or the bearer of a link to one case, that holds all of `scopes`; what is theirs the route decides."""
    return Needs(*scopes, kinds=CUSTOMERS)
