"""Recorded answers as a document shows them: what differs from run to run becomes stable, what is long becomes short.

The same id is replaced by the same one everywhere, so that references agree between the examples of a service.
"""

import json
import re
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from tests.e2e.routes import UUID
from tests.examples.heard import Said

ITEMS: Final = 2
"""Of each list; the rest is left out."""
NAMES: Final = {
    "laigang": "acme",
    "tobacco": "acme",
    "Laiwu": "Acme",
    "烟草": "示例",
    "莱钢": "示例",
    "everyman": "clerk",
}
"""What the packs of the story call themselves, and its people: an example is about no real organisation."""
NOW: Final = "2026-04-09T01:00:00.000000Z"
LONGEST_STORY: Final = timedelta(hours=1)
OVERLAP: Final = timedelta(days=2)
"""How far ahead of the real time an instant may be that is computed from it."""
HASH: Final = re.compile(r"\b[0-9a-f]{64}\b")
KEY: Final = re.compile(r"\b(whsec|whpk)_[A-Za-z0-9+/]+=*")
LINK: Final = re.compile(r"#link=[A-Za-z0-9_.-]+")
PAYMENT: Final = re.compile(r"\bpay_[0-9a-f]{20}\b")
ADDRESS: Final = re.compile(r"http://(?:127\.0\.0\.1|localhost):[0-9]+")
INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
NO_KEY: Final = b64encode(b"an example and no key: 32 bytes.").decode()
CURSORS: Final = frozenset({"next", "cursor"})


def stable(said: Said, *, now: datetime) -> Said:
    """The answers of one service, operations in order of name. `now` is when the story ended."""
    return _Stable(now).answers(said)


@dataclass
class _Stable:
    now: datetime
    _met: dict[str, int] = field(default_factory=dict)

    def answers(self, said: Said) -> Said:
        return {
            name: {status: self.value(said[name][status]) for status in sorted(said[name])} for name in sorted(said)
        }

    def value(self, value: Any, name: str = "") -> Any:
        match value:
            case {"pack": pack} if name == "documents":
                return {"pack": self.value(pack)}
            case dict():
                return {self.text(key): self.value(each, key) for key, each in value.items()}
            case list():
                return [self.value(each, name) for each in value[:ITEMS]]
            case str() if name in CURSORS:
                return "opaque-cursor"
            case str():
                return self.text(value)
        return value

    def text(self, text: str) -> str:
        text = UUID.sub(lambda found: f"0196a3c4-5d6e-7000-8000-{self._number('id', found[0]):012d}", text)
        text = HASH.sub(lambda found: sha256(f"example {self._number('hash', found[0])}".encode()).hexdigest(), text)
        text = KEY.sub(lambda found: f"{found[1]}_{NO_KEY}", text)
        text = LINK.sub("#link=opaque-token", text)
        text = PAYMENT.sub(lambda found: f"pay_{self._number('payment', found[0]):020d}", text)
        text = ADDRESS.sub("https://shop.example", text)
        text = INSTANT.sub(lambda found: self._instant(found[0]), text)
        for name, other in NAMES.items():
            text = text.replace(name, other)
        return text

    def _number(self, kind: str, found: str) -> int:
        return self._met.setdefault(f"{kind} {found}", sum(each.startswith(kind) for each in self._met) + 1)

    def _instant(self, text: str) -> str:
        is_real = self.now - LONGEST_STORY < datetime.fromisoformat(text) < self.now + OVERLAP
        return NOW if is_real else text


def by_kind(answer: Any) -> str:
    """The answer without the numbers of its ids, hashes and payments: in which order they were met is not determined."""
    text = json.dumps(answer, ensure_ascii=False, sort_keys=True)
    return PAYMENT.sub("(payment)", HASH.sub("(hash)", UUID.sub("(id)", text)))
