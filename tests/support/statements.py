"""Every statement that reaches PostgreSQL, through SQLAlchemy or in the driver's own form."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

_FRAME = {"BEGIN", "COMMIT", "ROLLBACK"}
# What the driver asks once per connection about types that it meets for the first time.
_LEARNING_TYPES = ("typeinfo_tree", "current_setting('jit')", "set_config('jit'")


def statements_of(engine: Engine) -> list[str]:
    """A list that grows with each statement of `engine`, but for the frame of transactions."""
    seen: list[str] = []
    logged: set[int] = set()

    def note(statement: str) -> None:
        if statement not in _FRAME and not any(mark in statement for mark in _LEARNING_TYPES):
            seen.append(statement)

    def log_driver(adapted: Any, *_rest: Any) -> None:
        driver = adapted.driver_connection
        if id(driver) not in logged:
            logged.add(id(driver))
            driver.add_query_logger(lambda query: note(query.query))

    event.listen(engine, "before_cursor_execute", lambda *args: note(args[2]))
    event.listen(engine, "checkout", log_driver)
    return seen
