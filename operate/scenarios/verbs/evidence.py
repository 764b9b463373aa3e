"""File a piece of evidence."""

import base64
from collections.abc import Iterator
from typing import ClassVar

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
