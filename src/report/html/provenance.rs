//! The origin of the numbers.

use super::super::guard::remarks;
use super::markup::{Markup, words};
use super::section;
use crate::plural::counted;
use crate::report::document::{FileDigest, Inputs, Report};

/// Maximum number of named files of one side; the JSON format lists them all.
const MOST_FILES: usize = 500;

/// Writes the config, the inputs of each side, the seed and the version.
pub(super) fn provenance(page: &mut Markup, report: &Report) {
    let provenance = &report.provenance;
    section(page, "provenance", "Provenance", |page| {
        page.table("What was read, and by what", &[words("Of"), words("What"), words("Digest")], |rows| {
            file(rows, "config", &provenance.config);
            for policy in &provenance.policies {
                file(rows, "policy", policy);
            }
            inputs(rows, "candidate", &provenance.candidate);
            inputs(rows, "baseline", &provenance.baseline);
            if let Some(reference) = &provenance.reference {
                inputs(rows, "reference", reference);
            }
            for tried in &provenance.tried {
                let why = format!("`{}` has no baseline: {}", tried.source.replace('`', "'"), tried.why);
                told(rows, "baseline", &why);
            }
            for remark in remarks(report.guard.as_ref()) {
                told(rows, "guard", &remark);
            }
            told(rows, "seed", &provenance.seed.to_string());
            told(rows, "version", &format!("{} {}", report.tool.name, report.tool.version));
        });
    });
}

fn inputs(rows: &mut Markup, role: &str, of: &Inputs) {
    if let Some(commit) = &of.git {
        let what = match of.merges.as_slice() {
            [] => "commit".to_owned(),
            merges => format!("commit, the merge of {}", merges.join(" and ")),
        };
        file(rows, role, &FileDigest { path: what, digest: commit.clone(), ..FileDigest::default() });
    }
    for found in of.files.iter().take(MOST_FILES) {
        file(rows, role, found);
    }
    let rest = of.files.len().saturating_sub(MOST_FILES);
    if rest > 0 {
        told(rows, role, &format!("and {}", counted(rest as u64, "more file")));
    }
    if of.git.is_none() && of.files.is_empty() {
        told(rows, role, "none");
    }
    for note in &of.notes {
        told(rows, role, note);
    }
}

fn file(rows: &mut Markup, role: &str, file: &FileDigest) {
    rows.tag("tr", &[], |row| {
        row.tag("th", &[("scope", "row")], |cell| cell.text(role));
        row.tag("td", &[], |cell| cell.name(&file.path));
        row.tag("td", &[("class", "digest")], |cell| cell.name(&file.digest));
    });
}

fn told(rows: &mut Markup, role: &str, what: &str) {
    rows.tag("tr", &[], |row| {
        row.tag("th", &[("scope", "row")], |cell| cell.text(role));
        row.tag("td", &[("colspan", "2")], |cell| cell.prose(what));
    });
}
