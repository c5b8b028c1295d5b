"""`pytest --mlgate[=mlgate.yml]`: every gate is a test.

One run of mlgate for each config gives the outcome of all its tests, also with pytest-xdist. What the gates mean:

| gate | test |
|---|---|
| passes | passes |
| blocks | fails; without a verdict it is an error |
| warns | a warning; xfailed if the gate failed, else skipped |
| is waived | xfailed, with who accepts it until when |
| is inconclusive, not applicable or without a baseline, and blocks nothing | skipped |

The test `verdict` is the verdict of the whole report, which also counts what is not a gate. No gates at all are an error.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any, Iterable, Optional, Union

import pytest

from ._errors import MlgateError
from ._run import run
from ._show import visible
from .report import Gate, Report

_OPTION = "--mlgate"


class MlgateWarning(UserWarning):
    """A gate that warns and blocks nothing."""


class _Blocked(Exception):
    """A gate or a report that blocks; its text is shown without a traceback."""


# The text of a report, or the message with which the run ended, by config.
_Answers = dict[str, tuple[bool, str]]
_CONFIGS = pytest.StashKey[list[Path]]()
_ANSWERS = pytest.StashKey[_Answers]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mlgate", "quality gates of machine learning")
    group.addoption(
        _OPTION,
        action="append",
        nargs="?",
        const="",
        metavar="CONFIG",
        help="run the gates of this config as tests; without =CONFIG, of the nearest mlgate.yml upwards; may be repeated",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> None:
    """Ends the option where it has no value, so that it does not take the word behind it."""
    args[:] = [f"{_OPTION}=" if one == _OPTION else one for one in args]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "mlgate: a gate of mlgate, which --mlgate makes a test of")
    config.stash[_CONFIGS] = []
    config.stash[_ANSWERS] = {}
    received: Optional[dict[str, Any]] = getattr(config, "workerinput", None)
    if received is not None:
        given = json.loads(received.get("mlgate", "{}"))
        config.stash[_ANSWERS] = {path: (bool(ok), text) for path, (ok, text) in given.items()}
        config.stash[_CONFIGS] = [Path(path) for path in given]
    else:
        start = config.invocation_params.dir
        for option in config.getoption("mlgate") or ():
            config.stash[_CONFIGS].append(_resolve(start, option))
    # Paths of the command line may be narrower, such as `mlgate.yml::GATE`.
    named = {str((config.invocation_params.dir / word.split("::", 1)[0]).resolve()) for word in config.args}
    config.args += [str(path) for path in config.stash[_CONFIGS] if str(path) not in named]


def _resolve(start: Path, option: str) -> Path:
    if option:
        path = (start / option).resolve()
        if not path.is_file():
            raise pytest.UsageError(f"{_OPTION}: there is no config {visible(option)}")
        return path
    for folder in (start, *start.parents):
        path = folder / "mlgate.yml"
        if path.is_file():
            return path.resolve()
    raise pytest.UsageError(f"{_OPTION}: there is no mlgate.yml in this folder or above; name one as {_OPTION}=PATH")


def _answer(config: pytest.Config, path: Path) -> tuple[bool, str]:
    answers = config.stash[_ANSWERS]
    if str(path) not in answers:
        try:
            answers[str(path)] = True, json.dumps(run(path).raw)
        except MlgateError as error:
            answers[str(path)] = False, error.message
    return answers[str(path)]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hands the answers to a worker of pytest-xdist, so that mlgate runs once and not in each of them."""
    config: pytest.Config = node.config
    given = {str(path): _answer(config, path) for path in config.stash[_CONFIGS]}
    node.workerinput["mlgate"] = json.dumps(given)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Optional[pytest.Collector]:
    if file_path.resolve() not in parent.config.stash[_CONFIGS]:
        return None
    collector: pytest.Collector = MlgateFile.from_parent(parent, path=file_path)
    return collector


class MlgateFile(pytest.File):
    """A config of mlgate, whose gates are tests."""

    def collect(self) -> Iterable[pytest.Item]:
        ok, text = _answer(self.config, self.path.resolve())
        if not ok:
            raise self.CollectError(f"mlgate gave no report\n{_lines(text)}")
        report = Report.from_json(text)
        for gate in report.gates:
            yield GateItem.from_parent(self, name=visible(gate.id), gate=gate)
        yield VerdictItem.from_parent(self, name="verdict", report=report)


class _Item(pytest.Item):
    """A test without a function."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, _Blocked):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, Optional[int], str]:
        # pytest would write dots of the bare name as colons, which no node id has.
        return self.path, None, f"gate {self.name}"


class GateItem(_Item):
    """One gate."""

    def __init__(self, *, gate: Gate, **rest: Any) -> None:
        super().__init__(**rest)
        self.gate = gate
        self.add_marker("mlgate")
        self.user_properties.append(("mlgate_verdict", gate.verdict))

    def setup(self) -> None:
        if self.gate.verdict == "error" and self.gate.effect == "blocks":
            raise _Blocked(_told(self.gate))

    def runtest(self) -> None:
        gate = self.gate
        if gate.effect == "blocks":
            raise _Blocked(_told(gate))
        if gate.effect == "waived" and gate.waiver is not None:
            pytest.xfail(visible(f"waived until {gate.waiver.until} by {gate.waiver.owner}: {gate.message}"))
        if gate.effect == "warns":
            warnings.warn(MlgateWarning(visible(f"{gate.id}: {gate.message}")), stacklevel=1)
        if gate.verdict == "pass":
            return
        if gate.verdict in ("fail", "error"):
            pytest.xfail(visible(f"{gate.verdict}, which does not block: {gate.message}"))
        pytest.skip(visible(f"{gate.verdict}: {gate.message}"))

    def reportinfo(self) -> tuple[Path, Optional[int], str]:
        return self.path, self.gate.at.line - 1, f"gate {self.name}"


class VerdictItem(_Item):
    """The verdict of a whole report."""

    def __init__(self, *, report: Report, **rest: Any) -> None:
        super().__init__(**rest)
        self.report = report
        self.add_marker("mlgate")

    def setup(self) -> None:
        if self.report.verdict == "error" or not self.report.gates:
            raise _Blocked(self._told())

    def runtest(self) -> None:
        if not self.report.ok:
            raise _Blocked(self._told())

    def _told(self) -> str:
        report = self.report
        lines = [f"mlgate: {report.verdict}"]
        if not report.gates:
            lines.append("no gate was checked")
        lines += [f"{gate.verdict}: {gate.id}" for gate in report.gates if gate.effect == "blocks"]
        lines += [f"{note.id}: {note.message}" for note in report.notes or ()]
        if report.guard is not None:
            lines += [f"{one.gate}: {one.kind}: {one.why}" for one in report.guard.changes if one.effect == "blocks"]
        return _lines("\n".join(lines))


def _told(gate: Gate) -> str:
    place = f"{gate.at.file}:{gate.at.line}:{gate.at.column}"
    lines = [f"{gate.verdict}: {gate.message}", f"limit: {gate.bound}"]
    if gate.help:
        lines.append(f"help: {gate.help}")
    return _lines("\n".join([*lines, f"at: {place}"]))


def _lines(text: str) -> str:
    """Returns every line behind a name: a runner would execute `::` at the start of one."""
    return "\n".join(f"mlgate | {visible(line)}" for line in text.splitlines())


def pytest_report_header(config: pytest.Config) -> Union[str, list[str]]:
    return [f"mlgate: {visible(str(path))}" for path in config.stash[_CONFIGS]]
