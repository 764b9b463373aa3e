"""`python -m operate.dashboards`: write the dashboards into deploy/grafana/dashboards."""

from operate.dashboards.files import files
from operate.runtime.paths import default_layout

if __name__ == "__main__":
    for name, content in files().items():
        file = default_layout().project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
