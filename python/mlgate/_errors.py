"""Exceptions of a run that gives no verdict to work with."""

from __future__ import annotations

from typing import Optional


class MlgateError(Exception):
    """An ending of mlgate without a report; every other exception of this package is one."""

    exit_code: Optional[int]
    """The exit code of the program, or `None` if it gave none."""

    def __init__(self, message: str, exit_code: Optional[int] = None) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.message, self.exit_code)


class BinaryNotFound(MlgateError):
    """The program mlgate is neither installed with this package nor on `PATH`."""


class ConfigError(MlgateError):
    """The config or an argument is wrong (exit code 2); the message has the place."""


class EvaluationError(MlgateError):
    """The run ended before there was a report."""


class ReportError(MlgateError):
    """The report is not what its schema describes, or contradicts the exit code."""


class RunTimeout(MlgateError):
    """The run took longer than its `timeout` and was stopped."""


class GateFailure(MlgateError):
    """A report whose verdict blocks; raised by `Report.raise_if_blocked` alone."""
