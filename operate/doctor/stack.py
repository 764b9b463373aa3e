"""The environments of the services of this checkout's stack; needs the embedded runtime, which production has not."""

from operate.errors import OperatorError
from operate.runtime.databases import SERVICES
from operate.runtime.parts import service_environment
from operate.runtime.paths import default_layout
from operate.runtime.state import load_state


def of_stack() -> dict[str, dict[str, str]]:
    """The environment of each service. Raises OperatorError when nothing has been started here."""
    layout = default_layout()
    state = load_state(layout.stack_file)
    if not state.ports:
        raise OperatorError(
            "Nothing has been started here.",
            hint="Run `make up`, or name a service whose REDRESS_* variables this process has: --service sla.",
        )
    return {name: service_environment(name, layout, state) for name in SERVICES}
