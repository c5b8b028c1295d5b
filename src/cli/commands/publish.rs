//! `mlgate publish`, and the posting of `mlgate run --publish` after its verdict.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::no_verdict;
use super::posting::{annotate, finish, located, place, send};
use crate::bounded;
use crate::cli::exit::{NOT_POSTED, PASSED, WARNED};
use crate::cli::in_repository::in_repository;
use crate::cli::load::MOST_CONFIG;
use crate::cli::{load, template};
use crate::config::Comment;
use crate::digest::sha256;
use crate::pipeline::environment::{NO_TOKEN, token};
use crate::pipeline::failure::Failure;
use crate::pipeline::project::Project;
use crate::pipeline::request::clock;
use crate::publish::annotation::annotations;
use crate::publish::github::{ArtifactError, Content, Order, Posted};
use crate::publish::marker::CommentMode;
use crate::publish::{claim, github, marker, outputs};
use crate::report::model::Report;
use crate::report::{CommentOptions, RenderError, RenderOptions, comment, lead, title};

/// The sizes of a comment that are tried, in UTF-16 units; GitHub's limit is 65,536 characters.
const COMMENT_SIZES: [usize; 3] = [60_000, 30_000, 8_000];
/// The UTF-16 units of a job summary; GitHub's limit is a mebibyte, and a unit can have three bytes.
const SUMMARY_SIZE: usize = 300_000;
/// Maximum bytes of a report, which is read whole.
const MOST_REPORT: u64 = 256 << 20;

/// How and where to post.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct PostArguments {
    /// When to write the comment [default: the config's `comment`, else update]
    #[arg(long, value_name = "MODE")]
    comment: Option<Mode>,
    /// The key of the comment: each key has one on a pull request [default: the config's `comment.key`, else its path in
    /// the repository]
    #[arg(long, value_name = "KEY")]
    pub(super) key: Option<String>,
    /// A minijinja template for the comment and the summary, instead of mlgate's own [default: the config's
    /// `comment.template`]
    #[arg(long, value_name = "PATH")]
    template: Option<PathBuf>,
    /// Also creates a check run (not with --artifact); needs the permission `checks: write`
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "mlgate")]
    pub(super) check_run: Option<String>,
    /// Also sets a commit status (not with --artifact); needs the permission `statuses: write`
    #[arg(long, value_name = "CONTEXT", num_args = 0..=1, default_missing_value = "mlgate")]
    pub(super) status: Option<String>,
    /// The repository [default: that of the CI job]
    #[arg(long, value_name = "OWNER/NAME")]
    pub(super) repository: Option<String>,
    /// The pull request [default: that of the CI job, or the open one whose head is the commit]
    #[arg(long, value_name = "NUMBER")]
    pub(super) pull: Option<u64>,
    /// The head commit of the change [default: that of the CI job]
    #[arg(long, value_name = "SHA")]
    pub(super) commit: Option<String>,
    /// The login that the token writes as [default: asks GitHub]
    #[arg(long, value_name = "LOGIN")]
    pub(super) author: Option<String>,
    /// Exits with 5 when the gate passed but something could not be posted
    #[arg(long)]
    pub(super) require_post: bool,
}

/// The arguments of `mlgate publish`.
#[derive(Debug, Args)]
#[group(id = "source", required = true, multiple = false, args = ["report", "artifact", "ended"])]
pub(in crate::cli) struct PublishArguments {
    /// The JSON report of a run of this job
    #[arg(long, value_name = "PATH")]
    report: Option<PathBuf>,
    /// The artifact with the report of the run that this job follows (`on: workflow_run`), of a fork or not
    #[arg(long, value_name = "NAME")]
    artifact: Option<String>,
    /// The exit code of a run of this job that ended without a report: says that there is no verdict for the commit, in place of
    /// what stands there about an earlier one
    #[arg(long, value_name = "CODE")]
    ended: Option<u8>,
    /// The problems of that run, which `mlgate run --no-verdict` has written
    #[arg(long, value_name = "PATH", requires = "ended")]
    no_verdict: Option<PathBuf>,
    /// The config whose `comment` applies [default: that of the report; with --artifact, the nearest mlgate.yml from here
    /// upwards]
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Time at which the report's waivers must be valid, in RFC 3339, such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "TIME", env = "MLGATE_NOW", value_parser = crate::cli::now, hide_env_values = true)]
    now: Option<i64>,
    #[command(flatten)]
    post: PostArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
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

/// The origin of a report.
#[derive(Debug, Clone, Copy)]
enum Source<'a> {
    /// A run of this job.
    Own,
    /// Another run, in an artifact of this name.
    Artifact(&'a str),
}

/// Settings of the comment; the command line takes precedence over the config.
struct Settings {
    mode: CommentMode,
    key: Option<String>,
    /// The template, or the reason it cannot be used.
    template: Option<Result<String, String>>,
}

impl Settings {
    fn of(arguments: &PostArguments, loaded: Option<&Project>) -> Self {
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
pub(super) fn mode(arguments: &PostArguments, comment: &Comment) -> CommentMode {
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
        let problems = arguments.no_verdict.as_deref();
        return Ok(no_verdict::publish(code, problems, arguments.config.as_deref(), &arguments.post));
    }
    let now = arguments.now.unwrap_or_else(clock);
    let (report, source) = match (&arguments.report, &arguments.artifact) {
        (Some(path), _) => {
            let report = read(path, now).inspect_err(|failure| {
                no_verdict::instead(failure, arguments.config.as_deref(), &arguments.post);
            })?;
            (report, Source::Own)
        }
        (None, Some(name)) => {
            let place = place(&arguments.post).map_err(Failure::Usage)?;
            let token = token().ok_or_else(|| Failure::Usage(NO_TOKEN.to_owned()))?;
            match github::artifact(&place, &token, name, now) {
                Ok(report) => (report, Source::Artifact(name)),
                Err(missing @ ArtifactError::Missing { .. }) if place.earlier_failed => {
                    return Ok(no_verdict::of_earlier(name, &missing.to_string(), &arguments.post));
                }
                Err(error) => return Err(Failure::Environment(error.to_string())),
            }
        }
        (None, None) => return Err(Failure::Usage("give --report PATH or --artifact NAME".to_owned())),
    };
    let loaded = match (&arguments.config, source) {
        (Some(path), _) => Some(load::config(Some(path))?),
        (None, Source::Own) => config_of(&report)?,
        // The config that an untrusted report names is not used: the author of the report would choose it.
        (None, Source::Artifact(_)) => load::optional(None)?,
    };
    let posted = post(&report, source, &arguments.post, loaded.as_ref());
    Ok(if posted || !arguments.post.require_post { PASSED } else { NOT_POSTED })
}

/// Returns the exit code of a run after posting; the code of a blocking verdict is never replaced.
pub(in crate::cli) fn after_run(report: &Report, arguments: &PostArguments, loaded: &Project) -> u8 {
    let posted = post(report, Source::Own, arguments, Some(loaded));
    let harmless = matches!(report.exit_code, PASSED | WARNED);
    if !posted && arguments.require_post && harmless { NOT_POSTED } else { report.exit_code }
}

fn read(path: &Path, now: i64) -> Result<Report, Failure> {
    let failed = |why: String| Failure::Environment(format!("`{}` cannot be read: {why}", path.display()));
    let text = bounded::read_text(path, MOST_REPORT).map_err(|error| failed(error.to_string()))?;
    claim::read(&text, now).map_err(|error| failed(error.to_string()))
}

/// Posts to every surface; returns true if everything required was posted.
fn post(report: &Report, source: Source<'_>, arguments: &PostArguments, loaded: Option<&Project>) -> bool {
    let settings = Settings::of(arguments, loaded);
    let untrusted = matches!(source, Source::Artifact(_));
    // An untrusted report must not choose the comment that it replaces.
    let own_key = || match source {
        Source::Artifact(name) => name.to_owned(),
        Source::Own => key(report),
    };
    let order = Order {
        key: settings.key.unwrap_or_else(own_key),
        mode: settings.mode,
        author: arguments.author.clone(),
        // A check run or a status is the gates' own statement, and the author of the change wrote this report.
        check_run: arguments.check_run.clone().filter(|_| !untrusted),
        status: arguments.status.clone().filter(|_| !untrusted),
    };
    let candidate = &report.provenance.candidate;
    let tree = candidate.git.iter().chain(&candidate.merges).filter(|_| !untrusted).cloned().collect::<Vec<_>>();
    let place = located(arguments, &order, &tree);
    let known = place.as_ref().ok();
    let frame = CommentOptions {
        key: &order.key,
        commit: known.and_then(|place| place.commit.as_deref()),
        run_url: known.and_then(|place| place.run_url.as_deref()),
        untrusted,
        ..CommentOptions::default()
    };
    // If the template fails, the report is shown without it and the failure is reported.
    let filled = settings.template.map(|template| {
        let pages = template.and_then(|text| {
            pages(report, &CommentOptions { template: Some(&text), ..frame }).map_err(|error| detail(&error))
        });
        pages.map_err(|why| format!("{}, so mlgate's own template is used", why.trim_end()))
    });
    let templated = matches!(filled, Some(Ok(_)));
    let (pages, slip) = match filled {
        Some(Ok(pages)) => (Ok(pages), None),
        filled => (pages(report, &frame).map_err(|error| detail(&error)), filled.and_then(Result::err)),
    };
    let found = annotations(report, &in_repository);
    let printed = if untrusted { None } else { annotate(&found) };
    let (mut posted, summary) = match pages {
        Ok(Pages { bodies, summary }) => {
            let content = Content { verdict: report.verdict, title: title(report), bodies, annotations: found, tree };
            (send(place, &order, &content), summary)
        }
        Err(why) => (vec![Posted::Failed("the report", why)], lead(report, untrusted, SUMMARY_SIZE)),
    };
    // A check run or a status is the gates' own statement, and the author of the change wrote this report.
    posted.extend(printed);
    if untrusted {
        let asked = [("check run", &arguments.check_run), ("commit status", &arguments.status)];
        posted.extend(asked.into_iter().filter(|(_, name)| name.is_some()).map(|(surface, _)| {
            Posted::Left(format!(
                "no {surface} is created: the report in an artifact is the author's own claim, and a {surface} would \
                 look like the gate's own verdict"
            ))
        }));
    }
    posted.extend(slip.map(|why| Posted::Failed("the page of your template", why)));
    // A template may end inside an HTML comment or a fold, so nothing is placed below it.
    let own = lead(report, untrusted, SUMMARY_SIZE);
    let page = |notes: &str| match summary.strip_prefix(&own).filter(|_| templated) {
        Some(page) => format!("{own}{notes}{page}"),
        None => format!("{summary}{notes}"),
    };
    finish(posted, &page, &|url| outputs::lines(report, &[("comment-url", url)]))
}

/// The rendered forms of a report: a comment in decreasing sizes, and a job summary.
struct Pages {
    bodies: Vec<String>,
    summary: String,
}

fn pages(report: &Report, frame: &CommentOptions<'_>) -> Result<Pages, RenderError> {
    let page = |budget: usize, evidence: bool| {
        let render = RenderOptions { budget, evidence, ..RenderOptions::default() };
        comment(report, &CommentOptions { render, ..*frame })
    };
    let mark = marker::line(frame.key);
    let mut bodies = Vec::with_capacity(COMMENT_SIZES.len());
    for size in COMMENT_SIZES {
        match page(size.saturating_sub(mark.len() + 1), false) {
            Ok(page) => bodies.push(format!("{mark}\n{page}")),
            // The template's own text may exceed the smaller sizes.
            Err(RenderError::TooLong { .. }) if !bodies.is_empty() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Pages { bodies, summary: page(SUMMARY_SIZE, true)? })
}

/// Returns the config's path relative to the top of the repository, so that the comments of two folders do not
/// overwrite each other.
fn key(report: &Report) -> String {
    let path = &report.provenance.config.path;
    in_repository(path).unwrap_or_else(|| path.clone())
}

fn detail(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
