"""What the tests share: the program, the fixtures, and a small report."""

from __future__ import annotations

import os
import stat
import tempfile
import unittest
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOANS = ROOT / "fixtures" / "loans"


def small_report(**changes: Any) -> dict[str, Any]:
    """Returns a report with one gate, as JSON."""
    side: dict[str, Any] = {"git": None, "files": []}
    gate = {
        "id": "data.t.rows", "check": "rows", "family": "dataset", "subject": {}, "severity": "error", "verdict": "pass",
        "effect": "none", "candidate": None, "baseline": None, "change": None, "bound": "", "definition": "", "unit": "rows",
        "message": "", "help": "", "at": {"file": "mlgate.yml", "line": 1, "column": 1},
    }
    gate.update(changes.pop("gate", {}))
    report = {
        "version": 1, "tool": {"name": "mlgate", "version": "0"}, "verdict": "pass", "exit_code": 0,
        "counts": dict.fromkeys(("pass", "fail", "inconclusive", "not_applicable", "no_baseline", "error", "waived"), 0),
        "provenance": {"candidate": side, "baseline": side, "config": {"path": "mlgate.yml", "digest": ""}, "seed": 0},
        "gates": [gate], "measurements": [],
    }
    report.update(changes)
    return report


class Folder(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self) -> None:
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.folder = Path(made.name).resolve()

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def program(self, script: str, name: str = "mlgate") -> Path:
        path = self.write(name, f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def setting(self, name: str, value: str) -> None:
        before = os.environ.get(name)
        os.environ[name] = value
        self.addCleanup(lambda: os.environ.pop(name) if before is None else os.environ.__setitem__(name, before))
