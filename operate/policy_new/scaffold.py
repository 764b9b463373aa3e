"""The files of a new pack: rendered from templates, linted, then written into a folder that is not there yet."""

import json
import os
import tempfile
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from operate.errors import OperatorError
from operate.policy_new.answers import Answers, CaseKind, letters
from shared.kernel.money import exponent
from shared.packs.language.durations import Duration
from shared.packs.publishing.load import ROOT, LoadedPack, load_pack
from shared.packs.sla.model.calendars import COUNTRIES_CONFIRMED_UNTIL, WEEKDAYS

_TEMPLATES: Final = Path(__file__).parent / "templates"
_DAYS: Final = {"mon-fri": WEEKDAYS[:5], "mon-sat": WEEKDAYS[:6], "every_day": WEEKDAYS}
_REFUND, _WORTH = Decimal(200), Decimal(200)
"""What the scenarios pay and exchange, in major units: half of 400, and two pieces of 100."""


def files_of(name: str, answers: Answers, *, today: date, schemas: str) -> Mapping[str, str]:
    """Path below the pack's folder to content. `schemas` is where the JSON schemas lie, as seen from the folder."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 (YAML)
    )
    environment.filters["quoted"] = _quoted
    meaning = _meaning(name, answers, today=today, schemas=schemas)
    return {file: environment.get_template(file).render(meaning) for file in _names(answers)}


def write(name: str, folder: Path, answers: Answers, *, today: date) -> LoadedPack:
    """Write the pack and load it. Raises OperatorError when the folder is there, or when lint would refuse the pack."""
    if folder.exists():
        raise OperatorError(f"{folder} is there already, and nothing of it was changed.", hint="Choose another name.")
    schemas = Path(os.path.relpath(ROOT / "schemas", folder.absolute())).as_posix()
    files = files_of(name, answers, today=today, schemas=schemas)
    with tempfile.TemporaryDirectory() as scratch:
        tried = _written(Path(scratch) / name, files)
    if tried.errors:
        raise OperatorError("\n".join(str(error) for error in tried.errors))
    try:
        return _written(folder, files)
    except OSError as error:
        raise OperatorError(f"{folder} cannot be written: {error.strerror}") from None


def _written(folder: Path, files: Mapping[str, str]) -> LoadedPack:
    (folder / "scenarios").mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return load_pack(folder)


def _names(answers: Answers) -> list[str]:
    has_refund, has_exchange = (answers.remedies in {remedy, "both"} for remedy in ("refund", "exchange"))
    scenarios = [
        *(["refund"] if has_refund else []),
        *(["exchange"] if has_exchange else []),
        *([] if has_refund or has_exchange else ["settled"]),
        "refused",
    ]
    sections = ["pack", "intake", "sla", *(["settlement"] if answers.remedies != "none" else []), "notify"]
    return [
        *(f"{section}.yaml" for section in sections),
        "source.md",
        *(f"scenarios/{name}.yaml" for name in scenarios),
    ]


def _meaning(name: str, answers: Answers, *, today: date, schemas: str) -> Mapping[str, Any]:
    """What the templates speak of."""
    limit = answers.approval_limit if answers.remedies != "none" else ""
    if limit:
        limit = f"{Decimal(limit):.{exponent(answers.currency)}f}"
    known = COUNTRIES_CONFIRMED_UNTIL.get(answers.country)
    first = answers.effective_from or date(min(today.year, known.year if known else today.year), 1, 1)
    start = first + timedelta(days=14 - first.weekday())
    long_after = start + timedelta(days=_days_at_most(answers.first_response, answers))
    is_known = known is not None and known >= long_after
    return {
        "name": name,
        "schemas": schemas,
        **answers.model_dump(include={"title_zh", "title_en", "language", "zone", "currency", "country"}),
        "opens": answers.opens,
        "closes": answers.closes,
        "days": _DAYS[answers.days],
        "first_response": answers.first_response,
        "resolution": answers.resolution,
        "case_types": _types(answers.case_types),
        "effective_from": first.isoformat(),
        "confirmed_until": "" if is_known else date(long_after.year, 12, 31).isoformat(),
        "start": start.isoformat(),
        "long_after": long_after.isoformat(),
        "limit": limit,
        "remedies": answers.remedies != "none",
        "refund": answers.remedies in {"refund", "both"},
        "exchange": answers.remedies in {"exchange", "both"},
        "to_customer": answers.notifications in {"customer", "both"},
        "to_staff": answers.notifications in {"staff", "both"},
        "refund_approver": "chen" if limit and Decimal(limit) >= _REFUND else "li",
        "exchange_approver": "chen" if limit and Decimal(limit) >= _WORTH else "li",
    }


def _types(kinds: tuple[CaseKind, ...]) -> list[Mapping[str, str]]:
    """Each with the letters that its numbers begin with."""
    return [{**kind.model_dump(), "prefix": letters(kind.id)} for kind in kinds]


def _days_at_most(limit: Duration, answers: Answers) -> int:
    """Calendar days after which a time limit is over on any calendar: at most two in three days are off, and a week."""
    hours = int(answers.closes[:2]) - int(answers.opens[:2]) or 1
    days = {"minute": 1, "hour": limit.amount // 24 + 1, "day": limit.amount, "week": 7 * limit.amount}
    working = {"working_hour": limit.amount // hours + 1, "working_day": limit.amount}
    return 21 + (days | working)[limit.unit] * (3 if limit.is_working_time else 1)


def _quoted(text: str) -> str:
    """A text as YAML."""
    return json.dumps(text, ensure_ascii=False)
