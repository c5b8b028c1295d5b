"""Reports as JSON: what is read, what is refused, and what a notebook shows."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import unittest
from html.parser import HTMLParser
from typing import Any

from mlgate import MlgateError, Report, ReportError
from mlgate._show import visible

from support import ROOT, small_report


def read(**changes: Any) -> Report:
    return Report.from_json(json.dumps(small_report(**changes)))


class Generated(unittest.TestCase):
    def test_the_dataclasses_are_those_of_the_schema(self) -> None:
        subprocess.run([sys.executable, ROOT / "python/generate", "--check"], check=True)


class Read(unittest.TestCase):
    def test_a_report_is_read_with_keys_that_are_not_known_yet(self) -> None:
        report = read(later={"a": 1}, gate={"later": True, "bound": ">= 1"})
        self.assertEqual(("pass", ">= 1", True), (report.verdict, report.gates[0].bound, report.ok))
        self.assertEqual({"a": 1}, report.raw["later"])

    def test_what_is_no_report_is_refused(self) -> None:
        wrongs: tuple[dict[str, Any], ...] = (
            {"version": 2}, {"version": True}, {"version": "1"}, {"verdict": "fine"}, {"exit_code": 2}, {"exit_code": True},
            {"gates": None}, {"gates": [3]}, {"gates": [{}]}, {"counts": {}}, {"gate": {"verdict": "passed"}},
            {"gate": {"at": {"file": 1, "line": 1, "column": 1}}}, {"gate": {"subject": {"a": 1}}}, {"gate": {"id": None}},
        )
        for wrong in wrongs:
            with self.subTest(wrong), self.assertRaises(ReportError):
                read(**wrong)
        for text in ("", "[]", "null", "{}", "[" * 100_000, json.dumps(small_report(later=float("nan")))):
            with self.subTest(text[:20]), self.assertRaises(ReportError):
                Report.from_json(text)

    def test_numbers_and_intervals(self) -> None:
        estimate = {"value": 1, "interval": [0, 0.5], "n": 3}
        read_one = read(gate={"candidate": estimate}).gates[0].candidate
        assert read_one is not None
        self.assertEqual((1.0, (0.0, 0.5), 3), (read_one.value, read_one.interval, read_one.n))
        for wrong in ({"value": True}, {"n": 1.5}, {"interval": [0]}, {"interval": [0, 1, 2]}):
            with self.subTest(wrong), self.assertRaises(ReportError):
                read(gate={"candidate": {**estimate, **wrong}})

    def test_a_report_is_neither_true_nor_false(self) -> None:
        with self.assertRaises(TypeError):
            bool(read())

    def test_errors_survive_other_processes(self) -> None:
        error = pickle.loads(pickle.dumps(ReportError("a", 4)))
        self.assertEqual(("a", 4, ReportError), (error.message, error.exit_code, type(error)))
        self.assertIsInstance(error, MlgateError)


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.seen.add(tag)
        assert [name for name, _ in attrs if name != "style"] == [], attrs


class Shown(unittest.TestCase):
    def test_no_text_of_a_report_is_markup(self) -> None:
        hostile = "<script>alert(1)</script><img src=x onerror=y>\"'&amp;\n::error::x\x1b[31m\u202e##[error]"
        note = {"id": hostile, "effect": "none", "message": hostile, "help": hostile, "at": {"file": "x", "line": 1, "column": 1}}
        gate = {"id": hostile, "bound": hostile, "message": hostile}
        shown = read(gate=gate, notes=[note])._repr_html_()
        elements = Elements()
        elements.feed(shown)
        self.assertEqual({"div", "strong", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"}, elements.seen)
        for one in ("\n", "\x1b", "\u202e", "##[", "&amp;amp;gt"):
            self.assertNotIn(one, shown)
        self.assertIn("&lt;script&gt;", shown)

    def test_markdown_is_what_mlgate_wrote_or_nothing(self) -> None:
        self.assertIsNone(read()._repr_markdown_())

    def test_controls_are_written_out(self) -> None:
        self.assertEqual("a\\u{a}::b é \\u{200b}#\\u{23}[x]", visible("a\n::b é \u200b##[x]"))
