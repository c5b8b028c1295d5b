//! The delivery of finished pages: annotations, comment, check run, status, job summary and outputs.

use std::fs;
use std::io::Write as _;
use std::time::Instant;

use super::commands::publish::PostArguments;
use super::{identity, output, summary};
use crate::ci;
use crate::pipeline::environment::{event_text, token, variable};
use crate::publish::forge::{self, Commented, Content, FORGES, Order, Place, Posted, TOKEN, Wanted};
use crate::publish::log_commands::commands;
use crate::publish::marker::CommentMode;
use crate::publish::outputs::{self, Numbers};
use crate::publish::part::Part;
use crate::report::safe;

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
    pub(super) outputs: Outputs,
    /// True: the reports are the claims of another run.
    pub(super) is_claim: bool,
    /// The reason for which a user's template is not used.
    pub(super) slip: Option<String>,
    /// The reason for which there is no page, which leaves nothing to post.
    pub(super) unshown: Option<String>,
}

/// The outputs of a step.
pub(super) enum Outputs {
    /// Those of reports.
    Numbers(Numbers),
    /// Those of a run that ended with this exit code and without a report.
    WithoutReport(u8),
}

/// The place of a run, and the time since which the forge is asked for it.
pub(super) struct Located {
    /// The place, or the reason there is none.
    pub(super) place: Result<Place, String>,
    /// The start of the time limit.
    pub(super) started: Instant,
}

/// Returns the place of this job, completed with the head of its change if anything is posted there. `tree` is the
/// checked-out commit, followed by those that it merges.
pub(super) fn located(arguments: &PostArguments, mode: CommentMode, tree: &[String]) -> Located {
    let started = forge::start();
    let is_asked = mode != CommentMode::Off || arguments.check_run.is_some() || arguments.status.is_some();
    let place = find(arguments).and_then(|mut place| {
        if let Some(token) = token(place.forge).filter(|_| is_asked) {
            forge::complete(&mut place, &token, tree)?;
        }
        Ok(place)
    });
    Located { place, started }
}

/// Posts to every surface; returns true if everything required was posted. The exit code is the verdict's, so nothing that
/// cannot be posted or written is an error.
pub(super) fn deliver(posting: Posting, mode: CommentMode, arguments: &PostArguments, located: Located) -> bool {
    let Posting { key, part, mut content, summaries, lead, outputs, is_claim, slip, unshown } = posting;
    content.started = content.started.or(Some(located.started));
    // The claims of another run are not this job's own findings.
    let dialect = ci::system(&variable).and_then(|(system, _)| system.commands).filter(|_| !is_claim);
    let printed = dialect.and_then(|dialect| output::print_commands(&commands(dialect, &content.annotations)).err());
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
    let mut posted = match unshown {
        Some(why) => vec![Posted::Failed("the report", why)],
        None => send(located.place, &order, &content),
    };
    posted.extend(printed.map(|failure| Posted::Failed("the annotations", failure.to_string())));
    if is_claim {
        let asked = [("check run", &arguments.check_run), ("commit status", &arguments.status)];
        posted.extend(asked.into_iter().filter(|(_, name)| name.is_some()).map(|(surface, _)| {
            Posted::Left(format!(
                "no {surface} is created: the report in an artifact is the author's own claim, and a {surface} would \
                 look like the gate's own verdict"
            ))
        }));
    }
    posted.extend(slip.map(|why| Posted::Failed("the page of your template", why)));
    let notes: String = posted.iter().map(|posted| note(posted, &say(posted))).collect();
    posted.extend(summarize(&summaries, lead.as_deref(), &notes));
    let url = posted.iter().find_map(url).unwrap_or_default();
    let more = [("comment-url", url.as_str())];
    let lines = match outputs {
        Outputs::Numbers(numbers) => outputs::lines(&numbers, &more),
        Outputs::WithoutReport(code) => outputs::without_report(code, &more),
    };
    let written = append("GITHUB_OUTPUT", &lines);
    posted.extend(written.err().map(|why| Posted::Failed("the outputs of the step", why)));
    for posted in &posted {
        output::complain(&format!("mlgate: {}\n", say(posted)));
    }
    !posted.iter().any(|posted| matches!(posted, Posted::Failed(..)))
}

/// Writes the job summary as far as it fits; returns the failure to do so.
fn summarize(summaries: &[String], lead: Option<&str>, notes: &str) -> Option<Posted> {
    let used = variable("GITHUB_STEP_SUMMARY").and_then(|path| fs::metadata(path).ok()).map_or(0, |found| found.len());
    let Some(page) = summary::fitting(summaries, used, notes.len()) else {
        return Some(Posted::Left("the job summary of this step is full, so the report is not in it".to_owned()));
    };
    // A template may end inside an HTML comment or a fold, so nothing is placed below it.
    let text = match lead.and_then(|lead| Some((lead, page.strip_prefix(lead)?))) {
        Some((lead, page)) => format!("{lead}{notes}{page}"),
        None => format!("{page}{notes}"),
    };
    append("GITHUB_STEP_SUMMARY", &text).err().map(|why| Posted::Failed("the job summary", why))
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
    let place = match place {
        Ok(place) => place,
        Err(why) => return vec![Posted::Failed("the report", unplaced(&why))],
    };
    match (token(place.forge), place.read_only) {
        (Some(token), _) => forge::post(&place, &token, order, content),
        (None, Some(why)) => vec![Posted::Left(format!("nothing is posted from here: {why}"))],
        (None, None) => vec![Posted::Failed("the report", place.forge.no_token.to_owned())],
    }
}

/// Returns the reason there is no place, with what a CI needs that names no change.
fn unplaced(why: &str) -> String {
    match ci::system(&variable) {
        Some((system, _)) if forge::home(&variable).is_none() => format!(
            "{} does not name the change; give --forge, --repository, --pull and --commit, with a token in {TOKEN}",
            system.name
        ),
        _ => why.to_owned(),
    }
}

fn say(posted: &Posted) -> String {
    match posted {
        Posted::Comment(change, Commented::Created(url)) => {
            format!("wrote a comment on {change} {}", safe::terminal(url)).trim_end().to_owned()
        }
        Posted::Comment(change, Commented::Updated(url)) => {
            format!("updated the comment on {change} {}", safe::terminal(url)).trim_end().to_owned()
        }
        Posted::Comment(change, Commented::Unchanged(_)) => {
            format!("the comment on {change} says the same already")
        }
        Posted::Comment(change, Commented::NotNeeded) => {
            format!("nothing failed, so {change} needs no comment")
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

/// Returns the place of this job on its forge.
pub(super) fn find(arguments: &PostArguments) -> Result<Place, String> {
    let wanted = Wanted {
        forge: arguments.forge.clone(),
        repository: arguments.repository.clone(),
        pull: arguments.pull,
        commit: arguments.commit.clone(),
        server: None,
    };
    let event = event_text()?;
    forge::find(&variable, event.as_deref(), &wanted).map_err(|error| error.to_string())
}

/// Returns the place where a report is whole that does not fit into a comment.
pub(super) fn rest(place: Option<&Place>) -> &'static str {
    match place.map(|place| place.forge) {
        Some(forge) if forge::home(&variable) != Some(forge) => "the artifacts of the [run]",
        Some(forge) => forge.rest,
        None => "",
    }
}

/// Returns the sizes of a report's page that are tried, in UTF-16 units.
pub(super) fn comment_sizes(place: Option<&Place>) -> impl Iterator<Item = usize> {
    let forge = place.map_or(FORGES[0], |place| place.forge);
    forge.sizes.iter().map(|(size, _)| *size)
}

/// Appends to the file that a variable of the runner names, if it is set.
fn append(variable_name: &str, text: &str) -> Result<(), String> {
    let Some(path) = variable(variable_name) else { return Ok(()) };
    let file = fs::OpenOptions::new().create(true).append(true).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| format!("{variable_name} names `{path}`, which cannot be written: {error}"))
}
