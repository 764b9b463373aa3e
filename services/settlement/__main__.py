"""`python -m services.settlement`."""

from shared.platform.starting import start

if __name__ == "__main__":
    start("settlement")
