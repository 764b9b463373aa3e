"""A verb on a remedy that an earlier step quoted."""

from collections.abc import Iterator
from typing import Any, ClassVar

from operate.scenarios.session import Answer, UnexpectedAnswer
from operate.scenarios.verb import Earlier, PackName, Verb
from operate.scenarios.verb_call import VerbCall


class RemedyVerb(Verb):
    """One action on a quoted remedy of the case."""

    TITLE_ARGUMENT: ClassVar[str] = "remedy"

    remedy: str | None = None
    """Id of the remedy in the pack; default: the remedy quoted last on the case."""

    def quoted(self, call: VerbCall) -> dict[str, Any]:
        """The quote of the remedy. Raises UnexpectedAnswer when the quote was refused."""
        name = self.remedy or call.created.latest_remedy.get(call.case, "")
        if (call.case, name) not in call.created.remedies:
            raise UnexpectedAnswer(
                f"no remedy `{self.remedy or '(latest)'}` was quoted on `{call.case}` before this step"
            )
        return call.created.remedies[(call.case, name)]

    async def act(self, call: VerbCall, action: str, body: dict[str, Any]) -> Answer:
        """POST one action on the remedy."""
        remedy_id = self.quoted(call)["remedy_id"]
        own = f"{call.case_path}/offers/{remedy_id}/{action}"
        return await call.post("settlement", own if call.is_customer else f"/v1/remedies/{remedy_id}/{action}", body)

    def pack_names(self) -> Iterator[PackName]:
        """The remedy."""
        if self.remedy is not None:
            yield PackName(kind="remedy", path=("remedy",), id=self.remedy)

    def missing(self, earlier: Earlier, case: str) -> Iterator[str]:
        """The quote."""
        quoted = [remedy for of, remedy in earlier.quoted if of == case]
        if not quoted or (self.remedy is not None and self.remedy not in quoted):
            yield f"no step before quotes {f'`{self.remedy}`' if self.remedy else 'a remedy'} on `{case}`"
