"""What a service's page says beside its code: whose things they are, what each name means, an example of each body.

The texts are data: `terms.toml` beside this module for names that mean the same everywhere, and
`services/<service>/api.toml` for the service's own. A name has one meaning; `Schema.property` says
otherwise for one schema.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

_EVERYWHERE: Final = "shared.platform.http"
INTRODUCTION: Final = "introduction.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The texts of one service."""

    introduction: str
    terms: Mapping[str, str]
    own_terms: Mapping[str, str]
    examples: Mapping[str, Any]

    def meaning(self, schema: str, name: str) -> str | None:
        """What `name` means as a property of `schema`."""
        return self.terms.get(f"{schema}.{name}", self.terms.get(name))


@cache
def about(service: str) -> About:
    """The texts of `service`; one without a file of its own has those that all have."""
    shared = tomllib.loads(files(_EVERYWHERE).joinpath("terms.toml").read_text(encoding="utf-8"))
    file = files("services").joinpath(service, "api.toml")
    own: dict[str, Any] = (
        tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {"owns": "", "terms": {}}
    )
    general = files(_EVERYWHERE).joinpath(INTRODUCTION).read_text(encoding="utf-8")
    return About(
        introduction=f"{own['owns'].strip()}\n\n{general}".lstrip(),
        terms=shared["terms"] | own["terms"],
        own_terms=own["terms"],
        examples=shared.get("examples", {}) | own.get("examples", {}),
    )
