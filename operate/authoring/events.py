"""The canonical events that services report on their own, with their producers and what texts may say of them."""

from collections.abc import Iterator
from importlib import import_module

from operate.contracts import contracts
from shared.contracts.catalogue import PUBLISHED_EVENTS
from shared.contracts.envelope import Contract
from shared.contracts.intake import CaseAdvancedV1

SERVICES = ("intake", "sla", "settlement", "notify")


def events() -> str:
    """A table of events; after it what a step's milestones bring."""
    lines = ["| event | from | when | `event.…` |", "| --- | --- | --- | --- |"]
    for contract in contracts():
        name = contract.milestone()
        if name in PUBLISHED_EVENTS and contract is not CaseAdvancedV1:
            meaning = " ".join((contract.__doc__ or "").split())
            lines.append(f"| `{name}` | {_producer(contract)} | {meaning} | {', '.join(_fields(contract))} |")
    lines += ["", f"A milestone that a step of the pack reaches has `event.…` {', '.join(_fields(CaseAdvancedV1))}."]
    return "\n".join(lines)


def _producer(contract: type[Contract]) -> str:
    return next(
        service for service in SERVICES if contract.__module__ == import_module(f"shared.contracts.{service}").__name__
    )


def _fields(contract: type[Contract]) -> Iterator[str]:
    return (f"`{name}`" for name in ("name", "occurred_at", *contract.model_fields))
