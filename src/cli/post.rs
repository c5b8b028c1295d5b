//! The delivery of finished pages: annotations, comment, check run, status, job summary and outputs.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use super::commands::publish::PostArguments;
use super::{identity, output, summary};
use crate::pipeline::environment::{NO_TOKEN, token, variable};
use crate::pipeline::failure::Failure;
use crate::publish::annotation::{Annotation, annotations, commands};
use crate::publish::github::place::{Place, Wanted};
use crate::publish::github::{self, Commented, Content, Order, Posted, place};
use crate::publish::marker::CommentMode;
use crate::publish::outputs;
use crate::publish::part::Part;
use crate::report::{model::Report, safe};

/// Everything that is posted.
pub(super) struct Posting {
    /// The key of the comment.
    pub(super) key: String,
    /// The part of the comment.
    pub(super) part: Part,
    /// The pages, the verdict and the findings.
    pub(super) content: Content,
    /// The job summary, followed by shorter forms.
    pub(super) summaries: Vec<String>,
    /// The first lines of the summary if a user's template follows them.
    pub(super) lead: Option<String>,
    /// The outputs of the step.
    pub(super) outputs: outputs::Numbers,
    /// True: the reports are the claims of another run.
    pub(super) is_claim: bool,
    /// The reason for which a user's template is not used.
    pub(super) slip: Option<String>,
}

/// Posts to every surface; returns true if everything required was posted.
pub(super) fn deliver(
    posting: Posting,
    mode: CommentMode,
    arguments: &PostArguments,
    place: Result<Place, String>,
) -> Result<bool, Failure> {
    let Posting { key, part, content, summaries, lead, outputs, is_claim, slip } = posting;
    if !is_claim && env::var_os("GITHUB_ACTIONS").is_some() {
        output::print_commands(&commands(&content.annotations))?;
    }
    let named = |name: &Option<Option<String>>| {
        // A check run or a status is the gates' own statement, and the author of the change wrote this report.
        let name = name.clone().filter(|_| !is_claim)?;
        Some(name.unwrap_or_else(|| identity::context(&key, &part.only)))
    };
    let order = Order {
        mode,
        author: arguments.author.clone(),
        check_run: named(&arguments.check_run),
        status: named(&arguments.status),
        part,
        key,
    };
    let mut posted = send(place, &order, &content);
    if is_claim {
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
    summarize(&summaries, lead.as_deref(), &notes)?;
    let url = posted.iter().find_map(url).unwrap_or_default();
    append("GITHUB_OUTPUT", &outputs::lines(&outputs, &[("comment-url", &url)]))?;
    Ok(!posted.iter().any(|posted| matches!(posted, Posted::Failed(..))))
}

/// Writes the job summary as far as it fits.
fn summarize(summaries: &[String], lead: Option<&str>, notes: &str) -> Result<(), Failure> {
    let used = variable("GITHUB_STEP_SUMMARY").and_then(|path| fs::metadata(path).ok()).map_or(0, |found| found.len());
    let Some(page) = summary::fitting(summaries, used, notes.len()) else {
        output::complain("mlgate: the job summary of this step is full, so the report is not in it\n");
        return Ok(());
    };
    // A template may end inside an HTML comment or a fold, so nothing is placed below it.
    let text = match lead.and_then(|lead| Some((lead, page.strip_prefix(lead)?))) {
        Some((lead, page)) => format!("{lead}{notes}{page}"),
        None => format!("{page}{notes}"),
    };
    append("GITHUB_STEP_SUMMARY", &text)
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
        (Err(why), _) => vec![Posted::Failed("the report", elsewhere().map_or(why, str::to_owned))],
        (Ok(Place { read_only: Some(why), .. }), None) => {
            vec![Posted::Left(format!("nothing is posted from here: {why}"))]
        }
        (Ok(_), None) => vec![Posted::Failed("the report", NO_TOKEN.to_owned())],
        (Ok(place), Some(token)) => github::post(&place, &token, order, content),
    }
}

/// Returns the reason there is no place on GitHub in a job of another CI.
fn elsewhere() -> Option<&'static str> {
    if variable("GITHUB_REPOSITORY").is_some() {
        None
    } else if variable("GITLAB_CI").is_some() {
        Some("posting to GitLab is not supported yet; keep the Markdown report as an artifact of the job")
    } else if variable("JENKINS_URL").is_some() {
        Some(
            "Jenkins does not say which repository on GitHub this is; say --repository OWNER/NAME --pull $CHANGE_ID \
             --commit $GIT_COMMIT, with a token in MLGATE_GITHUB_TOKEN",
        )
    } else {
        None
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

/// Returns the place of this job on GitHub.
pub(super) fn find(arguments: &PostArguments) -> Result<Place, String> {
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

/// Returns the findings of a report at the lines of its config.
pub(super) fn found(report: &Report) -> Vec<Annotation> {
    let folder = env::current_dir().unwrap_or_default();
    let top = variable("GITHUB_WORKSPACE").map_or_else(|| folder.clone(), PathBuf::from);
    annotations(report, &folder, &top)
}

/// Appends to the file that a variable of the runner names, if it is set.
fn append(variable_name: &str, text: &str) -> Result<(), Failure> {
    let Some(path) = variable(variable_name) else { return Ok(()) };
    let file = fs::OpenOptions::new().create(true).append(true).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        Failure::Environment(format!("{variable_name} names `{path}`, which cannot be written: {error}"))
    })
}
