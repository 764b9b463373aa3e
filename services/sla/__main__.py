"""`python -m services.sla`."""

from shared.platform.starting import start

if __name__ == "__main__":
    start("sla")
