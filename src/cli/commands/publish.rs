//! `mlgate publish`, and the posting of `mlgate run --publish` after its verdict.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use clap::{Args, ValueEnum};

use crate::bounded;
use crate::cli::exit::{NOT_POSTED, PASSED, WARNED};
use crate::cli::load::MOST_CONFIG;
use crate::cli::{load, output, template};
use crate::digest::sha256;
use crate::pipeline::environment::{NO_TOKEN, token, variable};
use crate::pipeline::failure::Failure;
use crate::pipeline::project::Project;
use crate::pipeline::request::clock;
use crate::publish::annotation::{Annotation, annotations, commands};
use crate::publish::github::place::{Place, Wanted};
use crate::publish::github::{Commented, Content, Order, Posted, place};
use crate::publish::marker::CommentMode;
use crate::publish::{claim, github, marker, outputs};
use crate::report::model::Report;
use crate::report::{CommentOptions, RenderError, RenderOptions, comment, lead, safe, title};

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
    key: Option<String>,
    /// A minijinja template for the comment and the summary, instead of mlgate's own [default: the config's
    /// `comment.template`]
    #[arg(long, value_name = "PATH")]
    template: Option<PathBuf>,
    /// Creates a check run besides, but not of an artifact; needs the permission `checks: write`
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "mlgate")]
    check_run: Option<String>,
    /// Sets a commit status besides, but not of an artifact; needs the permission `statuses: write`
    #[arg(long, value_name = "CONTEXT", num_args = 0..=1, default_missing_value = "mlgate")]
    status: Option<String>,
    /// The repository [default: what the CI says]
    #[arg(long, value_name = "OWNER/NAME")]
    repository: Option<String>,
    /// The pull request [default: what the CI says, or the open one whose head is the commit]
    #[arg(long, value_name = "NUMBER")]
    pull: Option<u64>,
    /// The head of the change [default: what the CI says]
    #[arg(long, value_name = "SHA")]
    commit: Option<String>,
    /// The login that the token writes under [default: GitHub is asked]
    #[arg(long, value_name = "LOGIN")]
    author: Option<String>,
    /// Exits with 5 when the gate passed but something could not be posted
    #[arg(long)]
    require_post: bool,
}

/// The arguments of `mlgate publish`.
#[derive(Debug, Args)]
#[group(id = "source", required = true, multiple = false, args = ["report", "artifact"])]
pub(in crate::cli) struct PublishArguments {
    /// The JSON report of a run of this job
    #[arg(long, value_name = "PATH")]
    report: Option<PathBuf>,
    /// The artifact with the report of the run that this job follows (`on: workflow_run`), of a fork or not
    #[arg(long, value_name = "NAME")]
    artifact: Option<String>,
    /// The config whose `comment` counts [default: that of the report; with --artifact, the nearest mlgate.yml from here
    /// upwards]
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Time at which the report's waivers have to hold, in RFC 3339, such as 2026-01-31T12:00:00Z [default: the clock]
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
    /// As update, but nothing is written before something fails
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
    mode: Mode,
    key: Option<String>,
    /// The template, or the reason it cannot be used.
    template: Option<Result<String, String>>,
}

impl Settings {
    fn of(arguments: &PostArguments, loaded: Option<&Project>) -> Self {
        let comment = loaded.map(|loaded| loaded.config.comment.clone()).unwrap_or_default();
        let mode = comment.mode.and_then(|mode| Mode::from_str(&mode.value, false).ok());
        let template = match (&arguments.template, loaded, comment.template) {
            (Some(path), ..) => Some(template::of_command(path)),
            (None, Some(loaded), Some(path)) => Some(template::of_config(&loaded.root, &path.value)),
            _ => None,
        };
        Self {
            mode: arguments.comment.or(mode).unwrap_or(Mode::Update),
            key: arguments.key.clone().or(comment.key.map(|key| key.value)),
            template,
        }
    }
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
    let now = arguments.now.unwrap_or_else(clock);
    let (report, source) = match (&arguments.report, &arguments.artifact) {
        (Some(path), _) => (read(path, now)?, Source::Own),
        (None, Some(name)) => {
            let place = place(&arguments.post).map_err(Failure::Usage)?;
            let token = token().ok_or_else(|| Failure::Usage(NO_TOKEN.to_owned()))?;
            let report =
                github::artifact(&place, &token, name, now).map_err(|error| Failure::Environment(error.to_string()))?;
            (report, Source::Artifact(name))
        }
        (None, None) => return Err(Failure::Usage("say --report PATH or --artifact NAME".to_owned())),
    };
    let loaded = match (&arguments.config, source) {
        (Some(path), _) => Some(load::config(Some(path))?),
        (None, Source::Own) => config_of(&report)?,
        // The config that an untrusted report names is not used: the author of the report would choose it.
        (None, Source::Artifact(_)) => load::optional(None)?,
    };
    let posted = post(&report, source, &arguments.post, loaded.as_ref())?;
    Ok(if posted || !arguments.post.require_post { PASSED } else { NOT_POSTED })
}

/// Returns the exit code of a run after posting; the code of a blocking verdict is never replaced.
pub(in crate::cli) fn after_run(report: &Report, arguments: &PostArguments, loaded: &Project) -> Result<u8, Failure> {
    let posted = post(report, Source::Own, arguments, Some(loaded))?;
    let harmless = matches!(report.exit_code, PASSED | WARNED);
    Ok(if !posted && arguments.require_post && harmless { NOT_POSTED } else { report.exit_code })
}

fn read(path: &Path, now: i64) -> Result<Report, Failure> {
    let failed = |why: String| Failure::Environment(format!("`{}` cannot be read: {why}", path.display()));
    let text = bounded::read_text(path, MOST_REPORT).map_err(|error| failed(error.to_string()))?;
    claim::read(&text, now).map_err(|error| failed(error.to_string()))
}

/// Posts to every surface; returns true if everything required was posted.
fn post(
    report: &Report,
    source: Source<'_>,
    arguments: &PostArguments,
    loaded: Option<&Project>,
) -> Result<bool, Failure> {
    let settings = Settings::of(arguments, loaded);
    let untrusted = matches!(source, Source::Artifact(_));
    // An untrusted report must not choose the comment that it replaces.
    let own = || match source {
        Source::Artifact(name) => name.to_owned(),
        Source::Own => key(report),
    };
    let key = settings.key.unwrap_or_else(own);
    let place = place(arguments);
    let known = place.as_ref().ok();
    let frame = CommentOptions {
        key: &key,
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
        pages.map_err(|why| format!("{}, so mlgate's own stands in for it", why.trim_end()))
    });
    let templated = matches!(filled, Some(Ok(_)));
    let (Pages { bodies, summary }, slip) = match filled {
        Some(Ok(pages)) => (pages, None),
        filled => {
            let own = pages(report, &frame).map_err(|error| Failure::Environment(detail(&error)))?;
            (own, filled.and_then(Result::err))
        }
    };

    let found = found(report);
    if !untrusted && env::var_os("GITHUB_ACTIONS").is_some() {
        output::print_commands(&commands(&found))?;
    }
    let content = Content { verdict: report.verdict, title: title(report), bodies, annotations: found };
    let order = Order {
        key,
        mode: settings.mode.into(),
        author: arguments.author.clone(),
        // A check run or a status is the gates' own statement, and the author of the change wrote this report.
        check_run: arguments.check_run.clone().filter(|_| !untrusted),
        status: arguments.status.clone().filter(|_| !untrusted),
    };
    let mut posted = send(place, &order, &content);
    if untrusted {
        let asked = [("check run", &arguments.check_run), ("commit status", &arguments.status)];
        posted.extend(asked.into_iter().filter(|(_, name)| name.is_some()).map(|(surface, _)| {
            Posted::Left(format!(
                "there is no {surface}: the report in an artifact is the claim of whoever wrote the change, and a {surface} would \
                 pass for the gate's own verdict"
            ))
        }));
    }
    posted.extend(slip.map(|why| Posted::Failed("the page of your template", why)));
    let said: Vec<String> = posted.iter().map(say).collect();
    for line in &said {
        output::complain(&format!("mlgate: {line}\n"));
    }
    let notes: String = posted.iter().zip(&said).map(|(posted, line)| note(posted, line)).collect();
    // A template may end inside an HTML comment or a fold, so nothing is placed below it.
    let own = lead(report, untrusted, SUMMARY_SIZE);
    let summary = match summary.strip_prefix(&own).filter(|_| templated) {
        Some(page) => format!("{own}{notes}{page}"),
        None => format!("{summary}{notes}"),
    };
    append("GITHUB_STEP_SUMMARY", &summary)?;
    let url = posted.iter().find_map(url).unwrap_or_default();
    append("GITHUB_OUTPUT", &outputs::lines(report, &[("comment-url", &url)]))?;
    Ok(!posted.iter().any(|posted| matches!(posted, Posted::Failed(..))))
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

/// Returns the job summary's note on a surface that was not posted to.
fn note(posted: &Posted, line: &str) -> String {
    match posted {
        Posted::Failed(..) => format!("\n> **Not posted:** {}\n", safe::prose(line, false)),
        Posted::Left(_) => format!("\n> {}\n", safe::prose(line, false)),
        Posted::Comment(..) | Posted::Done(_) => String::new(),
    }
}

fn send(place: Result<Place, String>, order: &Order, content: &Content) -> Vec<Posted> {
    if order.mode == CommentMode::Off && order.check_run.is_none() && order.status.is_none() {
        return Vec::new();
    }
    match (place, token()) {
        (Err(why), _) => vec![Posted::Failed("the report", why)],
        (Ok(Place { read_only: Some(why), .. }), None) => {
            vec![Posted::Left(format!("nothing is posted from here: {why}"))]
        }
        (Ok(_), None) => vec![Posted::Failed("the report", NO_TOKEN.to_owned())],
        (Ok(place), Some(token)) => github::post(&place, &token, order, content),
    }
}

fn say(posted: &Posted) -> String {
    match posted {
        Posted::Comment(pull, Commented::Created(url)) => {
            format!("wrote a comment on pull request {pull} {}", safe::terminal(url))
        }
        Posted::Comment(pull, Commented::Updated(url)) => {
            format!("updated the comment on pull request {pull} {}", safe::terminal(url))
        }
        Posted::Comment(pull, Commented::Unchanged(_)) => {
            format!("the comment on pull request {pull} says the same already")
        }
        Posted::Comment(pull, Commented::NotNeeded) => {
            format!("nothing failed, so pull request {pull} needs no comment")
        }
        Posted::Done(what) => format!("posted {what}"),
        Posted::Left(why) => safe::sentence(why),
        Posted::Failed(what, why) => format!("{what} could not be posted: {}", safe::sentence(why)),
    }
}

fn url(posted: &Posted) -> Option<String> {
    match posted {
        Posted::Comment(_, Commented::Created(url) | Commented::Updated(url) | Commented::Unchanged(url)) => {
            Some(url.clone()).filter(|url| url.starts_with("https://") || url.starts_with("http://127.0.0.1"))
        }
        _ => None,
    }
}

fn place(arguments: &PostArguments) -> Result<Place, String> {
    let wanted =
        Wanted { repository: arguments.repository.clone(), pull: arguments.pull, commit: arguments.commit.clone() };
    let event = match env::var_os("GITHUB_EVENT_PATH").filter(|path| !path.is_empty()) {
        Some(path) => Some(fs::read_to_string(&path).map_err(|error| {
            format!("the event of this job, `{}`, cannot be read: {error}", Path::new(&path).display())
        })?),
        None => None,
    };
    place::find(&variable, event.as_deref(), &wanted).map_err(|error| error.to_string())
}

fn found(report: &Report) -> Vec<Annotation> {
    let folder = env::current_dir().unwrap_or_default();
    let top = variable("GITHUB_WORKSPACE").map_or_else(|| folder.clone(), PathBuf::from);
    annotations(report, &folder, &top)
}

/// Returns the config's path relative to the top of the repository, so that the comments of two folders do not
/// overwrite each other.
fn key(report: &Report) -> String {
    let folder = env::current_dir().unwrap_or_default();
    let top = variable("GITHUB_WORKSPACE").map_or_else(|| folder.clone(), PathBuf::from);
    let path = &report.provenance.config.path;
    crate::publish::annotation::inside(&folder.join(path), &top).unwrap_or_else(|| path.clone())
}

/// Appends to the file that a variable of the runner names, if it is set.
fn append(variable_name: &str, text: &str) -> Result<(), Failure> {
    let Some(path) = variable(variable_name) else { return Ok(()) };
    let file = fs::OpenOptions::new().create(true).append(true).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        Failure::Environment(format!("{variable_name} names `{path}`, which cannot be written: {error}"))
    })
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
