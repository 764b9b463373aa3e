"""Read a case that is linked with the step's case."""

from typing import ClassVar

from operate.scenarios.session import Answer, UnexpectedAnswer
from operate.scenarios.verb import Verb
from operate.scenarios.verb_call import VerbCall, without_none


class Linked(Verb):
    """Reads the first linked case that matches. With `keep: name` later steps may say `case: name`."""

    NAME: ClassVar[str] = "linked"
    REQUEST: ClassVar[str] = "GET /v1/cases/{id}"
    NEEDS_REST: ClassVar[bool] = True
    TITLE_ARGUMENT: ClassVar[str] = "relation"

    relation: str
    """A relation of the pack, or `parent`."""
    owner: str | None = None
    case_type: str | None = None

    async def perform(self, call: VerbCall) -> Answer:
        """Find the linked case and read it."""
        page = await call.get("intake", f"/v1/cases/{call.case_id}")
        if page.refused:
            return page
        to_parent = self.relation == "parent"
        links = [page.body["parent"]] if to_parent else page.body["links"]
        wanted = without_none(relation=None if to_parent else self.relation, owner=self.owner, case_type=self.case_type)
        found = [link for link in links if link and all(link[key] == value for key, value in wanted.items())]
        if not found:
            raise UnexpectedAnswer(f"no case is linked to `{call.case}` as {self.relation} with {wanted}")
        return await call.get("intake", f"/v1/cases/{found[0]['case_id']}")
