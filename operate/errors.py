"""The errors that end a command with a message for the operator.

A message states what happened; `hint` states what to do about it. The command line prints both and
exits 1.
"""


class OperatorError(Exception):
    """A command cannot go on, and the operator can do something about it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message
