//! The policies of a run: reads them, and holds a config to them.

use std::path::{Path, PathBuf};

use super::environment::variable;
use super::failure::Failure;
use super::project::Project;
use super::remarks;
use crate::bounded;
use crate::catalog::Catalog;
use crate::config::{BaselineSource, Config, Diagnostic, Policy, Span};
use crate::digest::sha256;
use crate::engine::{Undelivered, download};
use crate::gate::bind::{bind as bind_config, bind_any};
use crate::gate::verdict::Effect;
use crate::gate::{Gate, Gates};
use crate::git;
use crate::measurement::Tables;
use crate::policy::{apply, hold, required as required_by, unreached as unreached_of};
use crate::report::document::Note;

/// Maximum bytes of a policy.
const MOST: u64 = 1 << 20;
/// The variable that names policies, one on each line.
const VARIABLE: &str = "MLGATE_POLICY";

/// Reads the policies that a config, the command line and the environment name.
///
/// # Errors
///
/// A policy cannot be read, or has problems.
pub(crate) fn load(project: &mut Project, named: &[String]) -> Result<(), Failure> {
    let own = project.config.policy.clone();
    for source in own {
        let text = match &source.value {
            BaselineSource::Path(path) => inside(&project.root, path).and_then(|at| read(&at)),
            other => fetch(other),
        };
        let text = text.map_err(|why| {
            project.refuse(vec![Diagnostic::new(format!("the policy cannot be read: {why}"), source.span)])
        })?;
        add(project, &source.value.shown(), &text, false)?;
    }
    // An empty variable is most often one whose source is gone, and a run without the policy would pass.
    if std::env::var_os(VARIABLE).is_some_and(|value| value.to_string_lossy().trim().is_empty()) {
        return Err(Failure::Usage(format!("`{VARIABLE}` is set and names no policy; unset it, or name one")));
    }
    let environment = variable(VARIABLE).unwrap_or_default();
    let lines = environment.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned);
    for name in named.iter().cloned().chain(lines) {
        let failed = |why: String| Failure::Usage(format!("the policy `{name}` cannot be read: {why}"));
        let source = BaselineSource::parse(&name).map_err(failed)?;
        let text = match &source {
            BaselineSource::Path(path) => read(Path::new(path)),
            other => fetch(other),
        };
        add(project, &source.shown(), &text.map_err(failed)?, true)?;
    }
    Ok(())
}

/// Returns the policies that the command line and the environment name, as `--policy` takes them.
pub(crate) fn named(project: &Project) -> Vec<String> {
    let named = project.policies.iter().filter(|policy| policy.is_named);
    let shown = named.map(|policy| match policy.digest.strip_prefix("sha256:") {
        Some(digest) if policy.name.contains("://") => format!("{}#sha256={digest}", policy.name),
        _ => policy.name.clone(),
    });
    shown.collect()
}

/// Adds a policy to a project.
pub(super) fn add(project: &mut Project, name: &str, text: &str, is_named: bool) -> Result<(), Failure> {
    let before: usize = project.policies.iter().map(|policy| policy.text.len() + 1).sum();
    let offset = project.text.len() + 1 + before;
    let digest = sha256(text.as_bytes()).unwrap_or_default();
    let policy = Policy::read(name, text, digest, offset).map_err(|problems| Failure::Text {
        name: name.to_owned(),
        text: text.to_owned(),
        problems,
    })?;
    project.policies.push(Policy { is_named, ..policy });
    Ok(())
}

/// Returns the path of a policy that a config names. A change controls the config, so the path stays in the project.
fn inside(root: &Path, path: &str) -> Result<PathBuf, String> {
    let found = git::real(&root.join(path)).map_err(|error| error.to_string())?;
    let top = git::top_of(root).map_or_else(|| git::real(root), Ok).map_err(|error| error.to_string())?;
    match found.strip_prefix(&top) {
        Ok(below) if !git::is_in_git(below) => Ok(found),
        _ => Err(format!("it is outside the project; name it by `--policy` or {VARIABLE}")),
    }
}

fn read(path: &Path) -> Result<String, String> {
    bounded::read_text(path, MOST).map_err(|error| error.to_string())
}

/// Downloads a policy.
pub(super) fn fetch(source: &BaselineSource) -> Result<String, String> {
    let BaselineSource::Url { url, sha256: pin } = source else {
        return Err("a policy is a path or a URL".to_owned());
    };
    let bytes = download(url, MOST).map_err(|error| match error {
        Undelivered::NotFound(why) | Undelivered::Failed(why) => why,
    })?;
    let found = sha256(bytes.as_slice()).map_err(|error| error.to_string())?;
    match pin {
        Some(pin) if found != format!("sha256:{pin}") => {
            Err(format!("it is not the file that was pinned: its digest is {found}, and not sha256:{pin}"))
        }
        _ => String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned()),
    }
}

/// Binds a config and holds it to the policies of its project.
///
/// # Errors
///
/// Every problem of the config; every line that is looser than a policy allows.
pub(super) fn bind(
    project: &Project,
    config: &Config,
    catalog: &Catalog,
    tables: &Tables,
    now: i64,
) -> Result<Gates, Vec<Diagnostic>> {
    if project.policies.is_empty() {
        return bind_config(config, catalog, tables, now);
    }
    let mut gates = bind_any(config, catalog, tables, now)?;
    let mut problems = Vec::new();
    for policy in &project.policies {
        for demand in &policy.demands {
            let Some(demanded) = apply(config, demand) else { continue };
            match bind_any(&demanded, catalog, tables, now) {
                Ok(held) => problems.extend(hold(&mut gates, held, (config, &demanded), catalog, policy)),
                Err(found) => problems.extend(found),
            }
        }
    }
    if problems.is_empty() && gates.gates.is_empty() {
        let message = "neither this config nor a policy demands anything of it, so nothing would be checked";
        problems.push(Diagnostic::new(message, Span { start: 0, end: 0 }));
    }
    if problems.is_empty() { Ok(gates) } else { Err(problems) }
}

/// Returns the notes on demands that reach nothing in this repository, or not all of its models.
pub(super) fn unreached(project: &Project, gates: &[Gate]) -> Vec<Note> {
    let told = project.policies.iter().filter_map(|policy| {
        let told = unreached_of(policy, &project.config, gates);
        (!told.is_empty()).then(|| Note {
            id: "policy.unreached".to_owned(),
            effect: Effect::None,
            message: format!("the policy `{}`: {}", policy.name, told.join("; ")),
            help: "a demand is on subjects of its name, and a metric on models of its task".to_owned(),
            at: remarks::at(project, 0),
        })
    });
    told.collect()
}

/// Refuses a config that lacks what a policy requires besides gates.
///
/// # Errors
///
/// No baseline, no fairness line, or a waiver that lasts too long.
pub(super) fn required(project: &Project, gates: &[Gate], now: i64) -> Result<(), Failure> {
    let of = |policy| required_by(policy, &project.config, gates, now);
    let problems: Vec<Diagnostic> = project.policies.iter().flat_map(of).collect();
    if problems.is_empty() { Ok(()) } else { Err(project.refuse(problems)) }
}
