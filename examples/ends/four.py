"""The four ends of a run, for the scripts `try` of the recipes in Python."""

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENDS = ("pass", "fail", "error", "crash")


def make(end: str, folder: "Path | str") -> "dict[str, str]":
    """Writes the project of an end into a folder, and returns an environment whose `mlgate` ends that way."""
    subprocess.run([HERE / "make", end, folder], check=True)
    return {**os.environ, "PATH": f"{Path(folder).resolve()}/bin:{os.environ['PATH']}"}
