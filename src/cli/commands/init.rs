//! `mlgate init`: inspects files and writes a config that passes on them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cli::exit::PASSED;
use crate::cli::{InitArguments, load, output};
use crate::config::{Config, ReadAs};
use crate::engine::{Engine, Profile};
use crate::gate::verdict::{Effect, Verdict};
use crate::init::{Draft, DraftBaseline, HEAD, Roles, dataset, model, name_of, train_of, without};
use crate::pipeline::evaluate::evaluate;
use crate::pipeline::failure::Failure;
use crate::pipeline::project::Project;
use crate::pipeline::request::{BaselineChoice, Request, clock};
use crate::pipeline::session::Session;
use crate::report::model::{GateResult, Report};

/// A file with its profile.
struct ProfiledFile {
    name: String,
    path: String,
    profile: Profile,
    roles: Option<Roles>,
    other: Option<DraftBaseline>,
}

/// Writes the config.
pub(in crate::cli) fn init(arguments: &InitArguments) -> Result<u8, Failure> {
    let target = &arguments.config;
    if target.exists() && !arguments.force {
        return Err(Failure::Usage(format!("`{}` already exists; --force overwrites it", target.display())));
    }
    let root = match target.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut seen = look(&arguments.files, &root)?;
    for file in &arguments.baseline {
        pair(&mut seen, file, &root)?;
    }
    let (text, report) = match drafted(target, &root, &seen) {
        // Predictions that no metric can be computed of, such as scores that are NaN, are still a table.
        Err(_) if seen.iter().any(|file| file.roles.is_some()) => {
            seen.iter_mut().for_each(|file| file.roles = None);
            drafted(target, &root, &seen)?
        }
        found => found?,
    };
    output::write(target, &text)?;
    let config =
        if target == Path::new("mlgate.yml") { String::new() } else { format!(" --config {}", target.display()) };
    output::print(&format!(
        "wrote {} with {} gates, all of which pass on these files\nread it, then run `mlgate run{config}`\n",
        target.display(),
        report.gates.len()
    ))?;
    Ok(PASSED)
}

/// Returns a config that passes on the files, and its report.
fn drafted(target: &Path, root: &Path, seen: &[ProfiledFile]) -> Result<(String, Report), Failure> {
    // The first draft's limits show the intervals; the second draft's limits are just outside of them.
    let (_, first) = passing(target, root, compose(seen, &Draft::default()), Keep::WhatRuns)?;
    passing(target, root, compose(seen, &Draft::new(first)), Keep::WhatPasses)
}

fn look(files: &[String], root: &Path) -> Result<Vec<ProfiledFile>, Failure> {
    let engine = Engine::new(Path::new("."))
        .map_err(|error| Failure::Environment(format!("the engine cannot start: {error}")))?;
    let mut seen: Vec<ProfiledFile> = Vec::new();
    for file in files {
        let profile = engine.profile(file, &ReadAs::default()).map_err(|error| Failure::Environment(error.0))?;
        if profile.rows == 0 {
            return Err(Failure::Environment(format!("`{file}` has no rows to learn from")));
        }
        let mut name = name_of(file);
        let base = name.clone();
        let taken = |name: &String| seen.iter().any(|other| other.name == *name);
        let mut count = 1;
        while taken(&name) {
            count += 1;
            name = format!("{base}_{count}");
        }
        let roles = Roles::of(&profile);
        let profile = if roles.is_none() { with_codes(&engine, file, profile)? } else { profile };
        seen.push(ProfiledFile { name, path: relative(file, root), profile, roles, other: None });
    }
    Ok(seen)
}

/// Returns the columns of codes such as 02134, which are text: as numbers they would lose their leading zeros.
fn codes(profile: &Profile) -> ReadAs {
    let padded = profile.columns.iter().filter(|column| column.padded.is_some());
    ReadAs::text(padded.map(|column| column.column.name.clone()))
}

/// Returns the profile of a file whose codes are read as text.
fn with_codes(engine: &Engine, file: &str, profile: Profile) -> Result<Profile, Failure> {
    let read_as = codes(&profile);
    if read_as.types.is_empty() {
        return Ok(profile);
    }
    let mut read = engine.profile(file, &read_as).map_err(|error| Failure::Environment(error.0))?;
    for (column, before) in read.columns.iter_mut().zip(profile.columns) {
        column.padded = before.padded;
    }
    Ok(read)
}

/// Assigns a baseline's file to the file of the same name, or to the only one.
fn pair(seen: &mut [ProfiledFile], file: &str, root: &Path) -> Result<(), Failure> {
    let name = name_of(file);
    let at = match seen.iter().position(|other| name_of(&other.path) == name) {
        Some(at) => at,
        None if seen.len() == 1 => 0,
        None => {
            return Err(Failure::Usage(format!(
                "--baseline {file}: no other file is named `{name}`, so the file that it belongs to is not known"
            )));
        }
    };
    if seen[at].other.is_some() {
        return Err(Failure::Usage(format!("--baseline {file}: `{}` has a baseline already", seen[at].path)));
    }
    let engine = Engine::new(Path::new("."))
        .map_err(|error| Failure::Environment(format!("the engine cannot start: {error}")))?;
    let profile = engine.profile(file, &codes(&seen[at].profile)).map_err(|error| Failure::Environment(error.0))?;
    let columns = profile.columns.into_iter().map(|column| column.column).collect();
    seen[at].other = Some(DraftBaseline { path: relative(file, root), columns });
    Ok(())
}

/// Returns the path relative to the config's folder, as the config has to write it.
fn relative(file: &str, root: &Path) -> String {
    if root == Path::new(".") || Path::new(file).is_absolute() || file.contains("://") {
        return file.to_owned();
    }
    match Path::new(file).strip_prefix(root) {
        Ok(inside) => inside.display().to_string(),
        Err(_) => std::path::absolute(file).map_or_else(|_| file.to_owned(), |path| path.display().to_string()),
    }
}

fn compose(seen: &[ProfiledFile], draft: &Draft) -> String {
    let mut text = HEAD.to_owned();
    let (models, data): (Vec<&ProfiledFile>, Vec<&ProfiledFile>) = seen.iter().partition(|file| file.roles.is_some());
    if !data.is_empty() {
        text.push_str("\ndata:\n");
    }
    let tables: Vec<(&str, &Profile)> = data.iter().map(|file| (file.name.as_str(), &file.profile)).collect();
    for file in data {
        let sides = (file.other.as_ref(), train_of(&file.name, &file.profile, &tables));
        text.push_str(&dataset(&file.name, &file.path, &file.profile, sides, draft));
    }
    if !models.is_empty() {
        text.push_str("\nmodels:\n");
    }
    for file in models {
        if let Some(roles) = &file.roles {
            let other = file.other.as_ref().map(|other| other.path.as_str());
            text.push_str(&model(&file.name, &file.path, roles, other, draft));
        }
    }
    text
}

/// The lines of a draft that are kept.
#[derive(Clone, Copy, PartialEq)]
enum Keep {
    /// Lines that can be evaluated.
    WhatRuns,
    /// Lines that pass.
    WhatPasses,
}

/// Maximum number of rounds of removing lines: a removed line may uncover the problem of another.
const MOST_TRIES: usize = 6;

/// Returns the draft with its failing lines as comments, each with the reason, and its report.
///
/// An odd column costs its own line, and never the whole config.
fn passing(target: &Path, root: &Path, mut text: String, keep: Keep) -> Result<(String, Report), Failure> {
    let mut tries = 0;
    loop {
        let evaluated = judged(target, root, text.clone());
        let (lines, failure) = match evaluated {
            Ok(report) if report.gates.is_empty() || (keep == Keep::WhatPasses && report.exit_code == PASSED) => {
                return Ok((text, report));
            }
            Ok(report) => {
                let blocking = report.gates.iter().filter(|gate| gate.effect == Effect::Blocks);
                let stays = |gate: &&GateResult| keep == Keep::WhatRuns && gate.verdict != Verdict::Error;
                let blocking: Vec<&GateResult> = blocking.filter(|gate| !stays(gate)).collect();
                let Some(first) = blocking.first() else { return Ok((text, report)) };
                let why = format!("no config was found that passes on these files: {}: {}", first.id, first.message);
                (lines_of(&blocking), Failure::Environment(why))
            }
            Err(Failure::Text { name, text, problems }) => {
                let line = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count() + 1;
                let lines =
                    problems.iter().map(|problem| (line(problem.span.start), problem.message.clone())).collect();
                (lines, Failure::Text { name, text, problems })
            }
            Err(failure) => return Err(failure),
        };
        tries += 1;
        text = without(&text, &lines).filter(|_| tries < MOST_TRIES).ok_or(failure)?;
    }
}

fn lines_of(blocking: &[&GateResult]) -> BTreeMap<usize, String> {
    let line = |gate: &&GateResult| Some((usize::try_from(gate.at.line).ok()?, gate.message.clone()));
    blocking.iter().filter_map(line).collect()
}

fn judged(target: &Path, root: &Path, text: String) -> Result<Report, Failure> {
    let name = target.display().to_string();
    let config =
        Config::parse(&text).map_err(|problems| Failure::Text { name: name.clone(), text: text.clone(), problems })?;
    let project =
        Project { name, root: root.to_owned(), text, config, policies: Vec::new(), baseline: None, source: None };
    let catalog = load::catalog(None)?;
    let request = Request { only: Vec::new(), now: clock(), threads: None, list_flips: None, guard: None };
    let mut session = Session::open(&project, request.threads)?;
    evaluate(&project, &catalog, &request, BaselineChoice::Configured, &mut session, &|_| {}).map(|run| run.report)
}
