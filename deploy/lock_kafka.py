"""Write `deploy/kafka.lock.json`: every jar that Apache Kafka needs, with its SHA-256. Run it when the version
below changes.
"""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from operate.runtime.jars import LOCK, resolve

# The second is the binding through which Kafka's log lines reach log4j; Kafka's own distribution adds it, too.
COORDINATES = ("org.apache.kafka:kafka_2.13:4.3.0", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4")

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        jars = resolve(COORDINATES, Path(scratch))
    LOCK.write_text(json.dumps({"coordinates": COORDINATES, "jars": [asdict(jar) for jar in jars]}, indent=1) + "\n")
    print(f"{len(jars)} jars, {sum(jar.size for jar in jars) / 1e6:.0f} MB")
