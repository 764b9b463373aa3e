"""Many composite keys in one statement whose text does not grow with them: two arrays, unnested side by side."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import TableValuedAlias, Uuid, column, func, literal
from sqlalchemy.dialects.postgresql import ARRAY

from shared.kernel.ids import OrgId

_IDS: Final = ARRAY(Uuid(as_uuid=False))


def unnested(keys: Sequence[tuple[OrgId, str]]) -> TableValuedAlias:
    """`keys` as a relation with the columns `org_id` and `id`."""
    orgs, ids = [org for org, _ in keys], [one for _, one in keys]
    columns = (column("org_id", Uuid(as_uuid=False)), column("id", Uuid(as_uuid=False)))
    return func.unnest(literal(orgs, _IDS), literal(ids, _IDS)).table_valued(*columns, name="wanted").render_derived()
