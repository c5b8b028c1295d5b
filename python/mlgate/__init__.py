"""The quality gate for machine learning: calls the program mlgate and reads its report.

    >>> import mlgate
    >>> report = mlgate.run("mlgate.yml")
    >>> report.verdict
    'fail'
    >>> [gate.id for gate in report.gates if gate.effect == "blocks"]
    ['models.approval.metrics.roc_auc.max_drop']

All measuring and judging is the program's. Without a report there is an exception, and never an empty report.
"""

from __future__ import annotations

from ._binary import find_binary
from ._errors import BinaryNotFound, ConfigError, EvaluationError, GateFailure, MlgateError, ReportError, RunTimeout
from ._run import run
from .report import Gate, Report

__all__ = [
    "BinaryNotFound",
    "ConfigError",
    "EvaluationError",
    "Gate",
    "GateFailure",
    "MlgateError",
    "Report",
    "ReportError",
    "RunTimeout",
    "find_binary",
    "run",
]
