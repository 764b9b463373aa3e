"""Ask the process in this container whether it can do its work; exit 1 with its reasons when it cannot.

Every role answers on REDRESS_HTTP_PORT. Run with `python -I -S`, which starts in a fiftieth of a second.
"""

import http.client
import os
import sys


def main() -> int:
    """0 when the readiness page answers 200."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["REDRESS_HTTP_PORT"]), timeout=3)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        said = answer.read().decode(errors="replace")
    except OSError as error:
        print(error)
        return 1
    finally:
        connection.close()
    print(said)
    return 0 if answer.status == http.client.OK else 1


if __name__ == "__main__":
    sys.exit(main())
