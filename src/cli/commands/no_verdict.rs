//! The end of a run without a report: it replaces what an earlier commit's report says.

use std::path::{Path, PathBuf};

use super::posting::{annotate, finish, located, send};
use super::publish::{self, PostArguments};
use crate::bounded;
use crate::cli::exit::{self, NOT_POSTED, PASSED};
use crate::cli::in_repository::in_repository;
use crate::cli::{RunArguments, load, output};
use crate::config::{Comment, Config, line_column};
use crate::pipeline::failure::Failure;
use crate::pipeline::git;
use crate::publish::annotation::of_problems;
use crate::publish::github::{Content, Order};
use crate::publish::{marker, outputs};
use crate::report::model::{At, Overall};
use crate::report::no_verdict::{Ended, NO_VERDICT_VERSION, NoVerdict, Problem};

/// Maximum bytes of a file of problems.
const MOST_PROBLEMS: u64 = 16 << 20;
/// Maximum number of problems that are kept.
const MOST_KEPT: usize = 1_000;

/// Returns the end of a run by a failure.
pub(in crate::cli) fn of_failure(failure: &Failure) -> NoVerdict {
    let problem = |message: String| Problem { message, help: None, at: None };
    let problems = match failure {
        Failure::Text { name, text, problems } => {
            let of = problems.iter().take(MOST_KEPT).map(|found| {
                let (line, column) = line_column(text, found.span.start);
                let at = Some(At { file: name.clone(), line, column });
                Problem { message: found.message.clone(), help: found.help.clone(), at }
            });
            of.collect()
        }
        Failure::Usage(message) | Failure::Environment(message) => vec![problem(message.clone())],
        Failure::Refused(lines) => vec![problem(lines.join("; "))],
    };
    NoVerdict { version: NO_VERDICT_VERSION, exit_code: exit::code(failure), problems }
}

/// Returns the end of a run by an internal error, which the log has.
pub(in crate::cli) fn of_panic() -> NoVerdict {
    let message = "internal error; the log of the job says where".to_owned();
    let problems = vec![Problem { message, help: None, at: None }];
    NoVerdict { version: NO_VERDICT_VERSION, exit_code: exit::NOT_EVALUATED, problems }
}

/// Returns the end of a run that was killed.
pub(in crate::cli) fn of_kill() -> NoVerdict {
    let message = "the run was killed, most often for lack of memory or time".to_owned();
    let help = Some("`memory_limit` and `time_limit` in the config bound what queries take".to_owned());
    let problems = vec![Problem { message, help, at: None }];
    NoVerdict { version: NO_VERDICT_VERSION, exit_code: 0, problems }
}

/// Tells everybody who waits for a report that there is none. The exit code of the run stands, whatever comes of it.
pub(in crate::cli) fn after_run(ended: &NoVerdict, arguments: &RunArguments) {
    if let Some(path) = &arguments.no_verdict {
        let written = serde_json::to_string_pretty(ended).map_err(|error| Failure::Environment(error.to_string()));
        if let Err(failure) = written.and_then(|text| output::write(path, &(text + "\n"))) {
            output::complain(&exit::rendered(&failure, false));
        }
    }
    if arguments.publish {
        post(ended, &arguments.post, arguments.config.as_deref());
    }
}

/// Posts the end of a run of this job that has left no report.
pub(super) fn publish(exit_code: u8, problems: Option<&Path>, config: Option<&Path>, arguments: &PostArguments) -> u8 {
    // A run that was killed has left nothing, or half of it.
    let left = problems.and_then(|path| bounded::read_text(path, MOST_PROBLEMS).ok());
    let left: Option<NoVerdict> = left.and_then(|text| serde_json::from_str(&text).ok());
    let problems = left.filter(|left| left.exit_code == exit_code).map(|left| left.problems).unwrap_or_default();
    let ended = NoVerdict { version: NO_VERDICT_VERSION, exit_code, problems };
    let posted = post(&ended, arguments, config);
    if posted || !arguments.require_post { PASSED } else { NOT_POSTED }
}

/// Posts that a report which was to be posted cannot be read.
pub(super) fn instead(failure: &Failure, config: Option<&Path>, arguments: &PostArguments) {
    post(&of_failure(failure), arguments, config);
}

/// Posts the end of an earlier run that has left no artifact of this name. As with a report in an artifact, there is no
/// check run and no commit status.
pub(super) fn of_earlier(artifact: &str, why: &str, arguments: &PostArguments) -> u8 {
    let problems = vec![Problem { message: why.to_owned(), help: None, at: None }];
    let ended = NoVerdict { version: NO_VERDICT_VERSION, exit_code: 0, problems };
    let key = arguments.key.clone().unwrap_or_else(|| artifact.to_owned());
    let order = order(arguments, &Comment::default(), key);
    let order = Order { check_run: None, status: None, ..order };
    let posted = post_as(&ended, arguments, order, Vec::new());
    if posted || !arguments.require_post { PASSED } else { NOT_POSTED }
}

/// Posts to every surface; returns true if everything required was posted.
fn post(ended: &NoVerdict, arguments: &PostArguments, config: Option<&Path>) -> bool {
    let path = config.map(Path::to_owned).or_else(load::nearest_path).unwrap_or_else(|| PathBuf::from("mlgate.yml"));
    let comment = load::text_of(&path).map(|text| Config::comment_of(&text)).unwrap_or_default();
    let shown = path.display().to_string();
    let key = arguments.key.clone().or(comment.key.as_ref().map(|key| key.value.clone()));
    let key = key.unwrap_or_else(|| in_repository(&shown).unwrap_or(shown));
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    post_as(ended, arguments, order(arguments, &comment, key), git::tree(folder))
}

fn order(arguments: &PostArguments, comment: &Comment, key: String) -> Order {
    Order {
        key,
        mode: publish::mode(arguments, comment),
        author: arguments.author.clone(),
        check_run: arguments.check_run.clone(),
        status: arguments.status.clone(),
    }
}

fn post_as(ended: &NoVerdict, arguments: &PostArguments, order: Order, tree: Vec<String>) -> bool {
    let place = located(arguments, &order, &tree);
    let known = place.as_ref().ok();
    let page = ended.page(&Ended {
        commit: known.and_then(|place| place.commit.as_deref()),
        key: &order.key,
        run_url: known.and_then(|place| place.run_url.as_deref()),
    });
    let title = ended.title();
    let found = of_problems(&ended.problems, &title, &in_repository);
    let printed = annotate(&found);
    let bodies = vec![format!("{}\n{page}", marker::line(&order.key))];
    let content = Content { verdict: Overall::Error, title, bodies, annotations: found, tree };
    let mut posted = send(place, &order, &content);
    posted.extend(printed);
    let summary = |notes: &str| page.clone() + notes;
    finish(posted, &summary, &|url| outputs::without_report(ended.exit_code, &[("comment-url", url)]))
}
