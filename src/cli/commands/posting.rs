//! The surfaces of a job: the forge, the log, the job summary and the outputs of the step.

use std::io::Write as _;
use std::{env, fs};

use super::publish::PostArguments;
use crate::cli::output;
use crate::pipeline::environment::{NO_TOKEN, event_text, token, variable};
use crate::publish::annotation::{Annotation, commands};
use crate::publish::github;
use crate::publish::github::place::{self, Place, Wanted};
use crate::publish::github::{Commented, Content, Order, Posted};
use crate::publish::marker::CommentMode;
use crate::report::safe;

/// Returns true if a surface is posted to.
fn is_asked(order: &Order) -> bool {
    order.mode != CommentMode::Off || order.check_run.is_some() || order.status.is_some()
}

/// Returns the place of this job, completed with the head of its pull request.
pub(super) fn located(arguments: &PostArguments, order: &Order, tree: &[String]) -> Result<Place, String> {
    let mut place = place(arguments)?;
    if let Some(token) = token().filter(|_| is_asked(order)) {
        github::complete(&mut place, &token, tree)?;
    }
    Ok(place)
}

pub(super) fn place(arguments: &PostArguments) -> Result<Place, String> {
    let wanted =
        Wanted { repository: arguments.repository.clone(), pull: arguments.pull, commit: arguments.commit.clone() };
    let event = event_text()?;
    place::find(&variable, event.as_deref(), &wanted).map_err(|error| error.to_string())
}

/// Posts to the forge.
pub(super) fn send(place: Result<Place, String>, order: &Order, content: &Content) -> Vec<Posted> {
    if !is_asked(order) {
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

/// Prints the workflow commands of findings, in a job of GitHub Actions; returns the failure to do so.
pub(super) fn annotate(found: &[Annotation]) -> Option<Posted> {
    env::var_os("GITHUB_ACTIONS")?;
    let printed = output::print_commands(&commands(found));
    printed.err().map(|failure| Posted::Failed("the annotations", failure.to_string()))
}

/// Says what came of posting in the log, the job summary and the outputs of the step; returns true if everything
/// required was posted. `summary` places notes on its page, and `lines` takes the address of the comment.
pub(super) fn finish(
    mut posted: Vec<Posted>,
    summary: &dyn Fn(&str) -> String,
    lines: &dyn Fn(&str) -> String,
) -> bool {
    let notes: String = posted.iter().map(|posted| note(posted, &say(posted))).collect();
    let url = posted.iter().find_map(url).unwrap_or_default();
    for (surface, name, text) in [
        ("the job summary", "GITHUB_STEP_SUMMARY", summary(&notes)),
        ("the outputs of the step", "GITHUB_OUTPUT", lines(&url)),
    ] {
        posted.extend(append(name, &text).err().map(|why| Posted::Failed(surface, why)));
    }
    for posted in &posted {
        output::complain(&format!("mlgate: {}\n", say(posted)));
    }
    !posted.iter().any(|posted| matches!(posted, Posted::Failed(..)))
}

/// Returns the job summary's note on a surface that was not posted to.
fn note(posted: &Posted, line: &str) -> String {
    match posted {
        Posted::Failed(..) => format!("\n> **Not posted:** {}\n", safe::prose(line, false)),
        Posted::Left(_) => format!("\n> {}\n", safe::prose(line, false)),
        Posted::Comment(..) | Posted::Done(_) => String::new(),
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

/// Appends to the file that a variable of the runner names, if it is set.
fn append(variable_name: &str, text: &str) -> Result<(), String> {
    let Some(path) = variable(variable_name) else { return Ok(()) };
    let file = fs::OpenOptions::new().create(true).append(true).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| format!("{variable_name} names `{path}`, which cannot be written: {error}"))
}
