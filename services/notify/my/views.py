"""A message to the customer as the customer reads it."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel

from services.notify.messages.store.queries import ShownMessage
from shared.packs.notify.model.channels import ChannelName


class MyMessageView(BaseModel):
    """A message that was sent to the customer."""

    message_id: str
    channel: ChannelName
    subject: str
    body: str
    at: datetime

    @classmethod
    def of(cls, message: ShownMessage) -> Self:
        """The view of a stored message."""
        return cls.model_validate(message, from_attributes=True)
