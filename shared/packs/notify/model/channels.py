"""The channels of messages: one row per channel, which says how its messages are delivered.

What a channel does is in the file of its name in notify's folder `channels`; nothing else lists channels.
"""

from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal


class Delivery(StrEnum):
    """How a message gets to its recipient."""

    PROVIDER = "provider"  # a sender hands it to an outside system and records the answer
    INBOX = "inbox"  # the recipient reads it in the product
    BY_HAND = "by_hand"  # a person delivers it and confirms


CHANNELS: Final = {
    "email": Delivery.PROVIDER,
    "webhook": Delivery.PROVIDER,
    "internal": Delivery.INBOX,
    "fax": Delivery.BY_HAND,
    "phone": Delivery.BY_HAND,
    "letter": Delivery.BY_HAND,
}

BY_HAND: Final = tuple(name for name, delivery in CHANNELS.items() if delivery is Delivery.BY_HAND)
"""Channels over which a person delivers; the message is a to-do until it is confirmed."""

if TYPE_CHECKING:
    ChannelName = str
else:
    ChannelName = Literal[tuple(CHANNELS)]
