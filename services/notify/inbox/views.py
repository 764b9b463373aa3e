"""Requests about messages that are delivered by hand."""

from typing import Annotated

from pydantic import StringConstraints

from shared.platform.http.edge import StrictModel


class DoneBody(StrictModel):
    """Whether a message that is delivered by hand reached its recipient, and what there is to say of it."""

    delivered: bool
    note: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | None = None
