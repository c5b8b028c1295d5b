"""`pytest --mlgate`, each time as a pytest of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from xml.etree import ElementTree

import mlgate

from support import LOANS, Folder, small_report


class Plugin(Folder):
    def setUp(self) -> None:
        super().setUp()
        # A repository with tests of its own, and a program that notes each run.
        self.write("tests/conftest.py", "def pytest_addoption(parser): parser.addoption('--own')\n")
        self.write("tests/test_own.py", "def test_own(): pass\n")
        self.real = str(mlgate.find_binary())
        self.setting("MLGATE_BINARY", str(self.program(f'echo run >>"{self.folder}/runs"\nexec "{self.real}" "$@"')))

    def loans(self, which: str) -> None:
        for one in ("main", which):
            shutil.copytree(LOANS / one, self.folder / one)

    def pytest(self, *words: str, cwd: str = ".") -> tuple[int, dict[str, str], str]:
        """Returns pytest's exit code, the outcome of each test, and what it printed."""
        junit = self.folder / "junit.xml"
        command = [sys.executable, "-m", "pytest", "-p", "mlgate.pytest_plugin", "-p", "no:cacheprovider", f"--junit-xml={junit}", "-q"]
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        done = subprocess.run(
            [*command, *words], cwd=self.folder / cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        outcomes: dict[str, str] = {}
        if junit.exists():
            for case in ElementTree.parse(junit).iter("testcase"):
                children = [one.tag for one in case if one.tag in ("failure", "error", "skipped")]
                name = str(case.get("name"))
                outcomes[name] = children[0] if children else "passed"
                if children == ["skipped"] and "xfail" in str(case.find("skipped").get("type")):  # type: ignore[union-attr]
                    outcomes[name] = "xfailed"
        return done.returncode, outcomes, done.stdout

    def runs(self) -> int:
        path = self.folder / "runs"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def test_gates_are_tests_beside_those_of_the_repository(self) -> None:
        self.loans("bad")
        code, outcomes, said = self.pytest("--mlgate=bad/mlgate.yml", "tests")
        self.assertEqual(1, code, said)
        self.assertEqual("passed", outcomes["test_own"])
        self.assertEqual("passed", outcomes["data.applications.rows"])
        self.assertEqual("failure", outcomes["data.applications.columns.income.nulls"])
        self.assertEqual("failure", outcomes["verdict"])
        self.assertEqual((26, 1), (len(outcomes), self.runs()))
        self.assertIn("help: find where the values were lost", said)

    def test_a_change_that_passes(self) -> None:
        self.loans("good")
        code, outcomes, said = self.pytest("--mlgate", ".", cwd="good")
        self.assertEqual((0, {"passed"}, 25), (code, set(outcomes.values()), len(outcomes)), said)

    def test_the_option_takes_no_word_behind_it(self) -> None:
        self.loans("good")
        self.write("good/tests/test_own.py", "def test_own(): pass\n")
        code, outcomes, said = self.pytest("--mlgate", "tests", cwd="good")
        self.assertEqual((0, 26), (code, len(outcomes)), said)

    def test_without_the_option_nothing_runs(self) -> None:
        self.loans("bad")
        code, outcomes, said = self.pytest(".")
        self.assertEqual((0, 1, 0), (code, len(outcomes), self.runs()), said)

    def test_some_gates_are_selected(self) -> None:
        self.loans("bad")
        roc = "models.approval.metrics.roc_auc"
        _, outcomes, said = self.pytest("--mlgate=bad/mlgate.yml", "-k", "roc_auc")
        self.assertEqual({f"{roc}.min": "passed", f"{roc}.max_drop": "failure"}, outcomes, said)
        _, outcomes, said = self.pytest("--mlgate=bad/mlgate.yml", f"bad/mlgate.yml::{roc}.min")
        self.assertEqual({f"{roc}.min": "passed"}, outcomes, said)

    def test_workers_share_one_run(self) -> None:
        self.loans("bad")
        code, outcomes, said = self.pytest("-p", "xdist.plugin", "-n", "2", "--mlgate=bad/mlgate.yml", "tests")
        self.assertEqual((1, 26, 1), (code, len(outcomes), self.runs()), said)

    def verdicts(self, config: str, *words: str) -> tuple[int, dict[str, str], str]:
        self.write("rows.csv", "id,y,p\n" + "".join(f"{at},{at % 2},{(at + (at % 9 == 0)) % 2}\n" for at in range(40)))
        self.write("old.csv", "id,y,p\n" + "".join(f"{at},{at % 2},{(at + (at % 10 == 0)) % 2}\n" for at in range(40)))
        self.write("mlgate.yml", config)
        return self.pytest("--mlgate", "mlgate.yml", *words)

    def test_an_undecided_gate_is_what_the_config_makes_of_it(self) -> None:
        for setting, code, outcome in (("warn", 0, "skipped"), ("pass", 0, "skipped"), ("fail", 1, "failure")):
            with self.subTest(setting):
                done = self.verdicts(
                    "version: 1\nmodels:\n  m: {predictions: rows.csv, baseline_predictions: old.csv, "
                    f"key: id, label: y, prediction: p, metrics: {{accuracy: {{max_drop: {{is: 1%, on_inconclusive: {setting}}}}}}}}}\n"
                )
                self.assertEqual((code, outcome), (done[0], done[1].get("models.m.metrics.accuracy.max_drop")), done[2])

    def test_a_warning_does_not_fail(self) -> None:
        code, outcomes, said = self.verdicts("version: 1\ndata: {t: {path: rows.csv, rows: {is: '>= 99', severity: warning}}}\n")
        self.assertEqual((0, "xfailed"), (code, outcomes.get("data.t.rows")), said)
        self.assertIn("MlgateWarning", said)

    def test_a_waived_gate_is_expected_to_fail(self) -> None:
        until = (datetime.now(timezone.utc) + timedelta(days=90)).date()
        waiver = f"{{owner: '@alice', reason: 'the form changed', until: {until}}}"
        code, outcomes, said = self.verdicts(
            f"version: 1\ndata: {{t: {{path: rows.csv, rows: {{is: '>= 99', waive: {waiver}}}}}}}\n", "-rx"
        )
        self.assertEqual((0, "xfailed"), (code, outcomes.get("data.t.rows")), said)
        self.assertIn(f"waived until {until} by @alice", said)

    def test_a_gate_without_a_verdict_is_an_error(self) -> None:
        code, outcomes, said = self.verdicts("version: 1\ndata: {t: {path: gone.csv, rows: '>= 1'}}\n")
        self.assertEqual((1, "error", "error"), (code, outcomes.get("data.t.rows"), outcomes.get("verdict")), said)

    def test_a_report_without_gates_is_an_error(self) -> None:
        report = self.write("given.json", json.dumps(small_report(gates=[])))
        script = f'for one; do case "$one" in --output=json=*) cp "{report}" "${{one#--output=json=}}";; esac; done'
        self.setting("MLGATE_BINARY", str(self.program(script, "empty")))
        code, outcomes, said = self.verdicts("version: 1\n")
        self.assertEqual((1, {"verdict": "error"}), (code, {name.split()[-1]: one for name, one in outcomes.items()}), said)
        self.assertIn("no gate was checked", said)

    def test_a_run_without_a_report_is_an_error(self) -> None:
        code, _, said = self.verdicts("version: 1\ndata: {t: {path: rows.csv, rwos: 1}}\n")
        self.assertEqual(2, code, said)
        self.assertIn("mlgate gave no report", said)
        self.assertIn("rwos", said)
        code, _, said = self.pytest("-p", "xdist.plugin", "-n", "2", "--mlgate", "tests")
        self.assertNotEqual(0, code, said)
        self.assertIn("rwos", said)

    def test_a_config_that_is_not_there(self) -> None:
        for words in (["--mlgate=gone.yml"], ["--mlgate"]):
            code, _, said = self.pytest(*words, "tests")
            self.assertEqual(4, code, said)

    def test_names_of_a_change_are_no_commands(self) -> None:
        _, _, said = self.verdicts(
            'version: 1\ndata: {"a\\e[31m##[error]x": {path: rows.csv, rows: ">= 99"}}\n', "-v", "-rA"
        )
        self.assertNotIn("\x1b", said)
        self.assertNotIn("##[", said)
