"""`documents`: documents of the case, found by their templates."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Annotated, Final

from operate.scenarios.compare import named, unordered
from operate.scenarios.difference import Difference
from operate.scenarios.expectation import Expectation, View
from operate.scenarios.values import Json, Strict, Texts, Truth, one_of
from operate.scenarios.verb import PackName

_UNORDERED: Final = ("recipients", "signed_by")


class DocumentExpectation(Strict):
    """One document of the case."""

    state: Annotated[str, one_of("draft", "signing", "final", "superseded")] | None = None
    recipients: Texts | None = None
    signed_by: Texts | None = None
    fields: dict[str, Json] = {}
    absent: Truth | None = None


async def _differences(wanted: Mapping[str, DocumentExpectation], view: View) -> AsyncIterator[Difference]:
    shown = {
        document["template"]: {**document, **{key: sorted(document[key]) for key in _UNORDERED}}
        for document in (await view.case())["documents"]
    }
    asked = {name: document.model_dump(exclude_none=True) for name, document in wanted.items()}
    for document in asked.values():
        document.update({key: unordered(document[key]) for key in _UNORDERED if key in document})
    for difference in named("document", asked, shown, element="intake.documents"):
        yield difference


def _pack_names(wanted: Mapping[str, DocumentExpectation]) -> Iterator[PackName]:
    for name, document in wanted.items():
        if not document.absent:
            yield PackName(kind="document", path=(name,), id=name)
        for field in document.fields:
            yield PackName(kind="document_field", path=(name, "fields", field), id=f"{name}.{field}")


EXPECTATION: Final = Expectation(
    name="documents",
    type=dict[str, DocumentExpectation],
    about="case",
    meaning="by template: `state`, `recipients`, `signed_by`, `fields: {…}`, or `absent: true`",
    differences=_differences,
    pack_names=_pack_names,
)
