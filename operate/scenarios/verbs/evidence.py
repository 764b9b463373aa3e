"""File a piece of evidence."""

import base64
from collections.abc import Iterator
from typing import ClassVar

from pydantic import model_validator

from operate.scenarios.session import Answer
from operate.scenarios.verb import PackName, Verb
from operate.scenarios.verb_call import VerbCall


class Evidence(Verb):
    """Files `text`, or the decoded `base64`, as a file of evidence on the case."""

    NAME: ClassVar[str] = "evidence"
    REQUEST: ClassVar[str] = "POST /v1/cases/{case}/evidence; a customer: /v1/my/cases/…"
    TITLE_ARGUMENT: ClassVar[str] = "kind"

    kind: str
    """Id of the kind of evidence in the pack."""
    filename: str = "evidence.txt"
    media_type: str = "text/plain"
    text: str | None = None
    base64: str | None = None

    @model_validator(mode="after")
    def _content(self) -> "Evidence":
        if self.text is not None and self.base64 is not None:
            raise ValueError("either `text` or `base64`")
        if self.base64 is not None and "{" not in self.base64:
            try:
                content = base64.b64decode(self.base64, validate=True)
            except ValueError:
                raise ValueError("`base64` is not valid base64: letters, digits, + and /, a multiple of four") from None
            if not content:
                raise ValueError("`base64` is empty")
        return self

    async def perform(self, call: VerbCall) -> Answer:
        """Upload the file."""
        content = base64.b64decode(self.base64) if self.base64 else (self.text or "").encode()
        return await call.session.call(
            "intake",
            "POST",
            f"{call.case_path}/evidence",
            token=call.token,
            headers={"Idempotency-Key": call.key},
            files={"file": (self.filename, content, self.media_type)},
            data={"kind": self.kind},
        )

    def pack_names(self) -> Iterator[PackName]:
        """The kind of evidence."""
        yield PackName(kind="evidence", path=("kind",), id=self.kind)
