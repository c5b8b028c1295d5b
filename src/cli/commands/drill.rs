//! `mlgate drill`: the gates of a config against faults that are planted into copies of its files.

use std::path::Path;
use std::time::Duration;

use crate::cli::arguments::DrillArguments;
use crate::cli::exit::{FAILED, PASSED};
use crate::cli::output::InputFile;
use crate::cli::{load, output, progress};
use crate::config::Pattern;
use crate::drill::{Drilled, drill as plant};
use crate::pipeline::evaluate::evaluate;
use crate::pipeline::failure::Failure;
use crate::pipeline::policies;
use crate::pipeline::rehearse::rehearse;
use crate::pipeline::request::{BaselineChoice, Request, clock};
use crate::pipeline::session::Session;
use crate::report::document::{DrillResult, Report};
use crate::report::{Format, drill_html, drill_json, drill_markdown, drill_text};

/// Plants faults, prints which gates catch them, and adds lines for the survivors to the config if that is wanted.
pub(in crate::cli) fn drill(arguments: &DrillArguments) -> Result<u8, Failure> {
    let mut project = load::config(arguments.config.as_deref())?;
    policies::load(&mut project, &arguments.policy)?;
    let catalog = load::catalog(Some(&project))?;
    let config = InputFile { role: "the config", path: Path::new(&project.name).to_owned() };
    output::check(&arguments.output, &[config])?;
    if let Some(other) = arguments.output.iter().find(|output| !is_drilled(output.format)) {
        let name = other.format.name();
        return Err(Failure::Usage(format!("`{name}` is a format of reports alone: use text, markdown, html or json")));
    }
    let now = arguments.now.unwrap_or_else(clock);
    let request =
        Request { only: Vec::new(), now, threads: arguments.threads, list_flips: None, plots: false, guard: None };
    let progress = progress::shown(arguments.quiet);
    let mut session = Session::open(&project, request.threads)?;
    let only: Vec<Pattern> = arguments.only.iter().map(|glob| Pattern::new(glob)).collect();
    let budget = Duration::from_secs_f64(arguments.budget);
    let Drilled { mut result, text } = plant(&project, &catalog, &request, (budget, &only), &mut session, &progress)?;
    let mut report = None;
    if arguments.samples > 0 {
        let run = evaluate(&project, &catalog, &request, BaselineChoice::Configured, &mut session, &progress)?;
        // A config without gates that have an interval has no power to tell.
        if let Ok(found) = rehearse(&project, &session, run, arguments.samples, arguments.threads, &progress) {
            result.power.clone_from(&found.power);
            report = Some(found);
        }
    }
    for wanted in &arguments.output {
        output::write(&wanted.path, &rendered(&result, report.as_ref(), wanted.format)?)?;
    }
    output::print(&rendered(&result, report.as_ref(), arguments.format)?)?;
    if arguments.write {
        write(Path::new(&project.name), &project.text, text)?;
    }
    #[expect(clippy::cast_precision_loss, reason = "numbers of faults")]
    let share = result.caught as f64 / result.planted.max(1) as f64;
    Ok(if arguments.min_caught.is_some_and(|least| result.planted == 0 || share < least) { FAILED } else { PASSED })
}

fn is_drilled(format: Format) -> bool {
    matches!(format, Format::Text | Format::Markdown | Format::Html | Format::Json)
}

fn rendered(result: &DrillResult, report: Option<&Report>, format: Format) -> Result<String, Failure> {
    match format {
        Format::Json => drill_json(result).map_err(|error| Failure::Environment(error.to_string())),
        Format::Markdown => Ok(drill_markdown(result, report)),
        Format::Html => Ok(drill_html(result, report)),
        _ => Ok(drill_text(result, report)),
    }
}

/// Writes the config with the lines for the survivors.
fn write(path: &Path, before: &str, text: Result<String, String>) -> Result<(), Failure> {
    let text = text.map_err(|why| Failure::Environment(format!("`{}` was not changed: {why}", path.display())))?;
    if text == before {
        output::complain("no line is left to add\n");
        return Ok(());
    }
    // Somebody may have edited the file since it was read.
    if load::text_of(path).as_deref() != Some(before) {
        let why = "it was changed while the drill ran";
        return Err(Failure::Environment(format!("`{}` was not changed: {why}", path.display())));
    }
    let added = text.len() - before.len();
    output::write(path, &text)?;
    output::complain(&format!("{added} bytes of new lines in {}; `git diff` shows them\n", path.display()));
    Ok(())
}
