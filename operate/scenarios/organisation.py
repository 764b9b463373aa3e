"""An organisation on the stack, and packs published for it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from operate.errors import OperatorError
from operate.scenarios.difference import refusal_text
from operate.scenarios.session import Answer, Session, TokenRequest
from operate.scenarios.verb_call import without_none
from shared.kernel.ids import new_id

BOOTSTRAP_ORGANISATION: Final = "00000000-0000-7000-8000-000000000000"


async def create_organisation(session: Session, name: str, now: datetime | None) -> str:
    """Create an organisation, on a simulated clock that stands at `now` when that is given; returns its id."""
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
