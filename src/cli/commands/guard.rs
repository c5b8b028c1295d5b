//! `mlgate guard`: the demands of a change's config beside those of the other side.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::catalog::Catalog;
use crate::cli::arguments::GuardArguments;
use crate::cli::exit::{FAILED, PASSED};
use crate::cli::{load, output, progress};
use crate::config::BaselineSource;
use crate::gate::verdict::Effect;
use crate::git::Repository;
use crate::pipeline::evaluate::guarded;
use crate::pipeline::failure::Failure;
use crate::pipeline::guarding::{Guarding, NamedSide};
use crate::pipeline::other_side::{NoSide, OtherConfig};
use crate::pipeline::project::Project;
use crate::pipeline::request::{Request, clock};
use crate::pipeline::session::Session;
use crate::pipeline::{policies, target};
use crate::report::document::{GuardResult, REPORT_VERSION};
use crate::report::{Format, RenderOptions, guard_markdown, guard_text, safe};

/// Compares the demands and prints the differences. A loosened demand is a failure where the other side says so.
pub(in crate::cli) fn guard(arguments: &GuardArguments) -> Result<u8, Failure> {
    let mut project = load::config(arguments.config.as_deref())?;
    policies::load(&mut project, &arguments.policy)?;
    let catalog = load::catalog(Some(&project))?;
    let against = arguments.against.as_deref().map(|text| side(text, &project, &arguments.policy)).transpose()?;
    let request = Request {
        only: Vec::new(),
        now: arguments.now.unwrap_or_else(clock),
        threads: arguments.threads,
        list_flips: None,
        plots: false,
        guard: Some(Guarding { against, is_asked: true, ours: None }),
    };
    let session = Session::open(&project, request.threads)?;
    let progress = progress::shown(true);
    let found = guarded(&project, &catalog, &request, &session, &progress)?;
    let found = found.ok_or_else(|| Failure::Environment("there is no other side to compare with".to_owned()))?;
    output::print(&rendered(&found, arguments.format)?)?;
    Ok(if found.effect == Effect::Blocks { FAILED } else { PASSED })
}

fn rendered(found: &GuardResult, format: Format) -> Result<String, Failure> {
    let nothing = |text: String| {
        if !text.is_empty() {
            return text;
        }
        let against = found.against.as_deref().unwrap_or("the other side");
        let notes: String = found.notes.iter().map(|note| format!("\n  · {}", safe::sentence(note))).collect();
        format!("no demand differs from those of {}{notes}", safe::terminal(against))
    };
    match format {
        Format::Text => Ok(nothing(guard_text(found)) + "\n"),
        Format::Markdown => Ok(nothing(guard_markdown(found, RenderOptions::default().budget)) + "\n"),
        _ => {
            let tool = json!({"name": "mlgate", "version": env!("CARGO_PKG_VERSION")});
            let whole = json!({"version": REPORT_VERSION, "tool": tool, "guard": found});
            let text = serde_json::to_string_pretty(&whole);
            text.map(|text| safe::json(&text) + "\n")
                .map_err(|error| Failure::Environment(format!("the differences have no JSON form: {error}")))
        }
    }
}

/// Returns the side of `--against`. A commit precedes a path: the change controls which files there are.
fn side(text: &str, project: &Project, named: &[String]) -> Result<NamedSide, Failure> {
    let revision = text.strip_prefix("git:").unwrap_or(text);
    if let Ok(BaselineSource::Git { reference, path }) = BaselineSource::parse(&format!("git:{revision}")) {
        let is_known = reference == BaselineSource::MERGE_BASE
            || Repository::around(&project.root).is_ok_and(|known| matches!(known.named(&reference), Ok(Some(_))));
        if is_known || text.starts_with("git:") {
            return Ok(NamedSide::Commit(reference, revision.contains(':').then_some(path)));
        }
    }
    let path = Path::new(text);
    let path: PathBuf = if path.is_dir() {
        path.join(Path::new(&project.name).file_name().unwrap_or("mlgate.yml".as_ref()))
    } else {
        path.to_owned()
    };
    if !path.is_file() {
        return Err(Failure::Usage(format!(
            "--against {}: there is no such commit, and no such config",
            safe::terminal(text)
        )));
    }
    let mut other = load::config(Some(&path))?;
    policies::load(&mut other, named)?;
    let catalog = load::catalog(Some(&other))?;
    Ok(NamedSide::Given(Box::new((other, catalog))))
}

/// The config of a commit, in the place of the change's own.
pub(in crate::cli) struct JudgingConfig {
    /// The project as that config defines it, with the change's files.
    pub(in crate::cli) project: Project,
    /// The checks of the commit.
    pub(in crate::cli) catalog: Catalog,
    /// The commit in words.
    pub(in crate::cli) shown: String,
    /// The commit's id, with the config's path if it was named.
    pub(in crate::cli) revision: String,
}

/// Returns the config of a commit.
pub(in crate::cli) fn config_from(reference: &str, ours: &Project) -> Result<JudgingConfig, Failure> {
    let revision = reference.strip_prefix("git:").unwrap_or(reference);
    let refused = |why: String| Failure::Usage(format!("--config-from {}: {why}", safe::terminal(reference)));
    let (reference, path) = match BaselineSource::parse(&format!("git:{revision}")) {
        Ok(BaselineSource::Git { reference, path }) => (reference, revision.contains(':').then_some(path)),
        Ok(_) => return Err(refused("names no commit".to_owned())),
        Err(why) => return Err(refused(why)),
    };
    let found = OtherConfig::at(ours, &reference, path.as_deref(), &target::of_job());
    let side = found.map_err(|none| match none {
        NoSide::First(why) | NoSide::Told(why, _) | NoSide::Unknown(why) => {
            Failure::Environment(format!("--config-from {}: {}", safe::terminal(revision), safe::sentence(&why)))
        }
    })?;
    let project = Project { name: ours.name.clone(), baseline: None, source: None, ..side.project };
    let commit = side.commit.map_or(reference, |(_, commit)| commit);
    let revision = path.map_or(commit.clone(), |path| format!("{commit}:{path}"));
    Ok(JudgingConfig { project, catalog: side.catalog, shown: side.shown, revision })
}
