"""Query parameters that a route does not declare are refused, as unknown fields of a body are.

A misspelt filter that is passed over answers with everything: with other cases than were asked for.
"""

from collections import Counter
from typing import Any, Final, get_origin

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from pydantic.fields import FieldInfo
from starlette.requests import Request

from shared.platform.http.problems import InputInvalid
from shared.platform.http.strict import pointer

_MOST_PLACES: Final = 20


class KnownParameters:
    """The dependency that refuses every query parameter but those of the route. `input_invalid`, 422.

    `code` is `extra_forbidden` for a parameter that the route does not have, `repeated` for one that comes twice and
    is not a list.
    """

    def __init__(self, dependant: Dependant) -> None:
        declared = [field for field in get_flat_params(dependant) if isinstance(field.field_info, Query)]
        self.names = frozenset(field.alias for field in declared)
        self.lists = frozenset(field.alias for field in declared if is_list(field.field_info))

    async def __call__(self, request: Request) -> None:
        sent = Counter(name for name, _ in request.query_params.multi_items())
        wrong = {name: "extra_forbidden" for name in sent if name not in self.names}
        wrong |= {name: "repeated" for name, times in sent.items() if times > 1 and name in self.names - self.lists}
        if wrong:
            found = list(wrong.items())[:_MOST_PLACES]
            raise InputInvalid([{"path": pointer(("query", name)), "code": code} for name, code in found])


def is_list(declared: FieldInfo) -> bool:
    """Whether the parameter may come several times."""
    return any(get_origin(part) is list for part in (declared.annotation, *_parts(declared.annotation)))


def _parts(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__args__", ())
