"""The running stack of this checkout, as a scenario needs it."""

from functools import partial

from operate.errors import OperatorError
from operate.runtime import parts
from operate.runtime.paths import Layout
from operate.runtime.stack import Stack as RunningStack
from operate.runtime.state import StackState, load_state
from operate.scenarios.consumed import all_read
from operate.scenarios.session import Stack, TokenRequest
from operate.token_commands import principal_claims, sign_token


def of_layout(layout: Layout) -> Stack:
    """The addresses of what runs in `layout`. Raises OperatorError when nothing was started there."""
    state = load_state(layout.stack_file)
    if not state.urls:
        raise OperatorError("The stack is not running.", hint="Run `make up` first.")
    return _of(layout, state)


def of_running(stack: RunningStack) -> Stack:
    """The addresses of a stack that the caller started."""
    return _of(stack.layout, stack.state)


def _of(layout: Layout, state: StackState) -> Stack:
    def issue(request: TokenRequest) -> str:
        return sign_token(
            layout.keys,
            roles=request.roles,
            organisation=request.organisation,
            scopes=request.scope.split(),
            subject=request.subject,
            claims=principal_claims(request.subject, customer_ref=request.customer_ref, machine=request.machine),
        )

    kafka = parts.kafka_settings(state)
    return Stack(
        services={name: state.urls[name] for name in ("intake", "sla", "settlement", "notify")},
        mail_sink=state.urls["mail"],
        webhook_sink=state.urls["webhook"],
        erp=state.urls["erp"],
        issue_token=issue,
        all_read=partial(all_read, {"bootstrap_servers": kafka.kafka, **kafka.kafka_security()}),
    )
