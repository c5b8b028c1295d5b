"""Text of a report on a terminal and in a notebook. Whatever stands in a report may come from a hostile change."""

from __future__ import annotations

import html
import unicodedata

from ._report import ReportFields

_HIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
_COLOURS = {"pass": "#1a7f37", "warn": "#9a6700", "fail": "#cf222e", "error": "#cf222e"}


def visible(text: str) -> str:
    """Returns the text on one line, with controls and invisible characters written out.

    A runner executes `##[…]` anywhere in a line of its log, so two hashes in a row are broken up.
    """
    seen = "".join(f"\\u{{{ord(one):x}}}" if unicodedata.category(one) in _HIDDEN else one for one in text)
    return seen.replace("##", "#\\u{23}")


def _cell(text: str) -> str:
    return f'<td style="text-align:left">{html.escape(visible(text))}</td>'


def as_html(report: ReportFields) -> str:
    """Returns a table of the gates as HTML in which every text is escaped. What blocks comes first."""
    order = {"blocks": 0, "warns": 1, "waived": 2, "none": 3}
    rows = "".join(
        f"<tr>{_cell(gate.id)}{_cell(gate.verdict)}{_cell(gate.effect)}{_cell(gate.bound)}{_cell(gate.message)}</tr>"
        for gate in sorted(report.gates, key=lambda gate: order.get(gate.effect, 0))
    )
    notes = "".join(f"<li>{html.escape(visible(note.message))}</li>" for note in report.notes or ())
    head = "".join(f'<th style="text-align:left">{name}</th>' for name in ("gate", "verdict", "effect", "limit", "message"))
    return (
        f'<div><strong style="color:{_COLOURS.get(report.verdict, _COLOURS["error"])}">'
        f"mlgate: {html.escape(visible(report.verdict))}</strong>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        + (f"<ul>{notes}</ul>" if notes else "")
        + "</div>"
    )
