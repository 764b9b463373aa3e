"""How operate code reports progress: a function that takes one line, so that tests can collect the lines."""

from collections.abc import Callable

Say = Callable[[str], None]


def say_nothing(line: str) -> None:
    """Drop the line; for callers that want silence."""


def say_to_terminal(line: str) -> None:
    """Print the line at once, also when the output is a pipe."""
    print(line, flush=True)
