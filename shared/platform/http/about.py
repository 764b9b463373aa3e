"""What a service's page says beside its code: whose things they are, what each name means, examples.

The texts are data: `terms.toml` beside this module for names that mean the same everywhere, and
`services/<service>/api.toml` for the service's own; `examples.json` beside it holds recorded answers.
A name has one meaning; `Schema.property` says otherwise for one schema.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

_EVERYWHERE: Final = "shared.platform.http"
INTRODUCTION: Final = "introduction.md"
PROBLEMS: Final = "problems"
"""The key of the refusals in `examples.json`; no operation has this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The texts of one service."""

    introduction: str
    terms: Mapping[str, str]
    own_terms: Mapping[str, str]
    examples: Mapping[str, Any]
    """operationId → a body that is sent."""
    answers: Mapping[str, Mapping[str, Any]]
    """operationId → status → a body that was answered; under `PROBLEMS`, status → a refusal."""

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
    recorded = files("services").joinpath(service, "examples.json")
    general = files(_EVERYWHERE).joinpath(INTRODUCTION).read_text(encoding="utf-8")
    return About(
        introduction=f"{own['owns'].strip()}\n\n{general}".lstrip(),
        terms=shared["terms"] | own["terms"],
        own_terms=own["terms"],
        examples=shared.get("examples", {}) | own.get("examples", {}),
        answers=json.loads(recorded.read_text(encoding="utf-8")) if recorded.is_file() else {},
    )
