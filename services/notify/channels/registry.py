"""The channels: for each row of `shared/packs/notify/model/channels.py` the file of its name in this folder.

A file has `address(contact)`, and `PLACE` where one address can be written in several ways; where a provider delivers
also `open_sender(settings)`, and `TO_ENDPOINTS = True` where an address is the id of a webhook endpoint.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from services.notify.channels.rules.channel import Channel
from services.notify.channels.rules.parcel import Sender
from services.notify.channels.rules.places import as_written
from services.notify.settings import NotifySettings
from shared.packs.notify.model import channels
from shared.packs.notify.model.channels import Delivery

OpenSender = Callable[[NotifySettings], AbstractAsyncContextManager[Sender]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Channels by name, and how the senders of those that a provider delivers are opened."""

    channels: Mapping[str, Channel]
    senders: Mapping[str, OpenSender]


def load(rows: Mapping[str, Delivery]) -> Registry:
    """The channels of `rows`. Raises where a row has no file, or a file lacks what its delivery needs."""
    files = {name: import_module(f"services.notify.channels.{name}") for name in rows}
    return Registry(
        channels={
            name: Channel(
                name=name,
                delivery=rows[name],
                address=file.address,
                place=getattr(file, "PLACE", as_written),
                to_endpoints=getattr(file, "TO_ENDPOINTS", False),
            )
            for name, file in files.items()
        },
        senders={name: file.open_sender for name, file in files.items() if rows[name] is Delivery.PROVIDER},
    )


REGISTRY: Final = load(channels.CHANNELS)
