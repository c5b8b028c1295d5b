"""Runs the gate, and hands the judged rows to Fiddler as a baseline after a pass: `hand_over.py ROWS.parquet`.

Fiddler has no place for a verdict of another program. So the name of the dataset carries the digest of mlgate's report, which
ties what Fiddler monitors to what was checked. FIDDLER_URL, FIDDLER_TOKEN, PROJECT, MODEL and VERSION are yours.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import fiddler


def gate() -> "str | None":
    """Returns the name of the dataset, if the gate has let the change pass."""
    report = Path("report.json")
    report.unlink(missing_ok=True)
    # The numbers as a table, for whatever takes them by hand.
    command = ["mlgate", "run", "--quiet", "--output", "json=report.json", "--output", "csv=measurements.csv"]
    code = subprocess.run(command).returncode
    if code != 0 or json.loads(report.read_text(encoding="utf-8"))["exit_code"] != 0:
        return None
    return f"mlgate-{hashlib.sha256(report.read_bytes()).hexdigest()[:12]}"


def main(rows: str) -> int:
    name = gate()
    if name is None:
        print("nothing is handed over: the gate did not pass")
        return 1
    fiddler.init(url=os.environ["FIDDLER_URL"], token=os.environ["FIDDLER_TOKEN"])
    project = fiddler.Project.from_name(name=os.environ["PROJECT"])
    model = fiddler.Model.from_name(name=os.environ["MODEL"], project_id=project.id, version=os.environ["VERSION"])
    model.publish(source=Path(rows), environment=fiddler.EnvType.PRE_PRODUCTION, dataset_name=name).wait()
    print(f"{rows} is the dataset {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
