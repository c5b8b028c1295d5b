//! Gates and their outcomes → the report.

mod estimates;
mod found_slices;
mod listed;
mod numbers;
mod plots;
mod suppressed;

use std::collections::BTreeMap;

pub use self::found_slices::{attributed_by, slice_searches};
use self::listed::{explored, flipped, measurement};
use self::numbers::numbers;
use self::suppressed::Privacy;
use super::document::{
    At, BrokenValue, Counts, GateResult, GuardResult, NoiseResult, Note, Overall, PolicyResult, Provenance,
    REPORT_VERSION, Report, SelectedRowsResult, TestResult, Tool, WaiverResult,
};
use super::message::{at_rows, message, of_selected, of_values, renew, undecided, waived};
use crate::config::{LineStarts, Span};
use crate::gate::judge::{Evidence, Exploration, Outcome, Plots, Reading, SearchedModel};
use crate::gate::verdict::{Effect, Verdict};
use crate::gate::{FromPolicy, Gate};
use crate::measurement::flips::ListedFlips;
use crate::measurement::{BrokenValues, SelectedRows};
use estimates::roles;

/// The contents of a report besides the gates.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The origin of all inputs.
    pub provenance: Provenance,
    /// The config's text, in which gates have their places.
    pub config: &'a str,
    /// The smallest number of rows of a group whose numbers are shown.
    pub min_cell: u64,
    /// The rows that a gate looks at, by the gate's position, if its line names a condition.
    pub selected: BTreeMap<usize, SelectedRows>,
    /// The first rows that fail a gate, by the gate's position.
    pub first_rows: BTreeMap<usize, Vec<u64>>,
    /// The keys of rows that must be right and are wrong, by the gate's position, if they were requested.
    pub broken_keys: BTreeMap<usize, Vec<Vec<String>>>,
    /// The values that fail a gate, by the gate's position.
    pub broken_values: BTreeMap<usize, BrokenValues>,
    /// Notes besides the gates.
    pub notes: Vec<Note>,
    /// The demands of the change beside those of the other side.
    pub guard: Option<GuardResult>,
    /// Metrics in slices that have no gate.
    pub explored: Vec<Exploration>,
    /// The searches for slices in which a model got worse.
    pub searched: Vec<SearchedModel>,
    /// The flipped rows, if they were requested.
    pub flips: Vec<ListedFlips>,
    /// The counts behind the charts, if they were requested.
    pub plots: Option<Plots>,
}

/// Builds the report.
pub fn assemble(gates: &[Gate], outcomes: &[Outcome], readings: &[Reading], mut context: Context<'_>) -> Report {
    let privacy = Privacy::new(gates, readings, context.min_cell);
    let mut found_slices = slice_searches(std::mem::take(&mut context.searched), context.min_cell);
    // `mlgate slices --by` is about columns; a report would be long.
    attributed_by(&mut found_slices, &[]);
    let lines = LineStarts::of(context.config);
    let results: Vec<GateResult> = gates
        .iter()
        .zip(outcomes)
        .enumerate()
        .map(|(index, (gate, outcome))| result(index, gate, outcome, (&context, &privacy, &lines)))
        .collect();
    let verdict = overall(&results, &context.notes, context.guard.as_ref());
    Report {
        version: REPORT_VERSION,
        tool: Tool { name: "mlgate".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        verdict,
        exit_code: verdict.exit_code(),
        counts: counts(&results),
        measurements: readings
            .iter()
            .zip(privacy.of_readings(readings))
            .map(|(reading, kept)| measurement(reading, kept, context.min_cell))
            .collect(),
        provenance: context.provenance,
        run: None,
        notes: context.notes,
        guard: context.guard,
        explored: context.explored.into_iter().map(|table| explored(table, context.min_cell)).collect(),
        found_slices,
        flips: context.flips.into_iter().map(flipped).collect(),
        plots: context.plots.map(|found| plots::plots(found, context.min_cell)),
        gates: results,
        power: Vec::new(),
        states: None,
    }
}

/// Returns the number of gates by verdict.
pub fn counts(results: &[GateResult]) -> Counts {
    let mut counts = Counts::default();
    for result in results {
        *match result.verdict {
            _ if result.effect == Effect::Waived => &mut counts.waived,
            Verdict::Pass => &mut counts.pass,
            Verdict::Fail => &mut counts.fail,
            Verdict::Inconclusive => &mut counts.inconclusive,
            Verdict::NotApplicable => &mut counts.not_applicable,
            Verdict::NoBaseline => &mut counts.no_baseline,
            Verdict::Error => &mut counts.error,
        } += 1;
    }
    counts
}

/// Returns the verdict over all gates. A failed gate outweighs one that could not be evaluated, because its result is
/// known.
pub fn overall(results: &[GateResult], notes: &[Note], guard: Option<&GuardResult>) -> Overall {
    let any = |found: &dyn Fn(&GateResult) -> bool| results.iter().any(found);
    let guarded = |effect: Effect| guard.is_some_and(|guard| guard.effect == effect);
    if any(&|gate| gate.effect == Effect::Blocks && gate.verdict != Verdict::Error) || guarded(Effect::Blocks) {
        Overall::Fail
    } else if any(&|gate| gate.verdict == Verdict::Error) || !any(&|gate| gate.verdict != Verdict::NotApplicable) {
        // A run that checked nothing is not a success.
        Overall::Error
    } else if any(&|gate| gate.effect == Effect::Warns)
        || notes.iter().any(|note| note.effect == Effect::Warns)
        || guarded(Effect::Warns)
    {
        Overall::Warn
    } else {
        Overall::Pass
    }
}

impl Overall {
    /// Returns the exit code of a run with this verdict, unless the caller requests an exit code for warnings.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Pass | Self::Warn => 0,
            Self::Fail => 1,
            Self::Error => 4,
        }
    }
}

fn result(
    index: usize,
    gate: &Gate,
    outcome: &Outcome,
    (context, privacy, lines): (&Context<'_>, &Privacy, &LineStarts<'_>),
) -> GateResult {
    let kept = match &outcome.evidence {
        Evidence::Groups(found) => privacy.of_gate(gate, found),
        _ => Vec::new(),
    };
    let numbers = numbers(gate, &outcome.evidence, (context.min_cell, &kept));
    let first_rows = context.first_rows.get(&index).cloned().unwrap_or_default();
    let at = |span: Span| {
        let (line, column) = lines.line_column(span.start);
        At { file: context.provenance.config.path.clone(), line, column }
    };
    let effect = outcome.verdict.effect(gate.severity, gate.on_inconclusive);
    let broken = context.broken_values.get(&index).cloned().unwrap_or_default();
    let found = message(gate, outcome, numbers.unit, (context.min_cell, &kept));
    let selected = selected(gate, context.selected.get(&index));
    let found = found + &of_selected(selected.as_ref()) + &of_values(&broken) + &at_rows(&first_rows);
    let waiver = gate.waiver.as_ref();
    let (verdict, effect) = waiver.map_or((outcome.verdict, effect), |waiver| waiver.weigh(outcome.verdict, effect));
    let has_ended = waiver.is_some_and(|waiver| waiver.has_ended) && verdict == Verdict::Fail;
    let waiver = waiver.map(|waiver| WaiverResult {
        owner: waiver.owner.clone(),
        reason: waiver.reason.clone(),
        until: waiver.until.to_string(),
        has_ended: waiver.has_ended,
        at: at(waiver.at),
    });
    GateResult {
        id: gate.id.clone(),
        check: gate.check.clone(),
        family: gate.family.name().to_owned(),
        subject: roles(&gate.subject),
        severity: gate.severity,
        verdict,
        effect,
        candidate: numbers.candidate,
        baseline: numbers.baseline,
        change: numbers.change,
        bound: gate.bound.clone(),
        definition: gate.definition.clone(),
        counts: gate.counts.clone(),
        message: found + &waived(waiver.as_ref(), outcome.verdict, effect),
        test: test(&outcome.evidence),
        noise: noise(&outcome.evidence),
        selected,
        broken_keys: context.broken_keys.get(&index).cloned().unwrap_or_default(),
        first_rows,
        broken_values: broken.values.into_iter().map(|(value, rows)| BrokenValue { value, rows }).collect(),
        unit: numbers.unit,
        groups: numbers.groups,
        group_unit: numbers.group_unit,
        help: match &waiver {
            Some(waiver) if has_ended => renew(waiver),
            _ if outcome.verdict == Verdict::Inconclusive => undecided(gate, outcome),
            _ => gate.help.clone(),
        },
        waiver,
        policy: gate.from_policy.as_ref().map(|from| PolicyResult { name: from.policy.clone(), at: of_policy(from) }),
        at: match &gate.from_policy {
            Some(from) if !from.is_own => of_policy(from),
            _ => at(gate.at),
        },
    }
}

/// Returns the rows that a gate looks at; `None` for all rows, and for a condition that selects none.
fn selected(gate: &Gate, found: Option<&SelectedRows>) -> Option<SelectedRowsResult> {
    let (filter, found) = gate.filter.as_ref().zip(found.filter(|found| found.rows > 0))?;
    let SelectedRows { rows, unknown, of } = *found;
    Some(SelectedRowsResult { condition: filter.condition.clone(), rows, null: unknown, of })
}

fn of_policy(from: &FromPolicy) -> At {
    At { file: from.policy.clone(), line: from.line, column: from.column }
}

/// Returns the noise of a gate whose number is a distance.
fn noise(evidence: &Evidence) -> Option<NoiseResult> {
    let Evidence::Drift { drift, chance, tests, .. } = evidence else { return None };
    Some(NoiseResult { p: drift.chance, adjusted_p: *chance, gates: *tests as u64, floor: drift.floor })
}

/// Returns the statistical test of a gate whose number is an adjusted p-value.
fn test(evidence: &Evidence) -> Option<TestResult> {
    let Evidence::ChiSquare(found) = evidence else { return None };
    found.detectable?;
    Some(TestResult {
        name: "chi-square".to_owned(),
        statistic: found.test.statistic,
        degrees: found.test.degrees,
        p: found.test.chance,
        gates: found.tests as u64,
        strength: found.test.strength,
    })
}
