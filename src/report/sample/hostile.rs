//! Strings that try to be more than text.

use proptest::prelude::*;

use crate::report::document::Report;

/// Texts that readers and forges give a meaning to, and ordinary text between.
pub(in crate::report) fn any_text() -> impl Strategy<Value = String> {
    let parts = [
        "`",
        "``",
        "|",
        "\\",
        "\\|",
        "<",
        ">",
        "<b>",
        "<!--",
        "-->",
        "</details>",
        "&amp;",
        "&",
        "@user",
        "@org/team",
        "#1",
        "o/r#2",
        "GH-1",
        "!1",
        "~label",
        "![]()",
        "[x](javascript:1)",
        "[x]",
        "(",
        ")",
        "[",
        "]",
        ":",
        "https://e.x",
        "www.e.x",
        "a@b.co",
        "e.x",
        ":tada:",
        "*",
        "**",
        "_",
        "~~",
        "$x$",
        "\n",
        "\r\n",
        "\n\n",
        "\t",
        " ",
        "  ",
        "/merge",
        "# h",
        "- ",
        "1. ",
        "+",
        "```",
        "---",
        "=",
        "::error::",
        "##[x]",
        "\u{1b}[2J",
        "\u{0}",
        "\u{202e}",
        "\u{200b}",
        "\u{2028}",
        "\u{a0}",
        "\u{e0041}",
        "deadbeef",
        "0.9266",
        "−0.0255",
        "16,281",
        "roc_auc",
        "rows",
        "é",
        "収入",
        "😀",
        "'",
        "\"",
        "…",
        "%",
    ];
    prop::collection::vec(prop::sample::select(parts.to_vec()), 0..14).prop_map(|parts| parts.concat())
}

/// The report with `text` wherever a string may come from outside.
pub(in crate::report) fn filled_with(mut report: Report, text: &str) -> Report {
    for gate in &mut report.gates {
        for field in
            [&mut gate.id, &mut gate.check, &mut gate.bound, &mut gate.definition, &mut gate.message, &mut gate.help]
        {
            *field = text.to_owned();
        }
        gate.at.file = text.to_owned();
        gate.counts = gate.counts.as_ref().map(|_| text.to_owned());
        gate.subject.values_mut().for_each(|name| *name = text.to_owned());
        for group in &mut gate.groups {
            group.group = vec![text.to_owned(), text.to_owned()];
            group.left_out = Some(text.to_owned());
        }
        for side in [&mut gate.candidate, &mut gate.baseline].into_iter().flatten() {
            side.undefined = Some(text.to_owned());
        }
        if let Some(waiver) = &mut gate.waiver {
            (waiver.owner, waiver.reason, waiver.until) = (text.to_owned(), text.to_owned(), text.to_owned());
        }
        if let Some(change) = &mut gate.change {
            change.method = text.to_owned();
        }
    }
    for table in &mut report.explored {
        for field in [&mut table.model, &mut table.metric].into_iter().chain(&mut table.lost) {
            *field = text.to_owned();
        }
        for slice in &mut table.slices {
            slice.slice = text.to_owned();
            slice.candidate.undefined = slice.candidate.undefined.as_ref().map(|_| text.to_owned());
        }
    }
    for note in &mut report.notes {
        (note.id, note.message, note.help) = (text.to_owned(), text.to_owned(), text.to_owned());
    }
    for tried in &mut report.provenance.tried {
        (tried.source, tried.why) = (text.to_owned(), text.to_owned());
    }
    report.tool.version = text.to_owned();
    report.provenance.reference = Some(report.provenance.baseline.clone());
    report.provenance.config.path = text.to_owned();
    let reference = report.provenance.reference.iter_mut();
    for side in [&mut report.provenance.candidate, &mut report.provenance.baseline].into_iter().chain(reference) {
        (side.git, side.time) = (Some(text.to_owned()), Some(text.to_owned()));
        side.notes = vec![text.to_owned(), format!("{text} ").repeat(6)];
    }
    for file in &mut report.provenance.candidate.files {
        file.path = text.to_owned();
        file.digest = text.to_owned();
    }
    report
}
