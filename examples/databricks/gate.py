"""Runs mlgate, and notes its verdict on the version of the model: `gate.py NAME VERSION`. The exit code is the gate's."""

import json
import subprocess
import sys
from pathlib import Path

from mlflow import MlflowClient


def main(name: str, version: str) -> int:
    client, report = MlflowClient(), Path("report.json")
    # The verdict of an earlier run says nothing about this one, whatever happens now.
    client.set_model_version_tag(name, version, "mlgate.verdict", "none")
    report.unlink(missing_ok=True)
    code = subprocess.run(["mlgate", "run", "--quiet", "--output", "json=report.json"]).returncode
    found = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    if found.get("exit_code") == code:
        client.set_model_version_tag(name, version, "mlgate.verdict", found["verdict"])
    # A signal is a negative number, of which the shell would see another one.
    return code if code >= 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
