"""Every published contract, found where its producer declares it."""

from collections.abc import Iterator
from importlib import import_module

from shared.contracts.envelope import Contract

PRODUCERS = ("registry", "intake", "sla", "settlement", "notify")


def contracts() -> Iterator[type[Contract]]:
    """Every published contract, by producer and type."""
    for producer in PRODUCERS:
        module = import_module(f"shared.contracts.{producer}")
        found = {
            value.TYPE: value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Contract) and "TYPE" in vars(value)
        }
        yield from (found[name] for name in sorted(found))
