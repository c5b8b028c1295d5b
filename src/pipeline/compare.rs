//! The comparison of a candidate with its baseline: bind, measure, judge, assemble.

use super::bound::{BoundConfig, FoundBaseline};
use std::path::PathBuf;

use super::failure::Failure;
use super::fewer_rows;
use super::first_rows::failing;
use super::git::{self, CheckedOut};
use super::judged::{self, JudgedGates};
use super::progress::OnStep;
use super::project::Project;
use super::remarks;
use super::request::{Evaluated, Request, StoredModels};
use super::selected_rows;
use super::session::Session;
use crate::digest::sha256;
use crate::gate::Gate;
use crate::gate::bind::CONFIDENCE;
use crate::gate::judge::{Outcome, flips, found_slices, plots};
use crate::gate::notes::notes as model_notes;
use crate::measurement::{Measurements, OtherSample};
use crate::report::document::{FileDigest, GuardResult, Inputs, Note, Provenance, Tried};
use crate::report::{Context, assemble};
use crate::stats::Side;
use crate::workers;

/// The gates that compare with the frozen reference, judged.
pub(super) struct Reference {
    pub(super) gates: Vec<Gate>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) notes: Vec<Note>,
    pub(super) tried: Vec<Tried>,
    /// The frozen baseline that they are compared with.
    pub(super) inputs: Inputs,
    /// The models beside it.
    pub(super) stored: StoredModels,
}

impl Reference {
    /// Keeps the gates whose ids are wanted.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(&str) -> bool) {
        let pairs = self.gates.drain(..).zip(self.outcomes.drain(..));
        (self.gates, self.outcomes) = pairs.filter(|(gate, _)| is_wanted(&gate.id)).unzip();
    }
}

/// Measures and judges bound gates, and assembles the report.
pub(super) fn compare(
    project: &Project,
    request: &Request,
    bound: BoundConfig,
    (reference, mut guard): (Option<Reference>, Option<GuardResult>),
    session: &mut Session,
    on_step: OnStep<'_>,
) -> Result<Evaluated, Failure> {
    let BoundConfig { found, mut gates, .. } = bound;
    if let Some(most) = request.list_flips {
        gates.list_flips(usize::from(most));
    }
    if request.plots {
        gates.count_scores(project.config.min_cell);
    }
    let (root, own) = (&project.root, own_files(project));
    // Git is started several times, and takes as long as a small table.
    let (checked_out, (measurements, row_notes)) = workers::beside(
        || git::checked_out(root, &own),
        || judged::measured(project, &found, &mut gates, session, &Measurements::new(), on_step),
    );
    let level = project.config.confidence.unwrap_or(CONFIDENCE);
    let JudgedGates { mut outcomes, readings, explored, remarks: unmeasured } =
        JudgedGates::of(project, &found, &mut gates, &measurements)?;
    let misfits = found.stored().map(|stored| stored.misfits(&gates, &measurements)).unwrap_or_default();
    let mut notes = found.sought().map(|sought| sought.notes(project, request.now)).unwrap_or_default();
    notes.extend(unmeasured.into_iter().map(|remark| remarks::unmeasured(remark, project)));
    notes.extend(remarks::unfailing(&gates.gates, project));
    let of_models = model_notes(&project.config, &gates, &measurements);
    notes.extend(of_models.into_iter().map(|note| remarks::of_model(note, project)));
    notes.extend(reference.iter().flat_map(|reference| reference.notes.iter().cloned()));
    let provenance = provenance(
        project,
        session,
        &found,
        reference.as_ref(),
        (row_notes, misfits.as_slice()),
        checked_out,
        &mut notes,
    );
    notes.extend(remarks::other_samples(project, &misfits));
    notes.extend(remarks::same_files(project, &session.engine));
    notes.extend(remarks::pandas_index(project, &gates.gates));
    notes.extend(selected_rows::null_conditions(project, &gates.gates, &measurements));
    if let Some(guard) = &mut guard {
        super::guard::gather(guard, &mut notes, &misfits);
        if let Some(effect) = super::guard::in_force(guard) {
            let fewer = fewer_rows::look(project, &gates, &measurements, session, effect, on_step);
            super::guard::add(guard, fewer);
        }
    }
    let failing = failing(&session.engine, (&gates.gates, &outcomes), &measurements, project.config.min_cell);
    let rows = found.stored().map(|stored| stored.rows_of_models(&gates)).unwrap_or_default();
    let mut stored = [StoredModels { specs: gates.specs.clone(), rows }, StoredModels::default()];
    if let Some(reference) = reference {
        stored[1] = reference.stored;
        gates.gates.extend(reference.gates);
        outcomes.extend(reference.outcomes);
    }
    let flips = flips(&gates, &measurements);
    let searched = found_slices(&gates, &measurements, project.config.seed, level);
    let (config, min_cell) = (&project.text, project.config.min_cell);
    let selected = selected_rows::selected(&gates.gates, &measurements);
    let (first_rows, broken_values) = (failing.rows, failing.values);
    let plots = request.plots.then(|| plots(&gates, &measurements, level));
    let context = Context {
        provenance,
        config,
        min_cell,
        selected,
        first_rows,
        broken_keys: failing.keys,
        broken_values,
        notes,
        guard,
        flips,
        explored,
        searched,
        plots,
    };
    let report = assemble(&gates.gates, &outcomes, &readings, context);
    Ok(Evaluated { gates, outcomes, report, stored })
}

/// Collects where the numbers come from. A commit that is not known is a note.
fn provenance(
    project: &Project,
    session: &Session,
    found: &FoundBaseline,
    reference: Option<&Reference>,
    (row_notes, misfits): (Vec<String>, &[(String, OtherSample)]),
    checked_out: CheckedOut,
    notes: &mut Vec<Note>,
) -> Provenance {
    let digest = sha256(project.text.as_bytes()).unwrap_or_default();
    let mut tried = found.sought().map(|sought| sought.tried.clone()).unwrap_or_default();
    tried.extend(reference.iter().flat_map(|reference| reference.tried.iter().cloned()));
    let [candidate, baseline] = [Side::Candidate, Side::Baseline].map(|side| session.files(side));
    let (candidate, odd) = candidate_inputs(checked_out, candidate);
    notes.extend(odd.map(|why| remarks::odd_repository(project, &why)).filter(|note| !notes.contains(note)));
    Provenance {
        candidate,
        baseline: match found.stored() {
            Some(stored) => {
                let misfits = misfits.iter().map(|(model, sample)| format!("{model}: {}", sample.message));
                stored.inputs(baseline, &digest, row_notes.into_iter().chain(misfits).collect())
            }
            None => Inputs { files: baseline, ..Inputs::default() },
        },
        reference: reference.map(|reference| reference.inputs.clone()),
        tried,
        config: FileDigest { path: project.name.clone(), digest, ..FileDigest::default() },
        policies: project
            .policies
            .iter()
            .map(|policy| FileDigest {
                path: policy.name.clone(),
                digest: policy.digest.clone(),
                ..FileDigest::default()
            })
            .collect(),
        checks: Vec::new(),
        seed: project.config.seed,
    }
}

/// Returns the files of the project that have to be part of the commit.
fn own_files(project: &Project) -> Vec<PathBuf> {
    let checks = project.config.checks.iter().map(|folder| project.root.join(&folder.value));
    std::iter::once(PathBuf::from(&project.name)).chain(checks).collect()
}

/// Returns the candidate's files with their commit, and the reason that the commit of an odd repository is not known.
fn candidate_inputs(checked_out: CheckedOut, files: Vec<FileDigest>) -> (Inputs, Option<String>) {
    let inputs = Inputs { files, ..Inputs::default() };
    match checked_out {
        CheckedOut::Commit(stamp, uncommitted_changes) => {
            let note = "with uncommitted changes, which the commit does not have";
            let inputs = Inputs {
                git: Some(stamp.id),
                time: Some(stamp.time),
                merges: stamp.merges,
                uncommitted_changes,
                notes: uncommitted_changes.then(|| note.to_owned()).into_iter().collect(),
                ..inputs
            };
            (inputs, None)
        }
        CheckedOut::Nothing => (inputs, None),
        CheckedOut::Untrusted(why) => {
            (Inputs { notes: vec![format!("the commit is not known: {why}")], ..inputs }, None)
        }
        CheckedOut::Odd(why) => (inputs, Some(why)),
    }
}
