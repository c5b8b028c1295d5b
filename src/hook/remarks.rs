//! Remarks on the files of a judged commit, grouped by what is said of them.

use std::collections::BTreeMap;
use std::path::Path;

use crate::config::visible;
use crate::plural::counted;

/// The most files that a remark names.
const MOST_NAMED: usize = 3;

/// Remarks with the files that each is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Remarks(BTreeMap<&'static str, Vec<String>>);

impl Remarks {
    pub(super) fn add(&mut self, remark: &'static str, path: &Path) {
        let paths = self.0.entry(remark).or_default();
        let path = visible(&path.display().to_string());
        if !paths.contains(&path) {
            paths.push(path);
        }
    }

    /// Returns a line for each remark.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |(remark, paths): (&&str, &Vec<String>)| {
            let named: Vec<String> = paths.iter().take(MOST_NAMED).map(|path| format!("`{path}`")).collect();
            let more = paths.len().saturating_sub(MOST_NAMED);
            let more = if more == 0 { String::new() } else { format!(" and {}", counted(more as u64, "other file")) };
            format!("{}{more}: {remark}", named.join(", "))
        };
        self.0.iter().map(line).collect()
    }
}
