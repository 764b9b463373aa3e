"""A verb, an expectation or a refusal with its references to earlier answers filled in."""

from typing import TypeVar

from pydantic import ValidationError

from operate.errors import OperatorError
from operate.scenarios.located import plain_message
from operate.scenarios.references import filled
from operate.scenarios.values import Strict
from operate.scenarios.verb_call import Created

M = TypeVar("M", bound=Strict)


def filled_model(model: M, created: Created, *, case: str, place: str) -> M:
    """`model` with values for references. Raises OperatorError when an answer has no such field or kind of value."""
    kept = {**created.answers, "case_id": created.case_id(case)}
    values = filled(model.model_dump(by_alias=True, exclude_unset=True), kept)
    try:
        return type(model).model_validate(values)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, (place, *entry['loc'])))}: {plain_message(entry)}: a reference in it became "
            f"a value of another kind"
            for entry in error.errors()
        ]
        raise OperatorError("; ".join(faults)) from None
