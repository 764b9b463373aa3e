"""`python -m services.intake`."""

from shared.platform.starting import start

if __name__ == "__main__":
    start("intake")
