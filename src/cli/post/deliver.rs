//! The delivery of finished pages: annotations, comment, check run, status, job summary and outputs.

use std::fs;
use std::io::Write as _;

use super::place::Located;
use super::say::{note, say, url};
use super::{identity, job_summary};
use crate::ci;
use crate::cli::arguments::PostArguments;
use crate::cli::output;
use crate::pipeline::environment::{token, variable};
use crate::publish::forge::{self, Content, Order, Place, Posted, TOKEN};
use crate::publish::log_commands::commands;
use crate::publish::marker::CommentMode;
use crate::publish::outputs::{self, Numbers};
use crate::publish::part::Part;

/// Everything that is posted.
pub(in crate::cli) struct Posting {
    /// The key of the comment.
    pub(in crate::cli) key: String,
    /// The part of the comment.
    pub(in crate::cli) part: Part,
    /// The pages, the verdict and the findings.
    pub(in crate::cli) content: Content,
    /// The job summary, followed by shorter forms.
    pub(in crate::cli) summaries: Vec<String>,
    /// The first lines of the summary if a user's template follows them.
    pub(in crate::cli) lead: Option<String>,
    /// The outputs of the step.
    pub(in crate::cli) outputs: Outputs,
    /// True: the reports are the claims of another run.
    pub(in crate::cli) is_claim: bool,
    /// The reason for which a user's template is not used.
    pub(in crate::cli) slip: Option<String>,
    /// The reason for which there is no page, which leaves nothing to post.
    pub(in crate::cli) unshown: Option<String>,
}

/// The outputs of a step.
pub(in crate::cli) enum Outputs {
    /// Those of reports.
    Numbers(Numbers),
    /// Those of a run that ended with this exit code and without a report.
    WithoutReport(u8),
}

/// Posts to every surface; returns true if everything required was posted. The exit code is the verdict's, so nothing that
/// cannot be posted or written is an error.
pub(in crate::cli) fn deliver(
    posting: Posting,
    mode: CommentMode,
    arguments: &PostArguments,
    located: Located,
) -> bool {
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
    let Some(page) = job_summary::fitting(summaries, used, notes.len()) else {
        return Some(Posted::Left("the job summary of this step is full, so the report is not in it".to_owned()));
    };
    // A template may end inside an HTML comment or a fold, so nothing is placed below it.
    let text = match lead.and_then(|lead| Some((lead, page.strip_prefix(lead)?))) {
        Some((lead, page)) => format!("{lead}{notes}{page}"),
        None => format!("{page}{notes}"),
    };
    append("GITHUB_STEP_SUMMARY", &text).err().map(|why| Posted::Failed("the job summary", why))
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

/// Appends to the file that a variable of the runner names, if it is set.
fn append(variable_name: &str, text: &str) -> Result<(), String> {
    let Some(path) = variable(variable_name) else { return Ok(()) };
    let file = fs::OpenOptions::new().create(true).append(true).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| format!("{variable_name} names `{path}`, which cannot be written: {error}"))
}
