//! The end of a run without a report: it replaces what an earlier commit's report says.

use std::path::{Path, PathBuf};

use super::deliver::{Outputs, Posting, deliver};
use super::place::{Located, located};
use super::settings::{self, PostSettings, code};
use super::{identity, several};
use crate::bounded;
use crate::cli::arguments::{PostArguments, PublishArguments, RunArguments};
use crate::cli::exit::{self, PASSED};
use crate::cli::in_repository::{from_top, in_repository};
use crate::cli::output::Output;
use crate::cli::{load, output};
use crate::config::{Config, line_column};
use crate::pipeline::failure::Failure;
use crate::pipeline::project::Project;
use crate::pipeline::{find_baseline, git};
use crate::publish::annotation::of_problems;
use crate::publish::forge::Content;
use crate::publish::marker::CommentMode;
use crate::publish::part::{Part, Standing};
use crate::report::document::{At, Overall};
use crate::report::no_verdict::{Ended, NO_VERDICT_VERSION, NoVerdict, Problem};
use crate::report::{RenderOptions, render_ended};

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
    if let Err(failure) = write_outputs(ended, arguments) {
        output::complain(&exit::rendered(&failure, false));
    }
    if let Some(path) = &arguments.no_verdict {
        let written = serde_json::to_string_pretty(ended).map_err(|error| Failure::Environment(error.to_string()));
        if let Err(failure) = written.and_then(|text| output::write(path, &(text + "\n"))) {
            output::complain(&exit::rendered(&failure, false));
        }
    }
    if arguments.publish {
        let baseline = arguments.baseline.as_deref();
        let run = EndedRun {
            config: arguments.config.as_deref(),
            baseline,
            is_from: arguments.config_from.is_some(),
            only: &arguments.only,
            several: None,
        };
        post(ended, &run, &arguments.post);
    }
}

/// Writes the files of those formats whose readers would otherwise not see that there is no verdict. A report that the run
/// has written before it was killed stands.
fn write_outputs(ended: &NoVerdict, arguments: &RunArguments) -> Result<(), Failure> {
    // Outputs that cannot be written are the reason of the end.
    if output::check(&arguments.output, &[]).is_err() {
        return Ok(());
    }
    let config = arguments.config.clone().or_else(load::nearest_path);
    let config = config.map_or_else(|| "mlgate.yml".to_owned(), |path| path.display().to_string());
    let options = RenderOptions { ascii: arguments.print.ascii, ..RenderOptions::default() };
    for Output { format, path } in arguments.output.iter().filter(|output| !output.path.is_file()) {
        let text = render_ended(ended, &config, *format, &options, &from_top);
        if let Some(text) = text.map_err(|error| Failure::Environment(error.to_string()))? {
            output::write(path, &text)?;
        }
    }
    Ok(())
}

/// The arguments of a run that ended without a report.
struct EndedRun<'a> {
    config: Option<&'a Path>,
    baseline: Option<&'a Path>,
    /// True: the config of a commit would have judged.
    is_from: bool,
    only: &'a [String],
    /// The arguments that publish several reports, if it is not one run.
    several: Option<&'a PublishArguments>,
}

/// Posts the end of a run of this job that has left no report.
pub(in crate::cli) fn publish(exit_code: u8, arguments: &PublishArguments) -> u8 {
    // A run that was killed has left nothing, or half of it.
    let left = arguments.no_verdict.as_deref().and_then(|path| bounded::read_text(path, MOST_PROBLEMS).ok());
    let left: Option<NoVerdict> = left.and_then(|text| serde_json::from_str(&text).ok());
    let problems = left.filter(|left| left.exit_code == exit_code).map(|left| left.problems).unwrap_or_default();
    let ended = NoVerdict { version: NO_VERDICT_VERSION, exit_code, problems };
    let posted = post(&ended, &EndedRun::of(arguments), &arguments.post);
    code(PASSED, posted, &arguments.post)
}

/// Posts that a report which was to be posted cannot be read.
pub(in crate::cli) fn instead(failure: &Failure, arguments: &PublishArguments) {
    post(&of_failure(failure), &EndedRun::of(arguments), &arguments.post);
}

impl<'a> EndedRun<'a> {
    fn of(arguments: &'a PublishArguments) -> Self {
        let baseline = arguments.baseline.as_deref();
        let is_one = arguments.report.len() < 2 && arguments.expect.is_empty() && arguments.base.is_empty();
        let several = Some(arguments).filter(|_| !is_one || several::is_glob_of(&arguments.report));
        Self { config: arguments.config.as_deref(), baseline, is_from: false, only: &arguments.only, several }
    }
}

/// Posts the end of an earlier run that has left no artifact of this name. As with a report in an artifact, there is no
/// check run and no commit status. Returns true if everything required was posted.
pub(in crate::cli) fn of_earlier(
    artifact: &str,
    why: &str,
    arguments: &PostArguments,
    loaded: Option<&Project>,
) -> bool {
    let problems = vec![Problem { message: why.to_owned(), help: None, at: None }];
    let ended = NoVerdict { version: NO_VERDICT_VERSION, exit_code: 0, problems };
    let settings = PostSettings::of(arguments, loaded);
    let key = settings.key.unwrap_or_else(|| artifact.to_owned());
    let located = located(arguments, settings.mode, &[]);
    let known = located.place.as_ref().ok();
    let part = identity::of_names(&[artifact.to_owned()], Standing::None, ended.title(), known);
    post_as(&ended, RunEnd { key, mode: settings.mode, part, tree: Vec::new(), is_claim: true }, arguments, located)
}

/// Posts to every surface; returns true if everything required was posted.
fn post(ended: &NoVerdict, run: &EndedRun<'_>, arguments: &PostArguments) -> bool {
    let path =
        run.config.map(Path::to_owned).or_else(load::nearest_path).unwrap_or_else(|| PathBuf::from("mlgate.yml"));
    let comment = load::text_of(&path).map(|text| Config::comment_of(&text)).unwrap_or_default();
    let shown = path.display().to_string();
    let key = arguments.key.clone().or(comment.key.as_ref().map(|key| key.value.clone()));
    let key = key.unwrap_or_else(|| match run.several {
        Some(_) => several::KEY.to_owned(),
        None => in_repository(&shown).unwrap_or_else(|| shown.clone()),
    });
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let tree = git::tree(folder);
    let mode = settings::mode(arguments, &comment);
    let located = located(arguments, mode, &tree);
    let known = located.place.as_ref().ok();
    let baseline = run.baseline.map(find_baseline::shown);
    let part = match run.several {
        Some(arguments) => identity::of_names(&several::names(arguments, &key), Standing::None, ended.title(), known),
        None => identity::of_ended(&shown, (baseline.as_deref(), run.is_from), run.only, ended.title(), known),
    };
    post_as(ended, RunEnd { key, mode, part, tree, is_claim: false }, arguments, located)
}

/// The end of a run among those of other runs.
struct RunEnd {
    key: String,
    mode: CommentMode,
    part: Part,
    tree: Vec<String>,
    /// True: another run ended, of a fork or not.
    is_claim: bool,
}

fn post_as(ended: &NoVerdict, end: RunEnd, arguments: &PostArguments, located: Located) -> bool {
    let RunEnd { key, mode, part, tree, is_claim } = end;
    let known = located.place.as_ref().ok();
    let page = ended.page(&Ended {
        commit: known.and_then(|place| place.commit.as_deref()),
        key: &key,
        run_url: known.and_then(|place| place.run_url.as_deref()),
    });
    let title = ended.title();
    let annotations = of_problems(&ended.problems, &title, &in_repository);
    let bodies = vec![page.clone()];
    let posting = Posting {
        part,
        content: Content { verdict: Overall::Error, title, bodies, annotations, tree, started: None },
        summaries: vec![page],
        lead: None,
        outputs: Outputs::WithoutReport(ended.exit_code),
        is_claim,
        slip: None,
        unshown: None,
        key,
    };
    deliver(posting, mode, arguments, located)
}
