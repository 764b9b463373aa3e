"""An organisation on the stack, and packs published for it."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from operate.errors import OperatorError
from operate.scenarios.difference import refusal_text
from operate.scenarios.session import Answer, Session, TokenRequest, caught_up
from operate.scenarios.verb_call import without_none
from shared.kernel.ids import new_id
from shared.platform.outbound.signature import SECRET_BYTES, secret_text

BOOTSTRAP_ORGANISATION: Final = "00000000-0000-7000-8000-000000000000"


async def create_organisation(session: Session, name: str, now: datetime | None) -> str:
    """Create an organisation with the ERP simulator as its ERP; returns its id. `now` as in `register_organisation`."""
    organisation = await register_organisation(session, name, now)
    await connect_erp(session, organisation)
    return organisation


async def register_organisation(session: Session, name: str, now: datetime | None) -> str:
    """Create an organisation that no ERP pays for yet; returns its id. Only intake is called.

    Its clock is simulated and stands at `now` when that is given.
    """
    token = session.token(
        TokenRequest(organisation=BOOTSTRAP_ORGANISATION, subject="operator", roles=(), scope="admin")
    )
    answer = await session.call(
        "intake",
        "POST",
        "/v1/organisations",
        token=token,
        json={"name": name[:80]} | ({"simulated_now": now.isoformat()} if now else {}),
        headers={"Idempotency-Key": new_id()},
    )
    if answer.refused:
        raise OperatorError(f"the organisation could not be created: {refusal_text(answer)}")
    return str(answer.body["organisation_id"])


async def connect_erp(session: Session, organisation: str) -> None:
    """Set the ERP simulator as the organisation's ERP, each side with a secret of its own. Raises OperatorError."""
    credentials = {"scheme": "signature", "secret": _secret(), "callback_secret": _secret()}
    await session.set_erp_credentials(organisation, credentials)
    token = session.token(TokenRequest(organisation=organisation, subject="operator", roles=(), scope="admin"))
    body = {"url": session.stack.erp, **credentials}
    answer = await caught_up(lambda: session.call("settlement", "PUT", "/v1/erp", token=token, json=body))
    if answer.refused:
        raise OperatorError(f"the ERP could not be set: {refusal_text(answer)}")


def _secret() -> str:
    return secret_text(secrets.token_bytes(SECRET_BYTES))


async def post_policy(
    session: Session, documents: Mapping[str, Any], *, effective_from: str | None, token: str, key: str
) -> Answer:
    """POST /v1/policies: a pack's documents, from its own first day or from `effective_from`."""
    body = without_none(documents=documents, effective_from=effective_from)
    return await session.call(
        "intake", "POST", "/v1/policies", token=token, json=body, headers={"Idempotency-Key": key}
    )


async def publish(session: Session, documents: Mapping[str, Any], *, effective_from: str | None) -> Answer:
    """Publish a pack for the session's organisation as its operator. Raises OperatorError when it is refused."""
    answer = await post_policy(
        session, documents, effective_from=effective_from, token=session.operator_token(), key=f"publish-{new_id()}"
    )
    if answer.refused:
        raise OperatorError(f"the pack could not be published: {refusal_text(answer)}")
    return answer
