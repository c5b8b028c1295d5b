"""Runs the gate, notes its verdict on the model version, and moves the alias `champion` if it passed."""

import json
import os
import subprocess
import sys
from pathlib import Path

from mlflow import MlflowClient


def gate() -> str:
    """Returns the verdict of a run of mlgate; `none` if there is none."""
    report = Path("report.json")
    # What an earlier run has left is not about this version.
    report.unlink(missing_ok=True)
    code = subprocess.run(["mlgate", "run", "--quiet", "--output", "json=report.json"]).returncode
    if not report.exists():
        return "none"
    verdict = json.loads(report.read_text(encoding="utf-8"))
    return verdict["verdict"] if verdict["exit_code"] == code else "none"


def main() -> int:
    client = MlflowClient()
    name, version = os.environ["MODEL_NAME"], os.environ["MODEL_VERSION"]
    verdict = gate()
    client.set_model_version_tag(name, version, "mlgate.verdict", verdict)
    if verdict not in ("pass", "warn"):
        print(f"{name} {version} is not promoted: {verdict}")
        return 1
    client.set_registered_model_alias(name, "champion", version)
    print(f"{name} {version} is the champion")
    return 0


if __name__ == "__main__":
    sys.exit(main())
