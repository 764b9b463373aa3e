import hashlib
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from operate.progress import say_nothing
from operate.runtime.jars import JarNotAvailable, LockedJar, ensure_jars, read_lock

CONTENT = b"jar" * 10_000
JAR = LockedJar(
    group="org.example", artifact="thing", version="1.0", size=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest()
)


class Mirror:
    """A Maven repository on this machine that counts what is fetched from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fetched: list[str] = []
        mirror = self

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                if self.path.endswith(".jar"):
                    mirror.fetched.append(self.path)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def publish(self, content: bytes) -> None:
        path = self.folder / "org" / "example" / "thing" / "1.0" / "thing-1.0.jar"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    mirror = Mirror(tmp_path / "mirror")
    thread = Thread(target=mirror.server.serve_forever)
    thread.start()
    yield mirror
    mirror.server.shutdown()
    mirror.server.server_close()
    thread.join()


def test_a_jar_is_fetched_once(mirror: Mirror, tmp_path: Path) -> None:
    mirror.publish(CONTENT)

    for _ in range(3):
        ensure_jars([JAR], tmp_path / "jars", remote=mirror.url, say=say_nothing)

    assert (tmp_path / "jars" / "thing-1.0.jar").read_bytes() == CONTENT
    assert len(mirror.fetched) == 1


@pytest.mark.parametrize("damaged", [CONTENT[:100], b"", b"x" * len(CONTENT)])
def test_a_truncated_or_damaged_jar_is_fetched_again(mirror: Mirror, tmp_path: Path, damaged: bytes) -> None:
    mirror.publish(CONTENT)
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "thing-1.0.jar").write_bytes(damaged)

    ensure_jars([JAR], tmp_path / "jars", remote=mirror.url, say=say_nothing)

    assert (tmp_path / "jars" / "thing-1.0.jar").read_bytes() == CONTENT


def test_a_jar_that_is_not_the_locked_one_is_refused_and_not_kept(mirror: Mirror, tmp_path: Path) -> None:
    mirror.publish(b"y" * len(CONTENT))

    with pytest.raises(JarNotAvailable, match="SHA-256"):
        ensure_jars([JAR], tmp_path / "jars", remote=mirror.url, say=say_nothing)

    assert list((tmp_path / "jars").glob("*.jar")) == []


def test_a_jar_that_is_not_there_is_named(mirror: Mirror, tmp_path: Path) -> None:
    mirror.folder.mkdir()

    with pytest.raises(JarNotAvailable, match=r"org\.example:thing:1\.0"):
        ensure_jars([JAR], tmp_path / "jars", remote=mirror.url, say=say_nothing)


def test_the_lock_file_names_one_version_of_each_jar() -> None:
    jars = read_lock()

    assert len(jars) == len({(jar.group, jar.artifact) for jar in jars})
    assert {jar.version for jar in jars if jar.group == "org.apache.kafka"} == {"4.3.0"}
    assert all(len(jar.sha256) == 64 for jar in jars)
