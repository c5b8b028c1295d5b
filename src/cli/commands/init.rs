//! `mlgate init`: inspects files and writes a config that passes on them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::{init_ci, init_find};
use crate::cli::arguments::InitArguments;
use crate::cli::exit::PASSED;
use crate::cli::shell::word;
use crate::cli::{load, output};
use crate::config::{Config, ReadAs, visible};
use crate::engine::{Engine, Profile};
use crate::gate::verdict::{Effect, Verdict};
use crate::init::survey::{FoundKind, Proposal};
use crate::init::{
    Draft, DraftBaseline, HEAD, Roles, dataset, label_of, model, name_of, regressions, reported, train_of, without,
};
use crate::pipeline::evaluate::evaluate;
use crate::pipeline::failure::Failure;
use crate::pipeline::project::Project;
use crate::pipeline::request::{BaselineChoice, Request, clock};
use crate::pipeline::session::Session;
use crate::plural::counted;
use crate::report::document::{GateResult, Report};

/// A file of metrics with the names of its numbers.
struct MetricsSource {
    name: String,
    path: String,
    metrics: Vec<String>,
    other: Option<String>,
}

/// The files of a config.
struct Sources {
    tables: Vec<ProfiledFile>,
    metrics: Vec<MetricsSource>,
    /// Reasons why files that were found are not among them.
    left_out: Vec<Failure>,
}

/// A file with its profile.
struct ProfiledFile {
    name: String,
    path: String,
    profile: Profile,
    roles: Option<Roles>,
    other: Option<DraftBaseline>,
}

/// Writes the config, and the file for CI.
pub(in crate::cli) fn init(arguments: &InitArguments) -> Result<u8, Failure> {
    let target = &arguments.config;
    let is_ci_alone = arguments.ci.is_some() && arguments.files.is_empty() && !arguments.yes;
    let is_there = target.symlink_metadata().is_ok();
    if is_there && !arguments.force && !is_ci_alone {
        return Err(Failure::Usage(format!("`{}` already exists; --force overwrites it", target.display())));
    }
    // Nothing is written if the file for CI cannot be.
    let ci = arguments.ci.as_deref().map(|name| init_ci::prepare(name, target, arguments.force)).transpose()?;
    let mut text = String::new();
    if is_ci_alone && is_there {
        if let Some(ci) = &ci {
            text.push_str(&ci.write()?);
        }
        output::print(&text)?;
        return Ok(PASSED);
    }
    let root = match target.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut sources = if arguments.files.is_empty() {
        found(&init_find::find(arguments)?, &root)?
    } else {
        let mut tables = look(&arguments.files, &root)?;
        for file in &arguments.baseline {
            pair(&mut tables, file, &root)?;
        }
        Sources { tables, metrics: Vec::new(), left_out: Vec::new() }
    };
    let (config, report) = in_folder(&root, || match drafted(target, &root, &sources) {
        // Predictions that no metric can be computed of, such as scores that are NaN, are still a table.
        Err(_) if sources.tables.iter().any(|file| file.roles.is_some()) => {
            sources.tables.iter_mut().for_each(|file| file.roles = None);
            drafted(target, &root, &sources)
        }
        found => found,
    })?;
    // The file for CI comes first: its folder may be none, or not be the user's.
    let ci = ci.map(|ci| ci.write()).transpose()?;
    output::write(target, &config)?;
    let _ = writeln!(
        text,
        "wrote {} with {}, all of which pass on these files; read it",
        visible(&target.display().to_string()),
        counted(report.gates.len() as u64, "gate")
    );
    for (model, metrics) in regressions(&report) {
        let _ = writeln!(
            text,
            "note: {} is worse than its baseline in {}; the margins accept that",
            visible(model),
            metrics.join(", ")
        );
    }
    for failure in &sources.left_out {
        let _ = writeln!(text, "left out: {}", visible(&failure.to_string()));
    }
    text.push_str(&ci.unwrap_or_default());
    text.push_str(&next(&sources, arguments));
    output::print(&text)?;
    Ok(PASSED)
}

/// Returns the next three commands.
fn next(sources: &Sources, arguments: &InitArguments) -> String {
    let config = match &arguments.config {
        path if path == Path::new("mlgate.yml") => String::new(),
        path => format!(" --config {}", word(path)),
    };
    let has_other = sources.tables.iter().any(|file| file.other.is_some())
        || sources.metrics.iter().any(|file| file.other.is_some());
    let second = if has_other {
        (format!("mlgate run --evidence{config}"), "the numbers behind each verdict")
    } else {
        (format!("mlgate bless{config}"), "stores these numbers as the baseline")
    };
    let third = match (&arguments.ci, arguments.config == Path::new("mlgate.yml")) {
        (None, true) => ("mlgate init --ci github".to_owned(), "or gitlab, jenkins: runs it on every change"),
        _ => (format!("mlgate hook install{config}"), "runs it before every push"),
    };
    let commands = [(format!("mlgate run{config}"), "checks the files"), second, third];
    let width = commands.iter().map(|(command, _)| command.chars().count()).max().unwrap_or_default();
    let line = |(command, about): &(String, &str)| format!("  {command:<width$}   # {about}\n");
    format!("next:\n{}", commands.iter().map(line).collect::<String>())
}

/// Profiles the files that were found.
fn found(proposals: &[Proposal], root: &Path) -> Result<Sources, Failure> {
    let (metrics, tables): (Vec<&Proposal>, Vec<&Proposal>) =
        proposals.iter().partition(|proposal| proposal.file.kind == FoundKind::Metrics);
    let mut sources = Sources { tables: Vec::new(), metrics: Vec::new(), left_out: Vec::new() };
    // The head of a file does not show that the rest can be read.
    let engine = engine()?;
    for proposal in tables {
        match profiled(&engine, &proposal.file.path, &sources.tables, root) {
            Ok(mut file) => {
                if let Some(Err(failure)) = proposal.baseline.as_ref().map(|other| put_beside(&mut file, other, root)) {
                    sources.left_out.push(failure);
                }
                sources.tables.push(file);
            }
            Err(failure) => sources.left_out.push(failure),
        }
    }
    if sources.tables.is_empty() && metrics.is_empty() {
        let first = sources.left_out.into_iter().next();
        return Err(first.unwrap_or_else(|| Failure::Usage("nothing was written".to_owned())));
    }
    for proposal in metrics {
        let name = free(name_of(&proposal.file.path), |name| {
            sources.tables.iter().any(|file| file.name == name) || sources.metrics.iter().any(|file| file.name == name)
        });
        sources.metrics.push(MetricsSource {
            name,
            path: relative(&proposal.file.path, root),
            metrics: proposal.file.columns.clone(),
            other: proposal.baseline.as_ref().map(|other| relative(other, root)),
        });
    }
    Ok(sources)
}

/// Runs a step with the config's folder in place: `../data.csv` is found from a folder that exists. If the step fails, no
/// new folder is left.
fn in_folder<T>(folder: &Path, step: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let new: Vec<&Path> =
        folder.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
    fs::create_dir_all(folder).map_err(|error| {
        Failure::Environment(format!("`{}` cannot be made: {error}", visible(&folder.display().to_string())))
    })?;
    step().inspect_err(|_| {
        for folder in &new {
            // A folder into which somebody wrote meanwhile stays.
            let _ = fs::remove_dir(folder);
        }
    })
}

/// Returns a config that passes on the files, and its report.
fn drafted(target: &Path, root: &Path, sources: &Sources) -> Result<(String, Report), Failure> {
    // The first draft's limits show the intervals; the second draft's limits are just outside of them.
    let (_, first) = passing(target, root, compose(sources, &Draft::default()), Keep::WhatRuns)?;
    passing(target, root, compose(sources, &Draft::new(first)), Keep::WhatPasses)
}

fn look(files: &[String], root: &Path) -> Result<Vec<ProfiledFile>, Failure> {
    let engine = engine()?;
    let mut seen: Vec<ProfiledFile> = Vec::new();
    for file in files {
        seen.push(profiled(&engine, file, &seen, root)?);
    }
    Ok(seen)
}

fn engine() -> Result<Engine, Failure> {
    Engine::new(Path::new(".")).map_err(|error| Failure::Environment(format!("the engine cannot start: {error}")))
}

/// Profiles a file, and gives it a name that none of the others has.
fn profiled(engine: &Engine, file: &str, seen: &[ProfiledFile], root: &Path) -> Result<ProfiledFile, Failure> {
    let profile = engine.profile(file, &ReadAs::default()).map_err(|error| Failure::Environment(error.0))?;
    if profile.rows == 0 {
        return Err(Failure::Environment(format!("`{file}` has no rows to learn from")));
    }
    let name = free(name_of(file), |name| seen.iter().any(|other| other.name == name));
    let roles = Roles::of(&profile);
    let profile = if roles.is_none() { with_codes(engine, file, profile)? } else { profile };
    Ok(ProfiledFile { name, path: relative(file, root), profile, roles, other: None })
}

/// Returns a name, with a number if it is taken.
fn free(name: String, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    std::iter::once(name.clone()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default()
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
    put_beside(&mut seen[at], file, root)
}

/// Puts the other side's file beside a file.
fn put_beside(seen: &mut ProfiledFile, file: &str, root: &Path) -> Result<(), Failure> {
    let engine = engine()?;
    let profile = engine.profile(file, &codes(&seen.profile)).map_err(|error| Failure::Environment(error.0))?;
    let columns = profile.columns.into_iter().map(|column| column.column).collect();
    seen.other = Some(DraftBaseline { path: relative(file, root), columns });
    Ok(())
}

fn absolute(file: &str) -> String {
    std::path::absolute(file).map_or_else(|_| file.to_owned(), |path| path.display().to_string())
}

/// Returns the path relative to the config's folder, as the config has to write it; it is absolute only where it was named
/// so, or where one of the two folders is reached over `..`.
fn relative(file: &str, root: &Path) -> String {
    if root == Path::new(".") || Path::new(file).is_absolute() || file.contains("://") {
        return file.to_owned();
    }
    match Path::new(file).strip_prefix(root) {
        Ok(inside) => return inside.display().to_string(),
        Err(_) if !root.is_absolute() => {}
        Err(_) => return absolute(file),
    }
    let (mut root, mut rest) = (root.components().peekable(), Path::new(file).components().peekable());
    while root.peek().is_some() && root.peek() == rest.peek() {
        root.next();
        rest.next();
    }
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if !root.clone().chain(rest.clone()).all(is_plain) {
        return absolute(file);
    }
    let path: PathBuf = root.map(|_| Component::ParentDir).chain(rest).collect();
    path.display().to_string()
}

fn compose(sources: &Sources, draft: &Draft) -> String {
    let mut text = HEAD.to_owned();
    let (models, data): (Vec<&ProfiledFile>, Vec<&ProfiledFile>) =
        sources.tables.iter().partition(|file| file.roles.is_some());
    if !data.is_empty() {
        text.push_str("\ndata:\n");
    }
    let tables: Vec<(&str, &Profile)> = data.iter().map(|file| (file.name.as_str(), &file.profile)).collect();
    let roles: Vec<&Roles> = models.iter().filter_map(|file| file.roles.as_ref()).collect();
    for file in data {
        let train = train_of(&file.name, &file.profile, &tables);
        let sides = (file.other.as_ref(), train, label_of(&file.profile, &roles));
        text.push_str(&dataset(&file.name, &file.path, &file.profile, sides, draft));
    }
    if !models.is_empty() || !sources.metrics.is_empty() {
        text.push_str("\nmodels:\n");
    }
    for file in models {
        if let Some(roles) = &file.roles {
            let other = file.other.as_ref().map(|other| other.path.as_str());
            text.push_str(&model(&file.name, &file.path, roles, other, draft));
        }
    }
    for file in &sources.metrics {
        text.push_str(&reported(&file.name, &file.path, &file.metrics, file.other.as_deref(), draft));
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
    let request =
        Request { only: Vec::new(), now: clock(), threads: None, list_flips: None, plots: false, guard: None };
    let mut session = Session::open(&project, request.threads)?;
    evaluate(&project, &catalog, &request, BaselineChoice::Configured, &mut session, &|_| {}).map(|run| run.report)
}
