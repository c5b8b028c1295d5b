//! The config, its files and its baseline.

use std::path::Path;

use chrono::DateTime;

use super::DoctorFindings;
use crate::cli::load;
use crate::config::{BaselineSource, line_column};
use crate::pipeline::failure::Failure;
use crate::pipeline::project::Project;
use crate::pipeline::request::clock;
use crate::pipeline::{find_baseline, policies};
use crate::plural::counted;

/// The most missing files that are named.
const MOST_NAMED: usize = 5;

/// Looks at the config that is named, or the nearest one. Returns true besides if there is one that is broken.
pub(in crate::cli) fn project(named: Option<&Path>, is_online: bool) -> (DoctorFindings, bool) {
    let mut found = DoctorFindings::of("project");
    let Some(path) = named.map(Path::to_owned).or_else(load::nearest_path) else {
        found.note(
            "config",
            "there is no mlgate.yml in this folder or above it",
            "`mlgate init` writes one from your data",
        );
        return (found, false);
    };
    let mut project = match load::config(Some(&path)) {
        Ok(project) => project,
        Err(failure) => {
            found.wrong(
                "config",
                problem(&failure),
                &format!("`mlgate run --config {}` shows every problem", path.display()),
            );
            return (found, true);
        }
    };
    // Without the data, a config shows the problems that do not depend on columns.
    let problems = Project::problems(&project.config, Vec::new());
    if !problems.is_empty() {
        let help = format!("`mlgate run --config {}` shows every problem", path.display());
        found.wrong("config", problem(&project.refuse(problems)), &help);
        return (found, true);
    }
    let of = |count: usize, one: &str| counted(count as u64, one);
    found.fine(
        "config",
        format!(
            "{}: {}, {}",
            path.display(),
            of(project.config.data.len(), "dataset"),
            of(project.config.models.len() + project.config.reported.len(), "model")
        ),
    );
    let is_remote = |source: &BaselineSource| !matches!(source, BaselineSource::Path(_) | BaselineSource::Git { .. });
    if !is_online && project.config.policy.iter().any(|policy| is_remote(&policy.value)) {
        found.fine("policies", "not fetched; --online does so");
    } else if let Err(failure) = policies::load(&mut project, &[]) {
        found.wrong("policies", problem(&failure), "");
        return (found, true);
    } else if !project.policies.is_empty() {
        found.fine("policies", of(project.policies.len(), "policy"));
    }
    if let Err(failure) = load::catalog(Some(&project)) {
        found.wrong("checks", problem(&failure), "");
        return (found, true);
    }
    files(&mut found, &project);
    baseline(&mut found, &project, is_online, &is_remote);
    (found, false)
}

fn files(found: &mut DoctorFindings, project: &Project) {
    let is_glob = |path: &str| path.contains(['*', '?', '[']);
    let local: Vec<&str> = project.config.paths().filter(|path| !path.contains("://")).collect();
    let missing: Vec<&str> =
        local.iter().copied().filter(|path| !is_glob(path) && !project.root.join(path).exists()).collect();
    let remote = project.config.paths().count() - local.len();
    let others = if remote == 0 {
        String::new()
    } else {
        format!(", {} in stores not looked at", counted(remote as u64, "file"))
    };
    if missing.is_empty() {
        found.fine("files", format!("{} found{others}", counted(local.len() as u64, "path")));
        return;
    }
    let named: Vec<String> = missing.iter().take(MOST_NAMED).map(|path| format!("`{path}`")).collect();
    let more = if missing.len() > MOST_NAMED { ", …" } else { "" };
    let help = "paths start at the config's folder";
    let count = counted(missing.len() as u64, "path");
    found.wrong("files", format!("{count} missing: {}{more}{others}", named.join(", ")), help);
}

fn baseline(
    found: &mut DoctorFindings,
    project: &Project,
    is_online: bool,
    is_remote: &dyn Fn(&BaselineSource) -> bool,
) {
    let Some(config) = &project.config.baseline else {
        let has_other = project.config.data.iter().any(|dataset| dataset.baseline_path.is_some())
            || project.config.models.iter().any(|model| model.baseline_predictions.is_some())
            || project.config.reported.iter().any(|model| model.baseline_metrics_file.is_some());
        let what = if has_other { "the other side's files" } else { "nothing to compare with" };
        let help = if has_other { "" } else { "`mlgate bless` stores one; then add `baseline: .mlgate/baseline.json`" };
        found.note("baseline", format!("none is stored; {what}"), help);
        return;
    };
    if !is_online && config.from.iter().any(|place| is_remote(&place.source)) {
        let places: Vec<String> = config.from.iter().map(|place| place.source.shown()).collect();
        found.fine("baseline", format!("{}: not fetched; --online does so", places.join(", ")));
        return;
    }
    let Some(sought) = find_baseline::seek(project) else { return };
    let place = sought.stored.shown().to_owned();
    match (sought.stored.baseline(), sought.stored.problem()) {
        (Some(baseline), _) => {
            let age = baseline.commit.as_ref().map_or_else(
                || "of no commit".to_owned(),
                |commit| {
                    let short = commit.id.get(..12).unwrap_or(&commit.id);
                    format!("of commit {short}{}", age(&commit.time))
                },
            );
            found.fine("baseline", format!("{place}, {age}, written by {}", baseline.tool));
        }
        (None, Some(why)) if sought.may_be_absent => found.note("baseline", why, "the config does not require it"),
        (None, why) => found.wrong("baseline", why.unwrap_or_default(), ""),
    }
}

/// Returns the age of a commit in days.
fn age(time: &str) -> String {
    let Ok(time) = DateTime::parse_from_rfc3339(time) else { return String::new() };
    let days = (clock() - time.timestamp_micros()) / 86_400_000_000;
    u64::try_from(days).map_or_else(|_| String::new(), |days| format!(", {} old", counted(days, "day")))
}

/// Returns the first problem of a failure in one line.
fn problem(failure: &Failure) -> String {
    match failure {
        Failure::Text { name, text, problems } => {
            let first = problems.first().map_or_else(String::new, |problem| {
                let (line, _) = line_column(text, problem.span.start);
                format!(": {} (line {line})", problem.message)
            });
            format!("{name} has {}{first}", counted(problems.len() as u64, "problem"))
        }
        other => other.to_string(),
    }
}
