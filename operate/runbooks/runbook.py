"""What a runbook is: what the customer notices, and steps to look, to act and to know that it is over."""

from dataclasses import dataclass

from shared.kernel.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to look at or to do. `run` is one line for a POSIX shell; empty where no command does it.

    Variables of the shell stand for what differs: `operate.runbooks.variables` lists them.
    """

    say: Text
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """What a person reads who is told of `alert`. `look` changes nothing; `over` is true when nothing is left to do."""

    alert: str
    customer: Text
    look: tuple[Step, ...]
    do: tuple[Step, ...]
    over: tuple[Step, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in the order of the page."""
        return (*self.look, *self.do, *self.over)


def step(en: str, zh: str, run: str = "") -> Step:
    """A step in both languages."""
    return Step(say=Text(en=en, zh=zh), run=run)
