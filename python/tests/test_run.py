"""Runs of the program, and each ending without a report."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import mlgate
from mlgate import BinaryNotFound, ConfigError, EvaluationError, GateFailure, ReportError, RunTimeout

from support import LOANS, Folder, small_report


class Runs(Folder):
    def test_a_change_that_passes(self) -> None:
        report = mlgate.run(LOANS / "good/mlgate.yml")
        self.assertEqual(("pass", 0, 24), (report.verdict, report.exit_code, len(report.gates)))
        self.assertIs(report, report.raise_if_blocked())
        self.assertIn("PASS", str(report))
        self.assertIn("mlgate", report._repr_markdown_() or "")

    def test_a_change_that_fails_is_a_report(self) -> None:
        report = mlgate.run("mlgate.yml", cwd=LOANS / "bad")
        self.assertEqual(("fail", 1, 9), (report.verdict, report.exit_code, report.counts.fail))
        with self.assertRaises(GateFailure) as caught:
            report.raise_if_blocked()
        self.assertEqual(1, caught.exception.exit_code)
        self.assertIn("applications.income.nulls", caught.exception.message)

    def test_options_reach_the_program(self) -> None:
        report = mlgate.run(LOANS / "bad/mlgate.yml", only="models.*.roc_auc.*", threads=1, list_flips=2, now="2026-01-01T00:00:00Z")
        self.assertEqual({"models.approval.metrics.roc_auc.min", "models.approval.metrics.roc_auc.max_drop"}, {one.id for one in report.gates})
        assert report.run is not None
        self.assertEqual(("models.*.roc_auc.*",), report.run.only)

    def test_a_wrong_config_is_no_report(self) -> None:
        self.write("mlgate.yml", "version: 1\ndata: {t: {path: t.csv, rwos: 1}}\n")
        for config in (self.folder / "mlgate.yml", "nowhere.yml", "--version", "-h"):
            with self.subTest(config), self.assertRaises(ConfigError) as caught:
                mlgate.run(config, cwd=self.folder)
            self.assertEqual(2, caught.exception.exit_code)
        with self.assertRaises(ConfigError):
            mlgate.run(cwd=self.folder / "gone")
        with self.assertRaises(ConfigError):
            mlgate.run(LOANS / "good/mlgate.yml", only="nothing.*")

    def test_what_cannot_be_evaluated_is_a_verdict_of_its_own(self) -> None:
        config = self.write("mlgate.yml", "version: 1\ndata: {t: {path: gone.csv, rows: '>= 1'}}\n")
        report = mlgate.run(config)
        self.assertEqual(("error", 4, False), (report.verdict, report.exit_code, report.ok))


class Endings(Folder):
    def stand_in(self, script: str) -> mlgate.Report:
        return mlgate.run(binary=self.program(script), timeout=20)

    def test_no_report_is_an_error_whatever_the_exit_code(self) -> None:
        for code in (0, 1, 3, 4, 101):
            with self.subTest(code), self.assertRaises(EvaluationError) as caught:
                self.stand_in(f"echo why >&2; exit {code}")
            self.assertEqual(("why", code), (caught.exception.message, caught.exception.exit_code))
        with self.assertRaises(EvaluationError) as caught:
            self.stand_in("kill -9 $$")
        self.assertIn("signal 9", caught.exception.message)

    def written(self, report: object, code: int) -> str:
        path = self.write("given.json", json.dumps(report))
        return f'for one; do case "$one" in --output=json=*) cp "{path}" "${{one#--output=json=}}";; esac; done; exit {code}'

    def test_a_report_fits_the_exit_code(self) -> None:
        self.assertEqual("pass", self.stand_in(self.written(small_report(), 0)).verdict)
        with self.assertRaises(ReportError):
            self.stand_in(self.written(small_report(), 1))
        with self.assertRaises(ReportError):
            self.stand_in(self.written({"version": 1}, 0))

    def test_a_run_may_take_only_so_long(self) -> None:
        with self.assertRaises(RunTimeout):
            mlgate.run(binary=self.program("exec sleep 30"), timeout=0.2)

    def test_a_program_that_is_none(self) -> None:
        for path in (self.folder / "gone", self.write("text", "no program")):
            with self.subTest(path), self.assertRaises(BinaryNotFound):
                mlgate.run(binary=path)


class Search(Folder):
    def test_a_program_of_the_change_is_not_found(self) -> None:
        self.setting("MLGATE_BINARY", "")
        self.program("echo mine", "bin/mlgate")
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)
        for path in ("bin", "./bin", "", ":bin:"):
            self.setting("PATH", path)
            with self.subTest(path):
                try:
                    self.assertNotEqual(self.folder / "bin/mlgate", mlgate.find_binary())
                except BinaryNotFound:
                    pass
        self.setting("MLGATE_BINARY", str(self.folder / "bin"))
        with self.assertRaises(BinaryNotFound):
            mlgate.find_binary()

    def test_the_module_runs_the_program(self) -> None:
        done = subprocess.run([sys.executable, "-m", "mlgate", "--version"], capture_output=True, text=True, check=True)
        self.assertRegex(done.stdout, r"^mlgate \d")
        self.setting("MLGATE_BINARY", "/nowhere/mlgate")
        done = subprocess.run([sys.executable, "-m", "mlgate"], capture_output=True, text=True, check=False)
        self.assertEqual(2, done.returncode)
        self.assertNotIn("Traceback", done.stderr)
