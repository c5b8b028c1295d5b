//! One of several reports, or the reason there is none.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::globs::is_glob;
use crate::cli::arguments::PublishArguments;
use crate::cli::post::identity;
use crate::cli::report_file::read_guarded;
use crate::pipeline::environment::token;
use crate::pipeline::failure::Failure;
use crate::publish::forge::Place;
use crate::publish::github;
use crate::publish::part::Standing;
use crate::report::document::Report;
use crate::report::{safe, title};

/// A report that is published, or the reason there is none.
pub(super) struct ReportEntry {
    /// The name that a reader sees.
    pub(super) name: String,
    /// All names by which it may be expected.
    pub(super) names: Vec<String>,
    pub(super) report: Option<Report>,
    /// The reasons for which the report is not a verdict for this commit.
    pub(super) problems: Vec<String>,
    /// The commit from which the result is carried over.
    pub(super) carried: Option<String>,
    /// The gates of the base branch's config that the report's guard misses.
    pub(super) removed: Vec<String>,
}

impl ReportEntry {
    pub(super) fn of(file: &Path, report: Result<Report, String>) -> Self {
        let (report, problems) = match report {
            // A run without a gate came to no verdict.
            Ok(report) if report.gates.is_empty() => (None, vec!["it ended without a verdict".to_owned()]),
            Ok(report) => (Some(report), Vec::new()),
            Err(why) => (None, vec![format!("it ended without a verdict: {why}")]),
        };
        let names = identity::names(report.as_ref(), file);
        let name = names.first().cloned().unwrap_or_else(|| file.display().to_string());
        Self { name, names, report, problems, carried: None, removed: Vec::new() }
    }

    pub(super) fn absent(name: &str, why: &str) -> Self {
        let (name, problems) = (name.to_owned(), vec![why.to_owned()]);
        Self { names: vec![name.clone()], name, report: None, problems, carried: None, removed: Vec::new() }
    }

    pub(super) fn is_called(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    pub(super) fn standing(&self) -> Standing {
        match &self.report {
            Some(report) if self.problems.is_empty() => report.verdict.into(),
            _ => Standing::None,
        }
    }

    pub(super) fn summary(&self) -> String {
        let mut parts: Vec<String> = self.problems.clone();
        parts.extend(self.report.as_ref().map(title));
        parts.extend(self.carried.as_ref().map(|commit| format!("carried over from commit `{}`", short(commit))));
        safe::prose(&parts.join("; "), false)
    }
}

pub(super) fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

/// Reads the files that paths and globs name.
pub(super) fn files(paths: &[PathBuf], now: i64) -> Result<Vec<ReportEntry>, Failure> {
    let mut found: BTreeSet<PathBuf> = BTreeSet::new();
    for path in paths {
        let text = path.display().to_string();
        if !is_glob(&text) || path.exists() {
            found.insert(path.clone());
            continue;
        }
        let matches = glob::glob(&text).map_err(|error| Failure::Usage(format!("`{text}` is not a glob: {error}")))?;
        for path in matches {
            found.insert(path.map_err(|error| Failure::Environment(format!("`{text}` cannot be searched: {error}")))?);
        }
    }
    let said = |failure| match failure {
        Failure::Environment(why) | Failure::Usage(why) => why,
        _ => "it is not a report".to_owned(),
    };
    let entry = |path: &PathBuf| {
        let (report, removed) = match read_guarded(path, now) {
            Ok((report, removed)) => (Ok(report), removed),
            Err(failure) => (Err(said(failure)), Vec::new()),
        };
        ReportEntry { removed, ..ReportEntry::of(path, report) }
    };
    Ok(found.iter().map(entry).collect())
}

pub(super) fn claims(
    arguments: &PublishArguments,
    place: &Result<Place, String>,
    now: i64,
) -> Result<Vec<ReportEntry>, Failure> {
    let place = place.as_ref().map_err(|why| Failure::Usage(why.clone()))?;
    let token = token(place.forge).ok_or_else(|| Failure::Usage(place.forge.no_token.to_owned()))?;
    let found = github::artifacts(place, &token, &arguments.artifact, now);
    let found = found.map_err(|error| Failure::Environment(error.to_string()))?;
    // The name of the artifact is GitHub's, and the names in the report are the author's.
    let entry = |(name, report): github::FoundArtifact| {
        let mut entry = ReportEntry::of(Path::new(""), report.map_err(|error| error.to_string()));
        entry.names = vec![name.clone()];
        entry.name = name;
        entry
    };
    Ok(found.into_iter().map(entry).collect())
}
