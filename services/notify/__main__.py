"""`python -m services.notify`."""

from shared.platform.starting import start

if __name__ == "__main__":
    start("notify")
