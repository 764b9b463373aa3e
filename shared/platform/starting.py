"""Finds a service by its name, and starts it.

This module imports little, so that nothing is collected while the service is imported: imports make a million objects,
none of which is garbage, and looking through them again and again takes a sixth of the time of a start.
"""

from __future__ import annotations

import gc
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.platform.serving import Service


def service_named(name: str) -> Service[Any]:
    """The parts of a service. Raises ModuleNotFoundError."""
    found: Service[Any] = import_module(f"services.{name}.service").SERVICE
    return found


def start(name: str) -> None:
    """Run a service until SIGTERM or SIGINT, as `serve` does, which turns the collection of garbage on again."""
    gc.disable()
    described = service_named(name)
    import_module("shared.platform.serving").serve(described)
