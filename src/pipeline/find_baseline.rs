//! The search for a stored baseline, place by place in the order of the config, and its notes in the report.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta};

use super::environment;
use super::failure::Failure;
use super::project::Project;
use super::stored::Stored;
use super::target::{self, ArtifactBranch, artifact_branch};
#[cfg(feature = "remote")]
use crate::baseline::source::gitlab;
use crate::baseline::source::{Found, Lost, MOST_BYTES, file, git};
use crate::config::{BaselinePlace, BaselineSource, line_column, visible};
use crate::digest::sha256;
use crate::engine::{Undelivered, download};
use crate::gate::verdict::Effect;
use crate::plural::noun;
use crate::publish::github::{self, NoBaseline};
use crate::report::document::{At, Note, Tried};
/// The result of the search.
pub(crate) struct Sought {
    /// The baseline, or the reason there is none.
    pub(crate) stored: Stored,
    /// The places that were searched before.
    pub(crate) tried: Vec<Tried>,
    /// True: no place has a baseline, and none is required.
    pub(crate) may_be_absent: bool,
}

/// Sets the place that the command line names.
pub(crate) fn name(loaded: &mut Project, named: &Path) -> Result<(), Failure> {
    let source = named.to_str().map(BaselineSource::parse).transpose();
    let refused = |why| Failure::Usage(format!("--baseline {}: {why}", visible(&named.display().to_string())));
    match source.map_err(refused)? {
        Some(BaselineSource::Path(_)) | None => loaded.baseline = Some(named.to_owned()),
        Some(source) => loaded.source = Some(source),
    }
    Ok(())
}

/// Returns the place that the command line names, without credentials.
pub(crate) fn shown(named: &Path) -> String {
    let path = named.display().to_string();
    BaselineSource::parse(&path).map_or(path, |source| source.shown())
}

/// Searches for the baseline that the config or the command line names, if either does.
pub(crate) fn seek(loaded: &Project) -> Option<Sought> {
    // The command line's place is the only one that is searched.
    let named = |source, path| vec![(source, path, true)];
    let (places, required) = match (&loaded.baseline, &loaded.source, &loaded.config.baseline) {
        (Some(path), _, _) => (named(BaselineSource::Path(path.display().to_string()), Some(path.clone())), true),
        (None, Some(source), _) => (named(source.clone(), None), true),
        (None, None, Some(config)) => {
            let place = |place: &BaselinePlace| (place.source.clone(), None, place.required);
            (config.from.iter().map(place).collect(), config.required)
        }
        (None, None, None) => return None,
    };
    let mut tried = Vec::new();
    let mut places = places.into_iter().peekable();
    while let Some((place, path, is_required)) = places.next() {
        let shown = place.shown();
        let at = match &place {
            BaselineSource::Path(name) => Some(path.clone().unwrap_or_else(|| loaded.root.join(name))),
            _ => None,
        };
        let refused = |shown: String, why: String, tried| {
            let why = format!("the baseline `{shown}` cannot be used: {why}");
            Some(Sought { stored: Stored::none(shown, why), tried, may_be_absent: false })
        };
        match fetch(&place, path, &loaded.root) {
            Ok(Found { bytes, version }) => {
                let shown = version.map_or_else(|| shown.clone(), |version| format!("{shown} ({version})"));
                let stored = Stored::found(shown, &bytes);
                let stored = match &at {
                    Some(at) => stored.lying(at),
                    None => stored,
                };
                return Some(Sought { stored, tried, may_be_absent: false });
            }
            Err(Lost::Absent(why)) => tried.push(Tried { source: shown, why }),
            // A change that makes git find nothing must not thereby select the next place.
            Err(Lost::Missing(why)) if is_required && places.peek().is_some() => {
                let why = format!(
                    "{why}; a change could cause that, so the next place is tried only if `from` has \
                     `{{place: …, required: false}}` for this one"
                );
                return refused(shown, why, tried);
            }
            Err(Lost::Missing(why)) => tried.push(Tried { source: shown, why }),
            Err(Lost::Refused(why)) => return refused(shown, why, tried),
        }
    }
    let path = tried.last().map(|tried| tried.source.clone()).unwrap_or_default();
    Some(Sought { stored: Stored::none(path, nowhere(&tried)), tried, may_be_absent: !required })
}

fn nowhere(tried: &[Tried]) -> String {
    let writes = "`mlgate bless` on the main branch writes it";
    match tried {
        [only] if only.why == format!("there is no file `{}`", only.source) => {
            format!("there is no baseline at `{}`; {writes}", only.source)
        }
        several => {
            let whys: Vec<String> = several.iter().map(|tried| format!("`{}`: {}", tried.source, tried.why)).collect();
            format!("there is no baseline: {}; {writes}", whys.join("; "))
        }
    }
}

/// Reads the baseline at a place; `path` is a file's path relative to the working directory, if it is not below `root`.
pub(crate) fn fetch(place: &BaselineSource, path: Option<PathBuf>, root: &Path) -> Result<Found, Lost> {
    match place {
        BaselineSource::Path(name) => file(&path.unwrap_or_else(|| root.join(name)), name),
        BaselineSource::Git { reference, path } => git::committed(root, reference, path, &target::of_job()),
        BaselineSource::GitHub { artifact } => of_github(artifact, root),
        BaselineSource::GitLab { job, path } => of_gitlab(job, path, root),
        BaselineSource::Url { url, sha256: pin } => {
            let bytes = download(url, MOST_BYTES).map_err(|error| match error {
                Undelivered::NotFound(why) => Lost::Absent(why),
                Undelivered::Failed(why) => Lost::Refused(why),
            })?;
            match pin.as_ref().map(|pin| (format!("sha256:{pin}"), sha256(bytes.as_slice()).unwrap_or_default())) {
                Some((pin, found)) if pin != found => {
                    Err(Lost::Refused(format!("its digest is {found} and not the pinned {pin}")))
                }
                _ => Ok(Found { bytes, version: None }),
            }
        }
    }
}

fn of_github(artifact: &str, root: &Path) -> Result<Found, Lost> {
    let Some(place) = environment::home() else {
        return Err(Lost::Absent("this is not a job of GitHub Actions: GITHUB_REPOSITORY is not set".to_owned()));
    };
    let place = place.map_err(Lost::Refused)?;
    let token = environment::token(place.forge).ok_or_else(|| Lost::Refused(place.forge.no_token.to_owned()))?;
    let branch = artifact_branch(&target::of_job(), root).map_err(Lost::Refused)?;
    let branch = match &branch {
        ArtifactBranch::Named(name) => github::BranchOf::Named(name),
        ArtifactBranch::Default => github::BranchOf::Default,
        ArtifactBranch::IfDefault(name, why) => github::BranchOf::IfDefault { name, why },
    };
    let found = github::baseline(&place, &token, artifact, branch, &|commit| git::is_ancestor(root, commit));
    match found {
        Ok(found) => {
            let commit = found.commit.get(..12).unwrap_or(&found.commit);
            Ok(Found {
                bytes: found.bytes,
                version: Some(format!("run {} of {}, commit {commit}", found.run, found.branch)),
            })
        }
        Err(NoBaseline::Absent(why)) => Err(Lost::Absent(why)),
        Err(NoBaseline::Refused(why)) => Err(Lost::Refused(why)),
    }
}

#[cfg(feature = "remote")]
fn of_gitlab(job: &str, path: &str, root: &Path) -> Result<Found, Lost> {
    let variable = environment::variable;
    // In a fork's pipeline, the project is the fork.
    let id = variable("CI_MERGE_REQUEST_PROJECT_ID").or_else(|| variable("CI_PROJECT_ID"));
    let (Some(api), Some(id), Some(default)) = (variable("CI_API_V4_URL"), id, variable("CI_DEFAULT_BRANCH")) else {
        return Err(Lost::Absent("this is not a job of GitLab: CI_API_V4_URL is not set".to_owned()));
    };
    let branch = match artifact_branch(&target::of_job(), root).map_err(Lost::Refused)? {
        ArtifactBranch::Named(name) => name,
        ArtifactBranch::Default => default,
        ArtifactBranch::IfDefault(name, why) if name != default => return Err(Lost::Refused(why)),
        ArtifactBranch::IfDefault(..) => default,
    };
    let id = id.parse().map_err(|_| Lost::Refused("CI_PROJECT_ID is not a number".to_owned()))?;
    let named = |header, name| variable(name).map(|token| (header, token.trim().to_owned()));
    let token = ["MLGATE_GITLAB_TOKEN", "GITLAB_TOKEN"].into_iter().find_map(|name| named("private-token", name));
    let token = token.or_else(|| named("job-token", "CI_JOB_TOKEN"));
    gitlab::artifact(&gitlab::GitLabProject { api, id, branch, token }, job, path)
}

#[cfg(not(feature = "remote"))]
fn of_gitlab(_: &str, _: &str, _: &Path) -> Result<Found, Lost> {
    Err(Lost::Refused("this binary was built without the feature `remote`".to_owned()))
}

impl Sought {
    /// Returns the notes on the baseline.
    pub(crate) fn notes(&self, loaded: &Project, now: i64) -> Vec<Note> {
        let mut notes = Vec::new();
        let span = loaded.config.baseline.as_ref().map_or(0, |baseline| baseline.span.start);
        let (line, column) = line_column(&loaded.text, span);
        let mut warn = |id: &str, message: String, help: &str| {
            let at = At { file: loaded.name.clone(), line, column };
            notes.push(Note { id: id.to_owned(), effect: Effect::Warns, message, help: help.to_owned(), at });
        };
        if self.may_be_absent {
            let message =
                "there is no stored baseline, and `required: false` allows the run to continue without one".to_owned();
            warn(
                "baseline.none",
                message,
                "once there is one, set `required: true`, so that a missing baseline is an error",
            );
        }
        if let (Some(_), false) = (self.stored.baseline(), self.tried.is_empty()) {
            let passed: Vec<String> =
                self.tried.iter().map(|tried| format!("`{}`: {}", tried.source, tried.why)).collect();
            let message = format!(
                "compared with `{}`, because no earlier place has a baseline: {}",
                self.stored.shown(),
                passed.join("; ")
            );
            warn(
                "baseline.fallback",
                message,
                "store the baseline at the first place, or remove that place from `from`",
            );
        }
        let most = loaded.config.baseline.as_ref().and_then(|config| config.max_age);
        if let (Some(most), Some(baseline)) = (most, self.stored.baseline()) {
            let made = baseline.commit.as_ref().and_then(|commit| DateTime::parse_from_rfc3339(&commit.time).ok());
            let most = TimeDelta::try_seconds(i64::try_from(most).unwrap_or(i64::MAX)).unwrap_or(TimeDelta::MAX);
            let age = made.zip(DateTime::from_timestamp_micros(now)).map(|(made, now)| now.signed_duration_since(made));
            let renew = "`mlgate bless` on the main branch renews it";
            match age {
                None => warn(
                    "baseline.age",
                    "the baseline was blessed without a commit, so its age is not known".to_owned(),
                    renew,
                ),
                Some(age) if age < TimeDelta::zero() => {
                    warn(
                        "baseline.age",
                        "the baseline's commit is in the future, so its age is not known".to_owned(),
                        renew,
                    );
                }
                Some(age) if age > most => {
                    let message = format!("the baseline is {} old; limit: at most {}", span_of(age), span_of(most));
                    warn("baseline.age", message, renew);
                }
                Some(_) => {}
            }
        }
        notes
    }
}

/// Formats an age, such as `45 days`; below two days in hours.
fn span_of(time: TimeDelta) -> String {
    let (number, unit) = if time.num_days() < 2 { (time.num_hours(), "hour") } else { (time.num_days(), "day") };
    format!("{number} {}", noun(number, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_days() {
        assert_eq!(span_of(TimeDelta::minutes(65)), "1 hour");
        assert_eq!(span_of(TimeDelta::hours(30)), "30 hours");
        assert_eq!(span_of(TimeDelta::hours(24 * 45 + 5)), "45 days");
    }

    #[test]
    fn what_was_tried_is_all_said() {
        let tried = |source: &str, why: &str| Tried { source: source.to_owned(), why: why.to_owned() };
        assert_eq!(
            nowhere(&[tried("a.json", "there is no file `a.json`")]),
            "there is no baseline at `a.json`; `mlgate bless` on the main branch writes it"
        );
        assert_eq!(
            nowhere(&[tried("a.json", "there is no file `a.json`"), tried("git:x:b", "no")]),
            "there is no baseline: `a.json`: there is no file `a.json`; `git:x:b`: no; `mlgate bless` on the main branch writes it"
        );
    }
}
