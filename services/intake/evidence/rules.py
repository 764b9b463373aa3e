"""What a file must be to be filed: of an allowed kind by its content, what it is declared to be, and harmless.

OWASP File Upload: an allow-list, content before name, and nothing that a browser or shell would run.
"""

import codecs
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final

import puremagic

from shared.kernel.errors import Conflict, NotFound, Rejected
from shared.kernel.foreign_text import UNSEEN
from shared.kernel.text import Text
from shared.packs.intake.model.fields import EvidenceKind


class EvidenceUnknown(NotFound):
    """No such file in this case."""


class EvidencePurged(NotFound):
    """The file was erased with its case; the purge certificate has its hash. 404."""

    code = "evidence_purged"
    title = Text(en="File erased by purge", zh="材料已随案件销毁")


class EvidenceErased(NotFound):
    """The file's own time of keeping is over; `fields` say by which rule and since which day. 404.

    Its kind and hash stay on the case.
    """

    code = "evidence_erased"
    title = Text(en="File erased at the end of its term", zh="材料保存期满，已删除")


class EvidenceTermOver(Conflict):
    """The same content was erased from the case at the end of its term and is not filed again; `fields`. 409."""

    code = "evidence_term_over"
    title = Text(en="File was erased at the end of its term", zh="该材料保存期满已删除，不再接收")


class EvidenceKindUnknown(Rejected):
    """The pack knows no such kind of evidence; `fields.allowed`. 422."""

    code = "evidence_kind_unknown"
    title = Text(en="Unknown evidence kind", zh="没有该类材料")


class EvidenceEmpty(Rejected):
    """The file has no content. 422."""

    code = "evidence_empty"
    title = Text(en="Empty file", zh="文件为空")


class EvidenceTypeRefused(Rejected):
    """The content is not of a kind that may be filed here, or not what it is declared to be. 415."""

    code = "evidence_type_refused"
    title = Text(en="File type not accepted", zh="不接受该类型文件")
    titles: ClassVar = {
        "evidence_type_mismatch": Text(en="File content does not match its type", zh="文件内容与声明的类型不符")
    }


class EvidenceUnsafe(Rejected):
    """The content is a known threat or active content. 422."""

    code = "evidence_unsafe"
    title = Text(en="Unsafe file", zh="文件存在安全风险")


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What stays of a file whose term was over: by which rule, since when it was kept, and the first day after that."""

    rule: str
    label: Text
    cite: str
    kept_since: datetime
    until: date
    erased_at: datetime
    file_erased_at: datetime | None = None
    """When the store was rid of the content, which follows `erased_at`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A stored file; its bytes are found under the hash."""

    evidence_id: str
    kind: str
    media_type: str
    size: int
    sha256: str
    filename: str | None
    added_at: datetime
    added_by: str
    by_customer: bool = False
    erasure: Erasure | None = None


RECOGNISED: Final = (
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "image/heic",
    "image/heif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/plain",
    "video/mp4",
    "video/quicktime",
)
"""Media types that are told from the content; a pack may list others that puremagic knows."""
_HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
_BRANDS: Final[Mapping[str, frozenset[bytes]]] = {
    "image/heic": _HEIC,
    "image/heif": _HEIC | {b"mif1", b"msf1"},
    "video/mp4": frozenset({b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash"}),
    "video/quicktime": frozenset({b"qt  "}),
}
"""Media types that differ by the brands of one container; puremagic calls HEIC of any kind `image/heif`."""
_LONGEST_BRANDS: Final = 512
_TEST_VIRUS: Final = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
_HEAD: Final = 64 * 1024
_ACTIVE: Final = re.compile(rb"<\s*(!doctype|html|script|svg|iframe|object|embed|\?xml|\?php)", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_UNWANTED_IN_NAME: Final = re.compile(rf"[{UNSEEN}\"\\/:*?<>|]+")
_LONGEST_NAME: Final = 150


class Inspection:
    """Reads a file once, piece by piece: its size, its hash, and what it really is."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = hashlib.sha256()
        self._head = b""
        self._tail = b""
        self._has_virus = False
        self._is_text = True
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")

    def feed(self, piece: bytes) -> None:
        """The next bytes."""
        self.size += len(piece)
        self._hash.update(piece)
        if len(self._head) < _HEAD:
            self._head += piece[: _HEAD - len(self._head)]
        seam = self._tail + piece
        self._has_virus = self._has_virus or _TEST_VIRUS in seam
        self._tail = seam[-len(_TEST_VIRUS) :]
        if self._is_text:
            self._is_text = self._reads_as_text(piece, final=False)

    @property
    def sha256(self) -> str:
        """Of everything that was fed, in hexadecimal."""
        return self._hash.hexdigest()

    def judge(self, kind: EvidenceKind, *, declared: str) -> None:
        """Raise EvidenceEmpty, EvidenceTypeRefused or EvidenceUnsafe unless it may be filed under `kind`."""
        if self.size == 0:
            raise EvidenceEmpty
        if declared not in kind.media_types:
            raise EvidenceTypeRefused(cite=kind.cite, fields={"allowed": list(kind.media_types)})
        if self._has_virus:
            raise EvidenceUnsafe(fields={"reason": "test_virus"})
        if _ACTIVE.search(self._head[:1024]) or (declared == "text/plain" and _ACTIVE.search(self._head)):
            raise EvidenceUnsafe(fields={"reason": "active_content"})
        if not self._is(declared):
            raise EvidenceTypeRefused(
                code="evidence_type_mismatch", cite=kind.cite, fields={"allowed": list(kind.media_types)}
            )

    def _is(self, declared: str) -> bool:
        if declared == "text/plain":
            return self._is_text and self._reads_as_text(b"", final=True) and not self._head.startswith((b"#!", b"MZ"))
        if declared in _BRANDS:
            return not _BRANDS[declared].isdisjoint(_brands(self._head))
        try:
            return any(match.mime_type == declared for match in puremagic.magic_string(self._head))
        except (puremagic.PureError, ValueError):
            return False

    def _reads_as_text(self, piece: bytes, *, final: bool) -> bool:
        try:
            return _CONTROL.search(self._decoder.decode(piece, final)) is None
        except UnicodeDecodeError:
            return False


def _brands(head: bytes) -> set[bytes]:
    """The brands of an ISO base media file (ISO/IEC 14496-12 §4.3): what it says that it can be read as."""
    if head[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(head[:4], "big"), _LONGEST_BRANDS, len(head))
    return {head[8:12], *(head[start : start + 4] for start in range(16, end - 3, 4))}


def safe_name(filename: str | None) -> str | None:
    """A file name without folders, control and direction characters; None when nothing is left."""
    if filename is None:
        return None
    name = _UNWANTED_IN_NAME.sub("_", filename.replace("\\", "/").rpartition("/")[2]).strip(". ")
    return name[-_LONGEST_NAME:] or None
