"""Apache Kafka's jars: exactly those of `deploy/kafka.lock.json`, each verified by SHA-256, shared by all checkouts
of a user.

A jar is downloaded to a scratch folder, verified, and only then renamed into place; whatever is missing or damaged is
fetched again.
"""

import hashlib
import json
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import requests
from jgo.maven import Artifact, MavenContext, PythonResolver

from operate.errors import OperatorError
from operate.progress import Say
from operate.runtime.paths import PROJECT, file_lock

LOCK = PROJECT / "deploy" / "kafka.lock.json"
_PARALLEL, _ATTEMPTS = 8, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedJar:
    """One jar by coordinate and content."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


class JarNotAvailable(OperatorError):
    """A jar could not be downloaded, or what came is not what the lock file says."""

    def __init__(self, jar: LockedJar, reason: str) -> None:
        super().__init__(
            f"{jar.group}:{jar.artifact}:{jar.version} could not be fetched: {reason}",
            hint="Check the network and run the same command again; what has arrived is kept. "
            "REDRESS_MAVEN_URL names a mirror.",
        )


def read_lock(path: Path = LOCK) -> list[LockedJar]:
    """The jars of the lock file."""
    return [LockedJar(**entry) for entry in json.loads(path.read_text())["jars"]]


def ensure_jars(jars: Sequence[LockedJar], folder: Path, *, remote: str | None, say: Say) -> None:
    """Return when every jar is in the folder with the content that the lock file names."""
    with file_lock(folder / ".lock"):
        missing = [jar for jar in jars if not _is_good(folder / jar.file_name, jar)]
        if not missing:
            return
        total = sum(jar.size for jar in missing) / 1e6
        say(f"Apache Kafka: fetching {len(missing)} jars ({total:.0f} MB)")
        with ThreadPoolExecutor(_PARALLEL) as pool:
            for done, jar in enumerate(pool.map(lambda jar: _fetch(jar, folder, remote=remote), missing), start=1):
                if done % 10 == 0 or done == len(missing):
                    say(f"Apache Kafka: {done} of {len(missing)} jars ({jar.file_name})")


def resolve(coordinates: Sequence[str], folder: Path) -> list[LockedJar]:
    """Resolve coordinates with everything they need, one after the other; of two versions the first stays.

    Used to write the lock file, never to install. Resolved together, one's version rules would change the other's.
    """
    context = MavenContext(resolver=PythonResolver(), repo_cache=folder, local_repos=[], timeout=60)
    jars: dict[tuple[str, str], LockedJar] = {}
    for coordinate in coordinates:
        inputs, transitive = context.resolver.resolve([context.create_dependency(coordinate)])
        for dependency in (*inputs, *transitive):
            artifact = dependency.artifact
            jars.setdefault((artifact.groupId, artifact.artifactId), _locked(artifact))
    return [jars[key] for key in sorted(jars)]


def _locked(artifact: Artifact) -> LockedJar:
    content = artifact.resolve().read_bytes()
    return LockedJar(
        group=artifact.groupId,
        artifact=artifact.artifactId,
        version=artifact.version,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _fetch(jar: LockedJar, folder: Path, *, remote: str | None) -> LockedJar:
    reason = ""
    for _ in range(_ATTEMPTS):
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
            try:
                path = _download(jar, Path(scratch), remote=remote)
            except (OSError, RuntimeError, requests.RequestException) as error:
                reason = str(error)
                continue
            if _is_good(path, jar):
                path.replace(folder / jar.file_name)
                return jar
            reason = "its SHA-256 is not the one in deploy/kafka.lock.json"
    raise JarNotAvailable(jar, reason)


def _download(jar: LockedJar, scratch: Path, *, remote: str | None) -> Path:
    context = MavenContext(
        resolver=PythonResolver(),
        repo_cache=scratch,
        local_repos=[],
        remote_repos=None if remote is None else {"mirror": remote},
        timeout=60,
    )
    path: Path = context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    return path


def _is_good(path: Path, jar: LockedJar) -> bool:
    if not path.exists() or path.stat().st_size != jar.size:
        return False
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest() == jar.sha256
