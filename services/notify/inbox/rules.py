"""Who reads an inbox, and who confirms what is delivered by hand."""

from collections.abc import Set as AbstractSet

from shared.kernel.errors import Forbidden
from shared.kernel.text import Text


class HandlerRequired(Forbidden):
    """Only who is to deliver a message by hand says what became of it; `fields.handled_by` names the role or person."""

    code = "handler_required"
    title = Text(en="Delivery by another role or person", zh="该消息由其他角色或人员负责送达")


def addresses_of(subject: str, roles: AbstractSet[str]) -> list[str]:
    """The names under which a colleague has inboxes and to-dos: the person and each role."""
    return [f"subject:{subject}", *(f"role:{role}" for role in sorted(roles))]
