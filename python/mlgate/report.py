"""The report of a run: the dataclasses of `docs/report.schema.json`, and what a notebook shows of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, NoReturn, Union

from ._decode import decode
from ._errors import GateFailure, ReportError
from ._report import *  # noqa: F403
from ._report import ReportFields
from ._report import __all__ as _forms
from ._show import as_html

__all__ = [*_forms, "Report"]


@dataclass(frozen=True)
class Report(ReportFields):
    """One run of mlgate. Its strings may hold anything that stands in the data or the config: escape them before you show them."""

    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False, metadata={"json": False})
    """The report as JSON, with keys that this version of the package does not know."""
    text: str = field(default="", repr=False, compare=False, metadata={"json": False})
    """The report as mlgate prints it on a terminal, without colours."""
    markdown: str = field(default="", repr=False, compare=False, metadata={"json": False})
    """The report as mlgate posts it to a pull request."""

    @classmethod
    def from_json(cls, text: Union[str, bytes], *, printed: str = "", markdown: str = "") -> Report:
        """Returns the report that a JSON text holds.

        Raises:
            ReportError: the text is no report of version 1.
        """
        try:
            value = json.loads(text, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise ReportError(f"the report is not JSON: {error}") from None
        if not isinstance(value, dict):
            raise ReportError("the report is not an object")
        if type(value.get("version")) is not int or value["version"] != 1:
            raise ReportError(f"this package reads reports of version 1; this one has {value.get('version')!r:.40}; update the package")
        report = decode(cls, value, "root")
        assert isinstance(report, cls)
        for name, kept in (("raw", value), ("text", printed), ("markdown", markdown)):
            object.__setattr__(report, name, kept)
        return report

    @property
    def ok(self) -> bool:
        """True if the run ended with exit code 0: nothing blocks. Warnings do not."""
        return self.exit_code == 0

    def raise_if_blocked(self) -> Report:
        """Returns the report itself if nothing blocks.

        Raises:
            GateFailure: the verdict is `fail` or `error`; the message is the printed report.
        """
        if not self.ok:
            raise GateFailure(self.text or f"the verdict is {self.verdict}", self.exit_code)
        return self

    def __bool__(self) -> NoReturn:
        raise TypeError("a report is neither true nor false; ask for report.ok or report.verdict")

    def __str__(self) -> str:
        return self.text or f"mlgate: {self.verdict}"

    def _repr_html_(self) -> str:
        return as_html(self)

    def _repr_markdown_(self) -> Union[str, None]:
        return self.markdown or None


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")
