//! `mlgate publish`, and the posting of `mlgate run --publish` after its verdict.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum};

use super::no_verdict;
use crate::bounded;
use crate::cli::exit::{NOT_POSTED, PASSED, WARNED};
use crate::cli::in_repository::in_repository;
use crate::cli::load::MOST_CONFIG;
use crate::cli::post::{Outputs, Posting, comment_sizes, deliver, find, located, rest};
use crate::cli::{identity, load, several, template};
use crate::config::CommentConfig;
use crate::digest::sha256;
use crate::pipeline::environment::token;
use crate::pipeline::failure::Failure;
use crate::pipeline::project::Project;
use crate::pipeline::request::clock;
use crate::publish::annotation::annotations;
use crate::publish::claim;
use crate::publish::forge::{self, Content};
use crate::publish::github::{self, ArtifactError};
use crate::publish::marker::{self, CommentMode};
use crate::publish::outputs::Numbers;
use crate::publish::part::{Part, Standing};
use crate::report::model::{Report, RunRecord};
use crate::report::{CommentOptions, RenderError, RenderOptions, comment, lead, title};

/// The sizes of a job summary that are tried, in UTF-16 units; GitHub's limit is a mebibyte, and a unit can have three bytes.
pub(in crate::cli) const SUMMARY_SIZES: [usize; 4] = [300_000, 100_000, 30_000, 8_000];
/// The units that are left for the marks above a page.
const MARKS: usize = 1_000;
/// Maximum bytes of a report, which is read whole.
const MOST_REPORT: u64 = 256 << 20;

/// Arguments of posting.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct PostArguments {
    /// When to write the comment [default: the config's `comment`, else update]
    #[arg(long, value_name = "MODE")]
    pub(in crate::cli) comment: Option<Mode>,
    /// The key of the comment: each key has one on a pull request [default: the config's `comment.key`, else its path in
    /// the repository]
    #[arg(long, value_name = "KEY")]
    pub(in crate::cli) key: Option<String>,
    /// A minijinja template for the comment and the summary, instead of mlgate's own [default: the config's
    /// `comment.template`]
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) template: Option<PathBuf>,
    /// Also creates a check run (not with --artifact); needs the permission `checks: write` [default name: mlgate/KEY]
    #[arg(long, value_name = "NAME", num_args = 0..=1)]
    pub(in crate::cli) check_run: Option<Option<String>>,
    /// Also sets a commit status (not with --artifact); needs the permission `statuses: write` [default context: mlgate/KEY]
    #[arg(long, value_name = "CONTEXT", num_args = 0..=1)]
    pub(in crate::cli) status: Option<Option<String>>,
    /// The forge, such as github or gitlab [default: that of the CI job or of its change's page]
    #[arg(long, value_name = "FORGE", value_parser = forge_name)]
    pub(in crate::cli) forge: Option<String>,
    /// The repository [default: that of the CI job]
    #[arg(long, value_name = "OWNER/NAME")]
    pub(in crate::cli) repository: Option<String>,
    /// The pull request [default: that of the CI job, or the open one whose head is the commit]
    #[arg(long, value_name = "NUMBER")]
    pub(in crate::cli) pull: Option<u64>,
    /// The head commit of the change [default: that of the CI job]
    #[arg(long, value_name = "SHA")]
    pub(in crate::cli) commit: Option<String>,
    /// The login that the token writes as [default: asks the forge]
    #[arg(long, value_name = "LOGIN")]
    pub(in crate::cli) author: Option<String>,
    /// Exits with 5 when the gate passed but something could not be posted
    #[arg(long)]
    pub(in crate::cli) require_post: bool,
}

/// The arguments of `mlgate publish`.
#[derive(Debug, Args)]
#[group(id = "source", required = true, multiple = false, args = ["report", "artifact", "ended"])]
pub(in crate::cli) struct PublishArguments {
    /// The JSON report of a run of this job
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) report: Vec<PathBuf>,
    /// The artifact with the report of the run that this job follows (`on: workflow_run`), of a fork or not
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) artifact: Vec<String>,
    /// A report that must exist, by its key, its job, its config or its file; can be repeated. One that is absent, of
    /// another commit, without a verdict or with fewer gates than before ends with 4, a failed one with 1
    #[arg(long, value_name = "NAME", conflicts_with = "ended")]
    pub(in crate::cli) expect: Vec<String>,
    /// The base branch's report, or a glob of several: a report of the same name must have all of its gates
    #[arg(long, value_name = "PATH", conflicts_with = "ended")]
    pub(in crate::cli) base: Vec<PathBuf>,
    /// An earlier report, or a glob of several, that stands in for an expected one whose model this change does not touch
    #[arg(long, value_name = "PATH", requires = "expect")]
    pub(in crate::cli) carry_over: Vec<PathBuf>,
    /// The exit code of a run of this job that ended without a report: says that there is no verdict for the commit, in place of
    /// what stands there about an earlier one
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) ended: Option<u8>,
    /// The problems of that run, which `mlgate run --no-verdict` has written
    #[arg(long, value_name = "PATH", requires = "ended")]
    pub(in crate::cli) no_verdict: Option<PathBuf>,
    /// An `--only` of that run
    #[arg(long, value_name = "GLOB", requires = "ended")]
    pub(in crate::cli) only: Vec<String>,
    /// The `--baseline` of that run
    #[arg(long, value_name = "PATH", requires = "ended")]
    pub(in crate::cli) baseline: Option<PathBuf>,
    /// The config whose `comment` applies [default: that of the report; with --artifact, the nearest mlgate.yml from here
    /// upwards]
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// Time at which the report's waivers must be valid, in RFC 3339, such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "TIME", env = "MLGATE_NOW", value_parser = crate::cli::now, hide_env_values = true)]
    pub(in crate::cli) now: Option<i64>,
    #[command(flatten)]
    pub(in crate::cli) post: PostArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Mode {
    /// One comment for each key, changed in place
    Update,
    /// A new comment each time; the old one is deleted
    Recreate,
    /// Like update, but only once something has failed
    OnFailure,
    /// No comment
    Off,
}

impl From<Mode> for CommentMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Update => Self::Update,
            Mode::Recreate => Self::Recreate,
            Mode::OnFailure => Self::OnFailure,
            Mode::Off => Self::Off,
        }
    }
}

/// Parses the name of a forge.
fn forge_name(text: &str) -> Result<String, String> {
    let known = || forge::FORGES.map(|kind| kind.name.to_ascii_lowercase()).join(", ");
    forge::named(text)
        .map(|kind| kind.name.to_owned())
        .ok_or_else(|| format!("not a known forge; known are {}", known()))
}

/// Settings of the comment; the command line takes precedence over the config.
pub(in crate::cli) struct PostSettings {
    pub(in crate::cli) mode: CommentMode,
    /// The key of the comment.
    pub(in crate::cli) key: Option<String>,
    /// The template, or the reason it cannot be used.
    pub(in crate::cli) template: Option<Result<String, String>>,
}

impl PostSettings {
    pub(in crate::cli) fn of(arguments: &PostArguments, loaded: Option<&Project>) -> Self {
        let comment = loaded.map(|loaded| loaded.config.comment.clone()).unwrap_or_default();
        let mode = mode(arguments, &comment);
        let template = match (&arguments.template, loaded, comment.template) {
            (Some(path), ..) => Some(template::of_command(path)),
            (None, Some(loaded), Some(path)) => Some(template::of_config(&loaded.root, &path.value)),
            _ => None,
        };
        Self { mode, key: arguments.key.clone().or(comment.key.map(|key| key.value)), template }
    }
}

/// Returns the mode of writing the comment.
pub(in crate::cli) fn mode(arguments: &PostArguments, comment: &CommentConfig) -> CommentMode {
    let of_config = comment.mode.as_ref().and_then(|mode| Mode::from_str(&mode.value, false).ok());
    arguments.comment.or(of_config).unwrap_or(Mode::Update).into()
}

/// Returns the config of a report, if it is unchanged.
fn config_of(report: &Report) -> Result<Option<Project>, Failure> {
    let config = &report.provenance.config;
    let Ok(bytes) = bounded::read(Path::new(&config.path), MOST_CONFIG) else { return Ok(None) };
    let is_same = sha256(bytes.as_slice()).is_ok_and(|digest| digest == config.digest);
    if is_same { load::config(Some(Path::new(&config.path))).map(Some) } else { Ok(None) }
}

/// Posts an existing report.
pub(in crate::cli) fn publish(arguments: &PublishArguments) -> Result<u8, Failure> {
    if let Some(code) = arguments.ended {
        return Ok(no_verdict::publish(code, arguments));
    }
    let now = arguments.now.unwrap_or_else(clock);
    let is_one = arguments.expect.is_empty() && arguments.base.is_empty();
    match (arguments.report.as_slice(), arguments.artifact.as_slice()) {
        ([path], _) if is_one && !several::is_glob(&path.display().to_string()) => {
            let report = read(path, now).inspect_err(|failure| no_verdict::instead(failure, arguments))?;
            let loaded = match &arguments.config {
                Some(path) => Some(load::config(Some(path))?),
                None => config_of(&report)?,
            };
            let posted = post(&report, None, &arguments.post, loaded.as_ref());
            Ok(code(PASSED, posted, &arguments.post))
        }
        (_, [name]) if is_one && !several::is_glob(name) => claimed(name, now, arguments),
        (reports, _) => several::publish(arguments, now).inspect_err(|failure| {
            if !reports.is_empty() {
                no_verdict::instead(failure, arguments);
            }
        }),
    }
}

/// Posts the report in an artifact of another run.
fn claimed(name: &str, now: i64, arguments: &PublishArguments) -> Result<u8, Failure> {
    // The config that an untrusted report names is not used: the author of the report would choose it.
    let loaded = match &arguments.config {
        Some(path) => Some(load::config(Some(path))?),
        None => load::optional(None)?,
    };
    let place = find(&arguments.post).map_err(Failure::Usage)?;
    let token = token(place.forge).ok_or_else(|| Failure::Usage(place.forge.no_token.to_owned()))?;
    let start = forge::start();
    let found = github::artifacts(&place, &token, &[name.to_owned()], now);
    let found = found.map_err(|error| Failure::Environment(error.to_string()))?;
    let posted = match found.into_iter().next() {
        Some((_, Ok(report))) => post(&report, Some((name, start)), &arguments.post, loaded.as_ref()),
        Some((_, Err(missing @ ArtifactError::Missing { .. }))) if place.has_failed_before() => {
            no_verdict::of_earlier(name, &missing.to_string(), &arguments.post, loaded.as_ref())
        }
        Some((_, Err(error))) => return Err(Failure::Environment(error.to_string())),
        None => return Err(Failure::Environment(format!("there is no artifact `{name}`"))),
    };
    Ok(code(PASSED, posted, &arguments.post))
}

/// Returns the exit code after posting; the code of a blocking verdict is never replaced.
pub(in crate::cli) fn code(verdict: u8, posted: bool, arguments: &PostArguments) -> u8 {
    let is_harmless = matches!(verdict, PASSED | WARNED);
    if !posted && arguments.require_post && is_harmless { NOT_POSTED } else { verdict }
}

/// Records the arguments and the job of a run in its report.
pub(in crate::cli) fn record(report: &mut Report, run: RunRecord, arguments: &PostArguments, loaded: &Project) {
    let key = PostSettings::of(arguments, Some(loaded)).key;
    let commit = find(arguments).ok().and_then(|place| place.commit);
    identity::record(report, RunRecord { key, ..run }, commit);
}

/// Returns the exit code of a run after posting; the code of a blocking verdict is never replaced.
pub(in crate::cli) fn after_run(report: &Report, arguments: &PostArguments, loaded: &Project) -> u8 {
    code(report.exit_code, post(report, None, arguments, Some(loaded)), arguments)
}

/// Reads a report and checks it.
fn read(path: &Path, now: i64) -> Result<Report, Failure> {
    Ok(read_guarded(path, now)?.0)
}

/// Reads a report and checks it, and returns the gates as well that its guard found to be removed.
pub(in crate::cli) fn read_guarded(path: &Path, now: i64) -> Result<(Report, Vec<String>), Failure> {
    let failed = |why: String| Failure::Environment(format!("`{}` cannot be read: {why}", path.display()));
    let text = bounded::read_text(path, MOST_REPORT).map_err(|error| failed(error.to_string()))?;
    let report = claim::read(&text, now).map_err(|error| failed(error.to_string()))?;
    Ok((report, claim::removed(&text)))
}

/// Posts to every surface; returns true if everything required was posted.
fn post(report: &Report, claim: Option<(&str, Instant)>, arguments: &PostArguments, loaded: Option<&Project>) -> bool {
    let settings = PostSettings::of(arguments, loaded);
    let untrusted = claim.is_some();
    // An untrusted report must not choose the comment that it replaces.
    // An untrusted report must not choose the comment that it replaces.
    let own = || match claim {
        Some((name, _)) => name.to_owned(),
        None => identity::key(report),
    };
    let key = settings.key.unwrap_or_else(own);
    let tree = if untrusted { Vec::new() } else { tree(report) };
    let located = located(arguments, settings.mode, &tree);
    let known = located.place.as_ref().ok();
    let frame = CommentOptions {
        key: &key,
        commit: known.and_then(|place| place.commit.as_deref()),
        run_url: known.and_then(|place| place.run_url.as_deref()),
        rest: rest(known),
        untrusted,
        ..CommentOptions::default()
    };
    let sizes: Vec<usize> = comment_sizes(known).collect();
    // If the template fails, the report is shown without it and the failure is reported.
    let filled = settings.template.map(|template| {
        let pages = template.and_then(|text| {
            pages(report, &sizes, &CommentOptions { template: Some(&text), ..frame }).map_err(|error| detail(&error))
        });
        pages.map_err(|why| format!("{}, so mlgate's own template is used", why.trim_end()))
    });
    let templated = matches!(filled, Some(Ok(_)));
    let (filled, slip) = match filled {
        Some(Ok(pages)) => (Ok(pages), None),
        filled => (pages(report, &sizes, &frame).map_err(|error| detail(&error)), filled.and_then(Result::err)),
    };
    let own_lead = lead(report, untrusted, SUMMARY_SIZES[SUMMARY_SIZES.len() - 1]);
    let (Pages { bodies, summaries }, unshown) = match filled {
        Ok(pages) => (pages, None),
        Err(why) => (Pages { bodies: Vec::new(), summaries: vec![own_lead.clone()] }, Some(why)),
    };
    let part: Part = match claim {
        Some((name, _)) => identity::of_names(&[name.to_owned()], Standing::from(report.verdict), title(report), known),
        None => identity::of_report(report, known),
    };
    let posting = Posting {
        part,
        content: Content {
            verdict: report.verdict,
            title: title(report),
            bodies,
            annotations: annotations(report, &in_repository),
            tree,
            started: claim.map(|(_, start)| start),
        },
        summaries,
        lead: templated.then_some(own_lead),
        outputs: Outputs::Numbers(Numbers::of(report)),
        is_claim: untrusted,
        slip,
        unshown,
        key,
    };
    deliver(posting, settings.mode, arguments, located)
}

/// Returns the checked-out commit of a report, followed by the commits that it merges; empty if none is known.
pub(in crate::cli) fn tree(report: &Report) -> Vec<String> {
    let candidate = &report.provenance.candidate;
    candidate.git.iter().chain(&candidate.merges).cloned().collect()
}

/// The rendered forms of a report: a comment and a job summary in decreasing sizes.
pub(in crate::cli) struct Pages {
    pub(in crate::cli) bodies: Vec<String>,
    pub(in crate::cli) summaries: Vec<String>,
}

/// Renders a report for a change, as comments of these sizes.
pub(in crate::cli) fn pages(
    report: &Report,
    comment_sizes: &[usize],
    frame: &CommentOptions<'_>,
) -> Result<Pages, RenderError> {
    let marks = marker::line(frame.key).len() + MARKS;
    let in_sizes = |sizes: &[usize], evidence: bool, taken: usize| {
        let mut pages = Vec::with_capacity(sizes.len());
        for size in sizes {
            let render = RenderOptions { budget: size.saturating_sub(taken), evidence, ..RenderOptions::default() };
            match comment(report, &CommentOptions { render, ..*frame }) {
                Ok(page) => pages.push(page),
                // The template's own text may exceed the smaller sizes.
                Err(RenderError::TooLong { .. }) if !pages.is_empty() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(pages)
    };
    Ok(Pages { bodies: in_sizes(comment_sizes, false, marks)?, summaries: in_sizes(&SUMMARY_SIZES, true, 0)? })
}

/// Returns an error with its causes.
pub(in crate::cli) fn detail(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
