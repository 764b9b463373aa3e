"""What the claims of a verified token say the caller is. Nothing here is read before the signature holds.

    claims                            principal                                       source
    `customer_ref`                    customer of that reference                      claim of this product in an
                                                                                      access token (RFC 9068 §2.2.2)
    `act: {sub: M}`                   machine M acting for the person in `sub`        RFC 8693 §4.1, the outermost actor
    `client_id` equal to `sub`        machine acting for itself                       RFC 9068 §2.2: no resource owner
    none of them                      staff                                           RFC 9068 §2.2

`customer_ref` goes first: a web shop that exchanged its token for one about a customer (`act` and `customer_ref`) has
the rights of that customer and is named as the client. A customer has the role `customer` and no other; further roles,
which identity providers give to everybody, are dropped. The role `customer` without `customer_ref` does not say which
customer, so the token is refused; to take it as staff would open the organisation to its customers.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from shared.kernel.actor import CUSTOMER_ROLE, RESPONSIBLE_ROLE, Kind
from shared.kernel.ids import OrgId, is_id
from shared.platform.auth.caller import Caller, Unauthorised

LONGEST_NAME: Final = 255


def caller_of(claims: Mapping[str, Any]) -> Caller:
    """The caller that verified `claims` describe. Raises Unauthorised (`token_invalid`) for contradictory ones."""
    roles = claims.get("roles", [])
    scope = claims.get("scope", "")
    org = claims.get("org")
    well_formed = isinstance(org, str) and is_id(org) and isinstance(scope, str) and _are_names(roles)
    if not well_formed or not _is_subject(claims.get("sub")):
        raise Unauthorised(code="token_invalid")
    caller = Caller(org=OrgId(str(org)), subject=claims["sub"], roles=frozenset(roles), scopes=frozenset(scope.split()))
    return _as_principal(caller, claims)


def _as_principal(caller: Caller, claims: Mapping[str, Any]) -> Caller:
    client = _acting_client(claims)
    if "customer_ref" in claims:
        ref = claims["customer_ref"]
        if not _is_name(ref):
            raise Unauthorised(code="token_invalid")
        roles = frozenset({CUSTOMER_ROLE})
        return replace(caller, kind=Kind.CUSTOMER, customer_ref=ref, client=client, roles=roles)
    if CUSTOMER_ROLE in caller.roles:
        raise Unauthorised(code="token_invalid")
    if caller.subject == claims.get("client_id"):
        return replace(caller, kind=Kind.MACHINE)
    if client is not None:
        return replace(caller, kind=Kind.MACHINE, client=client)
    return caller


def _acting_client(claims: Mapping[str, Any]) -> str | None:
    if "act" not in claims:
        return None
    act = claims["act"]
    client = act.get("sub") if isinstance(act, dict) else None
    if not isinstance(client, str) or not _is_name(client):
        raise Unauthorised(code="token_invalid")
    return client


def _is_subject(text: object) -> bool:
    """A name that cannot be taken for a role where people and roles stand side by side."""
    return _is_name(text) and not str(text).startswith(RESPONSIBLE_ROLE)


def _is_name(text: object) -> bool:
    """Whether it may be stored and logged: not empty, no control characters or lone surrogates."""
    return isinstance(text, str) and 0 < len(text) <= LONGEST_NAME and text.isprintable()


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(_is_name(item) for item in value)
