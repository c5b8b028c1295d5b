"""One run of the program."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Iterable, Mapping, Optional, Union

from ._binary import find_binary
from ._errors import BinaryNotFound, ConfigError, EvaluationError, ReportError, RunTimeout
from .report import Report

PathLike = Union[str, "os.PathLike[str]"]
Words = Union[str, Iterable[str]]


def run(
    config: Optional[PathLike] = None,
    *,
    baseline: Optional[str] = None,
    only: Words = (),
    policy: Words = (),
    config_from: Optional[str] = None,
    now: Optional[str] = None,
    memory_limit: Optional[str] = None,
    threads: Optional[int] = None,
    list_flips: Optional[int] = None,
    states: bool = False,
    cwd: Optional[PathLike] = None,
    env: Optional[Mapping[str, str]] = None,
    timeout: Optional[float] = None,
    binary: Optional[PathLike] = None,
) -> Report:
    """Runs `mlgate run` and returns its report, whatever the verdict.

    The arguments are the options of the command line, which `mlgate run --help` explains. Without `config` it is the nearest
    `mlgate.yml`, from `cwd` upwards. `timeout` is in seconds, and `env` replaces the environment of the program.

    Raises:
        ConfigError: the config or an argument is wrong.
        EvaluationError: the run ended without a report.
        ReportError: the report is not what its schema describes, or contradicts the exit code.
        RunTimeout: the run took longer than `timeout`.
        BinaryNotFound: the program is not there.
    """
    program = find_binary() if binary is None else Path(binary).absolute()
    single: dict[str, object] = {
        "config": None if config is None else os.fspath(config),
        "baseline": baseline,
        "config-from": config_from,
        "now": now,
        "memory-limit": memory_limit,
        "threads": threads,
        "list-flips": list_flips,
    }
    # One word for each option: a value that begins with a dash is no option.
    options = [f"--{name}={value}" for name, value in single.items() if value is not None]
    options += [f"--only={one}" for one in _words(only)] + [f"--policy={one}" for one in _words(policy)]
    if states:
        options.append("--states")
    with tempfile.TemporaryDirectory(prefix="mlgate-") as folder:
        json, markdown = Path(folder, "report.json"), Path(folder, "report.md")
        command = [str(program), "run", "--color=never", f"--output=json={json}", f"--output=markdown={markdown}", *options]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                env=None if env is None else dict(env),
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise RunTimeout(f"mlgate took longer than {timeout} seconds and was stopped") from None
        except OSError as error:
            # A missing `cwd` names itself.
            if error.filename is not None and os.fspath(error.filename) != str(program):
                raise ConfigError(f"mlgate cannot be run in {error.filename}: {error.strerror}") from None
            raise BinaryNotFound(f"{program} cannot be run: {error.strerror or error}") from None
        printed = done.stdout.decode("utf-8", "replace")
        said = done.stderr.decode("utf-8", "replace").strip()
        if not json.is_file():
            raise _no_report(done.returncode, said)
        report = Report.from_json(
            json.read_bytes(),
            printed=printed,
            markdown=markdown.read_text("utf-8", "replace") if markdown.is_file() else "",
        )
    if done.returncode != report.exit_code:
        message = f"mlgate ended with {done.returncode}, and its report says {report.exit_code}"
        raise ReportError(f"{message}: {said}" if said else message, done.returncode)
    return report


def _words(given: Words) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _no_report(code: int, said: str) -> Exception:
    if code == 2:
        return ConfigError(said or "the config or an argument is wrong", code)
    if code < 0:
        return EvaluationError(f"mlgate was ended by signal {-code}" + (f": {said}" if said else ""), code)
    return EvaluationError(said or f"mlgate ended with {code} and without a report", code)
