//! The end of the page: the origin of the numbers, and further reading.

use std::collections::BTreeSet;

use super::Section;
use super::layout::{fit, left, right, wrap};
use super::paint::Ink;
use super::text_page::TextPage;
use crate::plural::counted;
use crate::report::document::{FileDigest, GateResult, Inputs, Report};
use crate::report::guard::remarks;
use crate::report::safe;
use crate::report::sections::topics;

/// The width of a key: `candidate` and two blanks.
const KEY: usize = 11;
/// Maximum number of named files of one side; a partitioned dataset can have thousands.
const FEW_FILES: usize = 4;
/// Maximum number of named checks to read about.
const FEW_CHECKS: usize = 8;

impl TextPage<'_> {
    /// Writes the end of the page.
    pub(super) fn provenance(&mut self, report: &Report, sections: &[(Section, Vec<&GateResult>)]) {
        self.lines.push(String::new());
        let provenance = &report.provenance;
        self.line("config", &file(&provenance.config));
        for policy in &provenance.policies {
            self.line("policy", &file(policy));
        }
        for glob in report.run.iter().flat_map(|run| &run.only) {
            self.line("only", glob);
        }
        self.inputs("candidate", &provenance.candidate);
        self.inputs("baseline", &provenance.baseline);
        for tried in &provenance.tried {
            self.line("", &format!("not {}: {}", tried.source, tried.why));
        }
        if let Some(reference) = &provenance.reference {
            self.inputs("reference", reference);
        }
        for remark in remarks(report.guard.as_ref()) {
            self.line("guard", &remark);
        }
        self.line("seed", &provenance.seed.to_string());
        let checks: BTreeSet<&str> = sections
            .iter()
            .filter(|(section, _)| section.is_open())
            .flat_map(|(_, gates)| gates.iter().flat_map(|gate| topics(gate)))
            .collect();
        for (index, check) in checks.iter().take(FEW_CHECKS).enumerate() {
            let key = if index == 0 { "read on" } else { "" };
            self.line(key, &format!("mlgate explain {}", safe::shell_word(check)));
        }
    }

    fn inputs(&mut self, key: &str, inputs: &Inputs) {
        let day = inputs.day().filter(|_| key == "baseline").map(|day| format!(" of {day}")).unwrap_or_default();
        let git = inputs.git.iter().map(|commit| format!("commit {}{day}", short(commit)));
        let shown = if self.options.evidence { usize::MAX } else { FEW_FILES };
        let files = inputs.files.iter().take(shown).map(file);
        let rest = inputs.files.len().saturating_sub(shown);
        let rest = (rest > 0).then(|| format!("and {}", counted(rest as u64, "more file")));
        let nothing = (inputs.git.is_none() && inputs.files.is_empty()).then(|| "none".to_owned());
        for (index, text) in git.chain(files).chain(rest).chain(nothing).enumerate() {
            self.line(if index == 0 { key } else { "" }, &text);
        }
        for note in &inputs.notes {
            for (index, line) in wrap(&safe::sentence(note), self.width - KEY).iter().enumerate() {
                let key = right(if index == 0 { "! " } else { "│ " }, KEY);
                self.lines.push(format!("{}{line}", self.paint.of(Ink::Faint, &key)));
            }
        }
    }

    fn line(&mut self, key: &str, text: &str) {
        // A further line under the same key starts with mlgate's own mark, not with untrusted text.
        let key = if key.is_empty() { right("· ", KEY) } else { left(key, KEY) };
        let text = fit(text, self.width - KEY);
        self.lines.push(format!("{}{text}", self.paint.of(Ink::Faint, &key)));
    }
}

fn file(file: &FileDigest) -> String {
    format!("{}  {}", file.path, short(&file.digest))
}

/// Returns the start of a digest, enough to distinguish two; the JSON format has the whole digest.
fn short(digest: &str) -> String {
    let (kind, hex) = digest.split_once(':').map_or(("", digest), |(kind, hex)| (kind, hex));
    let hex: String = hex.chars().take(12).collect();
    if kind.is_empty() { hex } else { format!("{kind}:{hex}") }
}
