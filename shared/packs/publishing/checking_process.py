"""`python -m shared.packs.publishing.checking_process`: checks the packs that come in on standard input.

Each is eight bytes of length (big-endian) and JSON; so is each answer. Ends with its input. The kernel ends it when
it takes more memory or, for one pack, more processor time than it may.
"""

import resource
import signal
import sys
from typing import BinaryIO, Final

import orjson

from shared.packs.documents import digest
from shared.packs.language.diagnostics import first_findings
from shared.packs.publishing.apart import LENGTH_BYTES, READY
from shared.packs.publishing.review import review

MEMORY_BYTES: Final = 1024 * 1024 * 1024
PROCESSOR_SECONDS: Final = 10.0


def main() -> None:
    """Check one pack after another until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal; the service ends this process by closing its input
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    outgoing.write(READY)
    outgoing.flush()
    while (question := _read(incoming)) is not None:
        signal.setitimer(signal.ITIMER_PROF, PROCESSOR_SECONDS)  # SIGPROF ends a process that does not handle it
        answer = checked(question)
        signal.setitimer(signal.ITIMER_PROF, 0)
        outgoing.write(len(answer).to_bytes(LENGTH_BYTES, "big") + answer)
        outgoing.flush()


def checked(question: bytes) -> bytes:
    """The answer about the pack in `question`."""
    found = review(orjson.loads(question))
    told, more = first_findings(found.diagnostics)
    findings = [(each.severity, each.code, each.file, each.text()) for each in told]
    return orjson.dumps({"digest": digest(found.documents), "findings": findings, "more": more})


def _read(incoming: BinaryIO) -> bytes | None:
    head = incoming.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    return incoming.read(int.from_bytes(head, "big"))


if __name__ == "__main__":
    main()
