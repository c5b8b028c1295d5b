//! A baseline that the change itself renewed: the difference, who accepted it, and whether its numbers follow from the
//! commit that it names.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::candidate;
use super::other_side::OtherConfig;
use super::progress::OnStep;
use super::project::Project;
use super::request::Request;
use super::session::Session;
use super::stored::parse;
use super::target;
use crate::baseline::source::{Lost, file, git};
use crate::baseline::{Baseline, Difference};
use crate::catalog::Catalog;
use crate::config::{BaselineSource, Span};
use crate::digest::sha256;
use crate::gate::verdict::Effect;
use crate::git::Repository;
use crate::guard::DemandChangeKind;
use crate::pipeline::bound::BoundConfig;
use crate::report::document::GuardChange;
use crate::report::moved;
use crate::stats::Side;

/// Maximum number of numbers that are named.
const NAMED: usize = 5;

/// Returns the finding about the stored baseline of a run, if the change renewed it.
pub(super) fn look(
    (project, catalog): (&Project, &Catalog),
    request: &Request,
    bound: &BoundConfig,
    session: &Session,
    side: &OtherConfig,
    effect: Effect,
    on_step: OnStep<'_>,
) -> Option<GuardChange> {
    let (repository, commit) = side.commit.as_ref()?;
    let stored = bound.stored()?;
    let after = stored.baseline()?;
    let config = project.config.baseline.as_ref();
    let path = match stored.at() {
        Some(at) => in_project(project, at)?,
        None => {
            let named = config.iter().flat_map(|config| &config.from).map(|place| &place.source);
            let mut found = project
                .source
                .iter()
                .chain(named)
                .filter_map(|source| in_change(project, source, (repository, commit)));
            found.find(|(_, bytes)| stored.has_digest(bytes))?.0
        }
    };
    let path = path.as_str();
    let named = |baseline: &Baseline| baseline.commit.as_ref().map(|commit| format!("commit {}", short(&commit.id)));
    let mut change = GuardChange {
        gate: "baseline.renewed".to_owned(),
        kind: DemandChangeKind::Changed,
        from: None,
        to: named(after),
        at: project.at(config.map_or(Span { start: 0, end: 0 }, |config| config.span)),
        why: String::new(),
        effect,
    };
    let before = match git::content(repository, commit, path) {
        Ok(bytes) if stored.has_digest(&bytes) => return None,
        Ok(bytes) => parse(&bytes).map_err(|why| format!("the one of {} {why}", side.shown)),
        // A file that is in neither commit is not part of the change: the job has brought it.
        Err(Lost::Absent(_) | Lost::Missing(_)) if stored.at().is_some() && !is_committed(repository, path) => {
            return None;
        }
        Err(Lost::Absent(_) | Lost::Missing(_)) => Err(format!("{} has none", side.shown)),
        Err(Lost::Refused(why)) => Err(why),
    };
    let follows = follows(after, repository, || measured((project, catalog), request, session, after, on_step));
    change.why = match before {
        Ok(before) => {
            change.from = named(&before);
            let found = Difference::between(&before, after);
            let accepted = accepted(after, Some(&before));
            format!("the change renewed the baseline that it is compared with: {}{accepted}; {follows}", list(&found))
        }
        Err(why) => {
            format!(
                "the change wrote the baseline that it is compared with, and {why}{}; {follows}",
                accepted(after, None)
            )
        }
    };
    Some(change)
}

/// Returns a file's path relative to the config's folder, if it lies below.
fn in_project(project: &Project, at: &Path) -> Option<String> {
    let [at, root] = [at, &project.root].map(|path| fs::canonicalize(path).ok());
    Some(at?.strip_prefix(root?).ok()?.to_str()?.to_owned())
}

/// Returns the path and the bytes of a file that a reference names in a commit of the change itself, such as `git:HEAD`.
fn in_change(
    project: &Project,
    source: &BaselineSource,
    (repository, start): (&Repository, &str),
) -> Option<(String, Vec<u8>)> {
    let BaselineSource::Git { reference, path } = source else { return None };
    let (_, commit) = git::resolve(&project.root, reference, &target::of_job()).ok()?;
    if !repository.is_between(start, &commit) {
        return None;
    }
    Some((path.clone(), git::content(repository, &commit, path).ok()?))
}

/// Returns true if the checked-out commit has a file, or if that is not known.
fn is_committed(repository: &Repository, path: &str) -> bool {
    let Ok(Some(head)) = repository.head() else { return true };
    !matches!(git::content(repository, &head, path), Err(Lost::Absent(_) | Lost::Missing(_)))
}

/// Returns the finding about the frozen reference of a config, if it is a file that the change replaced.
pub(super) fn reference(project: &Project, side: &OtherConfig, effect: Effect) -> Option<GuardChange> {
    let (repository, commit) = side.commit.as_ref()?;
    let config = project.config.reference.as_ref()?.baseline.as_ref()?;
    let (path, after) = config.from.iter().find_map(|place| match &place.source {
        BaselineSource::Path(path) => Some((path.clone(), file(&project.root.join(path), path).ok()?.bytes)),
        source => in_change(project, source, (repository, commit)),
    })?;
    let before = git::content(repository, commit, &path).ok().filter(|before| *before != after)?;
    let why = match (parse(&before), parse(&after)) {
        (Ok(before), Ok(after)) => list(&Difference::between(&before, &after)),
        _ => "one of the two cannot be read".to_owned(),
    };
    Some(GuardChange {
        gate: "reference.renewed".to_owned(),
        kind: DemandChangeKind::Changed,
        from: None,
        to: None,
        at: project.at(config.span),
        why: format!("the change replaced the frozen reference: {why}"),
        effect,
    })
}

fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// Returns the first numbers that moved, in words.
fn list(found: &Difference) -> String {
    let mut moved: Vec<String> = found.changes.iter().take(NAMED).map(moved).collect();
    if found.changes.len() > NAMED {
        moved.push(format!("and {} more", found.changes.len() - NAMED));
    }
    if moved.is_empty() { "no number moved".to_owned() } else { moved.join("; ") }
}

/// Returns who accepted failing gates when the baseline was blessed.
fn accepted(after: &Baseline, before: Option<&Baseline>) -> String {
    let known = |excused| before.is_some_and(|before| before.despite.contains(excused));
    let by = after.despite.iter().filter(|excused| !known(excused));
    let by: Vec<String> = by
        .map(|excused| format!("`{}` ({}, {}: {})", excused.gate, excused.owner, excused.date, excused.reason))
        .collect();
    if by.is_empty() { String::new() } else { format!("; accepted with `--despite`: {}", by.join(", ")) }
}

/// Says whether the baseline's numbers follow from the commit that it names.
fn follows(after: &Baseline, repository: &Repository, measured: impl FnOnce() -> Option<Difference>) -> String {
    let Some(commit) = &after.commit else { return "it names no commit".to_owned() };
    let name = format!("commit {}", short(&commit.id));
    let mut doubts = Vec::new();
    if commit.dirty {
        doubts.push(format!("it was measured with changes that {name} does not have"));
    }
    match repository.is_ancestor(&commit.id) {
        Some(true) => {}
        Some(false) => doubts.push(format!("{name} is not part of this change's history")),
        None => doubts.push(format!("this clone does not hold {name}")),
    }
    let inputs = std::iter::once(&after.config).chain(&after.inputs);
    let mut unknown = Vec::new();
    for input in inputs {
        match git::content(repository, &commit.id, &input.path) {
            Ok(bytes) if sha256(bytes.as_slice()).is_ok_and(|digest| digest == input.digest) => {}
            Ok(_) => doubts.push(format!("`{}` of {name} is another file", input.path)),
            Err(_) => unknown.push(format!("`{}`", input.path)),
        }
    }
    match measured() {
        Some(found) if found.changes.is_empty() => {
            if doubts.is_empty() {
                return format!("its numbers are those that this run measures of the same files, as {name} has them");
            }
            doubts.push("its numbers are those that this run measures of the same files".to_owned());
        }
        Some(found) => doubts.push(format!("its numbers do not follow from its files: measured are {}", list(&found))),
        None if !unknown.is_empty() => {
            doubts.push(format!(
                "its numbers cannot be compared with {name}, which does not have {}",
                unknown.join(", ")
            ));
        }
        None if doubts.is_empty() => return format!("its files are those of {name}"),
        None => {}
    }
    doubts.join("; ")
}

/// Returns the difference between the baseline and what this run measures, if the baseline was measured on the run's own
/// files.
fn measured(
    (project, catalog): (&Project, &Catalog),
    request: &Request,
    session: &Session,
    after: &Baseline,
    on_step: OnStep<'_>,
) -> Option<Difference> {
    let here: BTreeMap<String, String> =
        session.files(Side::Candidate).into_iter().map(|file| (file.path, file.digest)).collect();
    let theirs: BTreeMap<String, String> =
        after.inputs.iter().map(|input| (input.path.clone(), input.digest.clone())).collect();
    if here != theirs || sha256(project.text.as_bytes()).ok()? != after.config.digest {
        return None;
    }
    let (measured, _) = candidate::measure(project, catalog, request, None, session, on_step).ok()?;
    Some(Difference::between(after, &measured))
}
