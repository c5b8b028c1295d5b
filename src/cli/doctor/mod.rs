//! The findings of `mlgate doctor`, topic by topic. Nothing is written, and no secret is shown.

mod ci;
mod network;
mod program;
mod project;
mod repository;

use serde::Serialize;
use std::fmt::Write as _;

use crate::config::visible;

pub(super) use ci::ci;
pub(super) use network::network;
pub(super) use program::program;
pub(super) use project::project;
pub(super) use repository::repository;

/// The weight of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Weight {
    /// In order.
    Fine,
    /// Worth to know; a run may still do what is wanted.
    Note,
    /// A run would not come to its verdict.
    Wrong,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct DoctorFinding {
    /// The topic: `program`, `repository`, `ci`, `network` or `project`.
    topic: &'static str,
    /// The thing that was looked at.
    name: &'static str,
    /// The weight.
    pub(super) weight: Weight,
    /// The observation.
    found: String,
    /// The advice, if there is any.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// The findings of one topic.
#[derive(Debug)]
pub(super) struct DoctorFindings {
    topic: &'static str,
    all: Vec<DoctorFinding>,
}

impl DoctorFindings {
    fn of(topic: &'static str) -> Self {
        Self { topic, all: Vec::new() }
    }

    fn add(&mut self, weight: Weight, name: &'static str, found: impl Into<String>) {
        self.all.push(DoctorFinding { topic: self.topic, name, weight, found: found.into(), help: None });
    }

    fn fine(&mut self, name: &'static str, found: impl Into<String>) {
        self.add(Weight::Fine, name, found);
    }

    fn note(&mut self, name: &'static str, found: impl Into<String>, help: &str) {
        self.add(Weight::Note, name, found);
        self.help(help);
    }

    fn wrong(&mut self, name: &'static str, found: impl Into<String>, help: &str) {
        self.add(Weight::Wrong, name, found);
        self.help(help);
    }

    fn help(&mut self, help: &str) {
        if let Some(last) = self.all.last_mut().filter(|_| !help.is_empty()) {
            last.help = Some(help.to_owned());
        }
    }

    pub(super) fn all(self) -> Vec<DoctorFinding> {
        self.all
    }
}

/// The width of the names of findings.
const NAMES: usize = 13;
/// The width of a line.
const LINE: usize = 80;

/// Returns findings as text, topic by topic.
pub(super) fn text(findings: &[DoctorFinding]) -> String {
    let mut text = String::new();
    let mut topic = "";
    for finding in findings {
        if finding.topic != topic {
            topic = finding.topic;
            let _ = writeln!(text, "{}{topic}", if text.is_empty() { "" } else { "\n" });
        }
        let sign = match finding.weight {
            Weight::Fine => '✓',
            Weight::Note => '·',
            Weight::Wrong => '✗',
        };
        let start = format!("  {sign} {:<NAMES$} ", finding.name);
        text.push_str(&hung(&start, &finding.found));
        if let Some(help) = &finding.help {
            text.push_str(&hung(&" ".repeat(start.chars().count()), &format!("→ {help}")));
        }
    }
    text
}

/// Returns a text in lines that hang under its start.
fn hung(start: &str, said: &str) -> String {
    let indent = start.chars().count();
    let (mut text, mut line) = (String::new(), start.to_owned());
    let mut is_first = true;
    for word in visible(said).split_whitespace() {
        if !is_first && line.chars().count() + 1 + word.chars().count() > LINE {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(indent);
            is_first = true;
        }
        if !is_first {
            line.push(' ');
        }
        line.push_str(word);
        is_first = false;
    }
    format!("{text}{}\n", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_findings_hang_under_their_start() {
        let mut findings = DoctorFindings::of("ci");
        findings.wrong("target", "a word ".repeat(20), &"help ".repeat(20));
        let text = text(&findings.all());
        assert!(text.lines().all(|line| line.chars().count() <= LINE), "{text}");
        assert!(text.lines().skip(2).all(|line| line.starts_with("                  ")), "{text}");
    }
}
