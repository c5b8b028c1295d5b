//! The guard of a run: finds the other side's config, binds both, and compares their demands.

use super::guarding::{Guarding, NamedSide};
use std::borrow::Cow;
use std::collections::BTreeSet;

use super::failure::Failure;
use super::other_side::{NoSide, OtherConfig, template};
use super::progress::OnStep;
use super::project::Project;
use super::request::Request;
use super::session::Session;
use super::stored::with_baseline;
use super::{policies, renewed, target};
use crate::catalog::Catalog;
use crate::config::{BaselineSource, Config, Diagnostic, OnLoosened};
use crate::gate::verdict::Effect;
use crate::gate::waive::waive;
use crate::gate::{Gate, Gates};
use crate::git::{NoRepository, Repository, Target};
use crate::guard::setting::DEFAULT;
use crate::guard::{DemandChange, DemandChangeKind, DemandPlace, Demands, compare};
use crate::measurement::{OtherSample, TableId, TableInfo, TableKind, Tables};
use crate::pipeline::bound::BoundConfig;
use crate::report::document::{GuardChange, GuardResult, Note};
use crate::stats::Side;

/// The result of the search for the other side.
enum SoughtSide {
    Side(Box<OtherConfig>),
    /// Nothing to compare with, with the effect of that and the setting in force.
    Nothing(String, Effect, OnLoosened),
    /// The guard is off and has no remark.
    Silent,
}

/// Compares the demands of a bound config with those of the other side.
///
/// # Errors
///
/// The other side has to be known and is not.
pub(super) fn look(
    project: &Project,
    catalog: &Catalog,
    request: &Request,
    bound: &BoundConfig,
    session: &Session,
    on_step: OnStep<'_>,
) -> Result<Option<GuardResult>, Failure> {
    let Some(guarding) = &request.guard else { return Ok(None) };
    let (ours, own_checks) = guarding.ours.as_deref().map_or((project, catalog), |(ours, checks)| (ours, checks));
    let side = match seek(ours, guarding)? {
        SoughtSide::Silent => return Ok(None),
        SoughtSide::Nothing(why, effect, on_loosened) => {
            return Ok(Some(GuardResult { against: None, on_loosened, effect, changes: Vec::new(), notes: vec![why] }));
        }
        SoughtSide::Side(side) => side,
    };
    let on_loosened = side.project.config.guard.as_ref().and_then(|guard| guard.on_loosened).unwrap_or(DEFAULT);
    let against = Some(side.shown.clone());
    if on_loosened == OnLoosened::Off && !guarding.is_asked {
        let notes = vec![format!("the config of {} switches the guard off", side.shown)];
        return Ok(Some(GuardResult { against, on_loosened, effect: Effect::None, changes: Vec::new(), notes }));
    }
    let tables = bound.tables(session, project);
    let (merged, lost) = with_other_columns(&tables);
    // Both are bound in the same way: beside the stored baseline of the run.
    let bind = |project: &Project, catalog: &Catalog, tables: &Tables| {
        let config =
            if bound.stored().is_some() { with_baseline(&project.config) } else { Cow::Borrowed(&project.config) };
        demands((project, &config), catalog, tables, request.now)
    };
    let compared =
        bind(&side.project, &side.catalog, &merged).and_then(|theirs| Ok((theirs, bind(ours, own_checks, &tables)?)));
    let effect = weak_effect(on_loosened);
    let (theirs, own) = match compared {
        Ok(both) => both,
        Err(why) => {
            let notes = vec![format!("the demands could not be compared: {why}")];
            return Ok(Some(GuardResult { against, on_loosened, effect, changes: Vec::new(), notes }));
        }
    };
    let (before, after) = (theirs.all(), own.all());
    let ours_template = template(ours);
    let of = |project: &Project| -> Vec<String> {
        project.policies.iter().map(|policy| format!("{} ({})", policy.name, short(&policy.digest))).collect()
    };
    let [their_policies, our_policies] = [of(&side.project), of(ours)];
    let changes = compare(
        Demands {
            config: &side.project.config,
            catalog: &side.catalog,
            gates: &before,
            specs: &theirs.gates.specs,
            policies: &their_policies,
            template: side.template.as_deref(),
        },
        Demands {
            config: &ours.config,
            catalog: own_checks,
            gates: &after,
            specs: &own.gates.specs,
            policies: &our_policies,
            template: ours_template.as_deref(),
        },
        &lost,
    );
    let mut result = GuardResult { against, on_loosened, effect: Effect::None, changes: Vec::new(), notes: Vec::new() };
    result.changes = changes.into_iter().map(|change| shown(change, ours, &side.project, effect)).collect();
    result.changes.extend(renewed::look((project, catalog), request, bound, session, &side, effect, on_step));
    result.changes.extend(renewed::reference(ours, &side, effect));
    result.effect = result.changes.iter().map(|change| change.effect).min().unwrap_or(Effect::None);
    Ok(Some(result))
}

/// Returns the effect of a weaker demand, if the demands of two sides were compared.
pub(super) fn in_force(guard: &GuardResult) -> Option<Effect> {
    (guard.against.is_some() && guard.on_loosened != OnLoosened::Off).then(|| weak_effect(guard.on_loosened))
}

/// Adds changes that a comparison has found after the demands.
pub(super) fn add(guard: &mut GuardResult, changes: Vec<GuardChange>) {
    guard.effect = changes.iter().map(|change| change.effect).fold(guard.effect, Effect::min);
    guard.changes.extend(changes);
}

/// Adds the notes of the report about what feeds the gates, and raises their effect.
pub(super) fn gather(guard: &mut GuardResult, notes: &mut [Note], misfits: &[(String, OtherSample)]) {
    let Some(effect) = in_force(guard) else { return };
    let grows = |note: &Note| misfits.iter().any(|(model, of)| note.id == format!("baseline.rows.{model}") && of.grows);
    for note in notes {
        let feeds = note.id == "baseline.fallback"
            || note.id.starts_with("same_files.")
            || (note.id.starts_with("baseline.rows.") && !grows(note));
        if feeds && !guard.tells(note) {
            note.effect = note.effect.min(if effect == Effect::Blocks { Effect::Warns } else { effect });
            let (gate, why, at) = (note.id.clone(), note.message.clone(), note.at.clone());
            guard.changes.push(GuardChange {
                gate,
                kind: DemandChangeKind::Changed,
                from: None,
                to: None,
                at,
                why,
                effect,
            });
            guard.effect = guard.effect.min(effect);
        }
    }
}

fn short(digest: &str) -> &str {
    digest.get(..19).unwrap_or(digest)
}

fn weak_effect(on_loosened: OnLoosened) -> Effect {
    match on_loosened {
        OnLoosened::Fail => Effect::Blocks,
        OnLoosened::Warn => Effect::Warns,
        OnLoosened::Note | OnLoosened::Off => Effect::None,
    }
}

fn shown(change: DemandChange, ours: &Project, theirs: &Project, effect: Effect) -> GuardChange {
    let DemandChange { gate, kind, from, to, why, place } = change;
    let at = match place {
        DemandPlace::Ours(span) => ours.at(span),
        DemandPlace::Theirs(span) => theirs.at(span),
    };
    let effect = if kind.weakens() { effect } else { Effect::None };
    GuardChange { gate, kind, from, to, at, why, effect }
}

/// The gates of a config, with those that compare with its frozen reference.
struct All {
    gates: Gates,
    reference: Vec<Gate>,
}

impl All {
    fn all(&self) -> Vec<Gate> {
        self.gates.gates.iter().chain(&self.reference).cloned().collect()
    }
}

/// Binds a config to tables.
fn demands(
    (project, config): (&Project, &Config),
    catalog: &Catalog,
    tables: &Tables,
    now: i64,
) -> Result<All, String> {
    let bound = |project: &Project, config: &Config| {
        policies::bind(project, config, catalog, tables, now).map_err(|problems| {
            let place = |first: &Diagnostic| {
                let at = project.at(first.span);
                format!("{} ({}:{}:{})", first.message, at.file, at.line, at.column)
            };
            problems.first().map_or_else(String::new, place)
        })
    };
    let mut gates = bound(project, config)?;
    let mut reference = match &config.reference {
        Some(config) => {
            let project = Project { policies: Vec::new(), ..project.clone() };
            bound(&project, config)?.gates
        }
        None => Vec::new(),
    };
    for gate in &mut reference {
        gate.id.push_str(".since_reference");
    }
    // A mistake of a waiver is not a difference between the demands.
    let _ = waive(gates.gates.iter_mut().chain(&mut reference), config, now, false);
    Ok(All { gates, reference })
}

/// Returns the tables with the columns that only the other side has, and these columns: a check that a pattern put on a
/// column is lost with the column.
fn with_other_columns(tables: &Tables) -> (Tables, BTreeSet<(String, String)>) {
    let mut merged = tables.clone();
    let mut lost = BTreeSet::new();
    for (id, info) in tables {
        let (TableKind::Dataset, Side::Baseline, Ok(theirs)) = (id.kind, id.side, info) else { continue };
        let ours = TableId { side: Side::Candidate, ..id.clone() };
        if let Some(Ok(TableInfo { columns, .. })) = merged.get_mut(&ours) {
            for column in &theirs.columns {
                if columns.iter().all(|known| known.name != column.name) {
                    lost.insert((id.name.clone(), column.name.clone()));
                    columns.push(column.clone());
                }
            }
        }
    }
    (merged, lost)
}

/// Finds the other side. The change's own config does not choose it where a CI job names the target: it could choose
/// itself.
fn seek(ours: &Project, guarding: &Guarding) -> Result<SoughtSide, Failure> {
    let own = ours.config.guard.as_ref();
    let mode = own.and_then(|guard| guard.on_loosened);
    if let Some(named) = &guarding.against {
        let found = match named {
            NamedSide::Given(given) => Ok(OtherConfig::given(given.0.clone(), given.1.clone())),
            NamedSide::Commit(reference, path) => OtherConfig::at(ours, reference, path.as_deref(), &target::of_job()),
        };
        return sought(found, mode, guarding.is_asked);
    }
    match Repository::around(&ours.root) {
        Err(NoRepository::Absent) if guarding.is_asked => {
            let why = "the config is not in a git repository; name the other side's config, as in `--against PATH`";
            return Err(Failure::Usage(why.to_owned()));
        }
        // Without a repository, a change has no other side.
        Err(NoRepository::Absent) => return Ok(SoughtSide::Silent),
        Ok(_) | Err(_) => {}
    }
    let named = |config: &Config| {
        let against = config.guard.as_ref().and_then(|guard| guard.against.as_ref());
        against.map(|against| against.value.clone()).filter(|against| against != BaselineSource::MERGE_BASE)
    };
    let target = target::of_job();
    let reference = match &target {
        Target::Branch { .. } | Target::Push { .. } | Target::Own(_) => BaselineSource::MERGE_BASE.to_owned(),
        Target::Unknown(why) => {
            let why = format!("its demands are not compared: {why}");
            return blind(why, mode, guarding.is_asked);
        }
        Target::Guessed => match named(&ours.config) {
            Some(reference) => reference,
            None if guarding.is_asked => BaselineSource::MERGE_BASE.to_owned(),
            None => {
                let why = "off, as nothing says where the change goes; `mlgate guard` compares";
                return Ok(SoughtSide::Nothing(why.to_owned(), Effect::None, OnLoosened::Off));
            }
        },
    };
    let found = OtherConfig::at(ours, &reference, None, &target);
    // The other side says what it wants to be compared with.
    let found = match found {
        Ok(side) => match named(&side.project.config).filter(|other| *other != reference) {
            Some(other) => OtherConfig::at(ours, &other, None, &target),
            None => Ok(side),
        },
        none => none,
    };
    sought(found, mode, guarding.is_asked)
}

fn sought(found: Result<OtherConfig, NoSide>, own: Option<OnLoosened>, is_asked: bool) -> Result<SoughtSide, Failure> {
    match found {
        Ok(side) => Ok(SoughtSide::Side(Box::new(side))),
        Err(NoSide::First(why)) => Ok(SoughtSide::Nothing(why, Effect::None, DEFAULT)),
        Err(NoSide::Told(why, theirs)) => {
            let mode = theirs.unwrap_or(DEFAULT);
            Ok(SoughtSide::Nothing(why, weak_effect(mode), mode))
        }
        Err(NoSide::Unknown(why)) => blind(why, own, is_asked),
    }
}

/// Says that the other side is not known: a failure where the demands have to be compared, and a warning elsewhere.
fn blind(why: String, own: Option<OnLoosened>, is_asked: bool) -> Result<SoughtSide, Failure> {
    let mode = own.unwrap_or(DEFAULT);
    if is_asked || mode == OnLoosened::Fail {
        return Err(Failure::Environment(format!(
            "the guard does not know the other side, which `--against` can name: {why}"
        )));
    }
    let effect = if mode == OnLoosened::Off { Effect::Warns } else { weak_effect(mode) };
    Ok(SoughtSide::Nothing(format!("could not look: {why}"), effect, mode))
}
