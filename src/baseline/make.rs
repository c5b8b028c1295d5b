//! The candidate's measurements → a baseline.

use std::collections::{BTreeMap, BTreeSet};

use super::score_type::ScoreType;
use super::states::{Bins, ModelAnswer, ModelAnswered, StoredModel, StoredNumber};
use super::{
    Answered, AskedQuery, BASELINE_VERSION, Baseline, Origin, StoredAnswer, StoredColumn, StoredDataset,
    StoredDistribution, TOOL,
};
use crate::config::rows_of_labels;
use crate::gate::judge::{Read, Reading};
use crate::gate::{Constraint, Gates, Observed};
use crate::measurement;
use crate::measurement::prediction_spec::PredictionSpec;
use crate::measurement::{
    CellsOf, ColumnType, Measured, Measurement, Measurements, PredictionMeasure, Query, SliceBy, TableId, TableInfo,
    TableKind, TableMeasure, Tables, TypeFamily,
};
use crate::stats::drift::Distribution;
use crate::stats::{GroupMeasure, Metric, Side};

/// Readings of models, which a baseline stores for reviewers besides the states.
#[derive(Debug, Clone, Copy)]
pub struct ReadingsToStore<'a> {
    /// The numbers of all models, as in the report.
    pub readings: &'a [Reading],
    /// The seed of resampling.
    pub seed: u64,
}

/// Returns the measurements of the candidate that a baseline needs: each column's distribution, and the measurements of
/// the config's lines.
pub fn wanted(tables: &Tables, gates: &Gates) -> BTreeSet<Measurement> {
    let mut wanted = BTreeSet::new();
    for (id, info) in datasets(tables) {
        let of = |measure| Measurement::Table(id.clone(), measure);
        wanted.insert(of(TableMeasure::Rows));
        // A mixed column is stored by name only, because none of its values can be counted.
        for column in info.columns.iter().filter(|column| column.data_type.name != ColumnType::MIXED) {
            wanted.insert(of(TableMeasure::Distribution(column.name.clone(), CellsOf::Nulls)));
            if column.data_type.family != TypeFamily::Other {
                wanted.insert(of(TableMeasure::Distribution(column.name.clone(), CellsOf::Values)));
            }
        }
    }
    for model in gates.specs.keys() {
        wanted.insert(Measurement::Predictions(model.clone(), PredictionMeasure::Rows));
    }
    for measurement in gates.measurements() {
        match measurement {
            Measurement::Predictions(
                _,
                PredictionMeasure::Flips(_)
                | PredictionMeasure::WrongRows { .. }
                | PredictionMeasure::FoundSlices(_)
                | PredictionMeasure::WorstSlices(..)
                | PredictionMeasure::ScoreBins(_),
            ) => {}
            Measurement::Predictions(model, measure) => {
                if let PredictionMeasure::Sliced(_, SliceBy::Bins(column, count)) = measure {
                    let edges = PredictionMeasure::Edges(column.clone(), *count);
                    wanted.insert(Measurement::Predictions(model.clone(), edges));
                }
                wanted.insert(measurement.clone());
            }
            _ => wanted.extend(of_candidate(measurement)),
        }
    }
    wanted
}

/// Returns the candidate's counterpart of a baseline's measurement.
fn of_candidate(measurement: &Measurement) -> Option<Measurement> {
    match measurement {
        Measurement::Table(id, measure) if id.side == Side::Baseline && id.kind == TableKind::Dataset => {
            let id = TableId { side: Side::Candidate, ..id.clone() };
            measure.is_storable().then(|| Measurement::Table(id, measure.clone()))
        }
        Measurement::Cells { dataset, column, of, rows } if rows.is_some() || !of.is_of_columns() => {
            let id = TableId { kind: TableKind::Dataset, name: dataset.clone(), side: Side::Candidate };
            let counted = TableMeasure::Distribution(column.clone(), of.clone());
            Some(Measurement::Table(id, counted.of_rows(rows.as_deref())))
        }
        Measurement::Query(query) if query.side == Side::Baseline => {
            Some(Measurement::Query(Query { side: Side::Candidate, ..query.clone() }))
        }
        Measurement::Reported(id, name) => {
            Some(Measurement::Reported(TableId { side: Side::Candidate, ..id.clone() }, name.clone()))
        }
        _ => None,
    }
}

fn datasets(tables: &Tables) -> impl Iterator<Item = (&TableId, &TableInfo)> {
    let candidates = tables.iter().filter(|(id, _)| id.kind == TableKind::Dataset && id.side == Side::Candidate);
    candidates.filter_map(|(id, info)| Some((id, info.as_ref().ok()?)))
}

impl Baseline {
    /// Makes a baseline of the candidate's measurements.
    ///
    /// # Errors
    ///
    /// A measurement failed. A column whose values cannot be counted is not an error: the file contains the reason.
    pub fn new(
        origin: Origin,
        tables: &Tables,
        gates: &Gates,
        measurements: &Measurements,
        told: ReadingsToStore<'_>,
    ) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let unread = tables.iter().filter(|(id, _)| id.kind == TableKind::Dataset && id.side == Side::Candidate);
        problems.extend(unread.filter_map(|(_, info)| info.as_ref().err()).map(|error| error.0.clone()));
        let mut baseline = Self {
            version: BASELINE_VERSION,
            tool: TOOL.to_owned(),
            commit: origin.commit,
            config: origin.config,
            inputs: origin.inputs,
            despite: Vec::new(),
            datasets: datasets(tables)
                .map(|(id, info)| {
                    (id.name.clone(), StoredDataset { path: info.path.clone(), ..StoredDataset::default() })
                })
                .collect(),
            models: BTreeMap::new(),
            reported: BTreeMap::new(),
            reported_protocols: BTreeMap::new(),
            queries: Vec::new(),
        };
        for (measurement, state) in measurements {
            let state = match (state, measurement) {
                (Ok(state), _) => state,
                // No gate compares this column yet; a later one reads the reason it is missing.
                (Err(_), Measurement::Table(_, TableMeasure::Distribution(_, CellsOf::Values))) => continue,
                (Err(error), _) => {
                    problems.push(error.0.clone());
                    continue;
                }
            };
            match measurement {
                Measurement::Table(id, measure) => {
                    if let Some(dataset) = baseline.datasets.get_mut(&id.name) {
                        dataset.keep(measure, state);
                    }
                }
                Measurement::Query(query) => baseline.queries.push(AskedQuery {
                    sql: query.sql.clone(),
                    is_number: query.is_number,
                    is: StoredAnswer::of(state),
                }),
                Measurement::Reported(id, name) => {
                    if let (Side::Candidate, Measured::Number(Some(number))) = (id.side, state) {
                        baseline.reported.entry(id.name.clone()).or_default().insert(name.clone(), *number);
                    }
                }
                Measurement::Predictions(..) | Measurement::Cells { .. } => {}
            }
        }
        for model in baseline.reported.keys() {
            let id = TableId { kind: TableKind::Metrics, name: model.clone(), side: Side::Candidate };
            match tables.get(&id).map(|info| info.as_ref().map(|info| &info.protocol)) {
                Some(Ok(Ok(protocol))) if !protocol.is_empty() => {
                    baseline.reported_protocols.insert(model.clone(), protocol.clone());
                }
                Some(Ok(Err(error))) => problems.push(error.0.clone()),
                _ => {}
            }
        }
        for (id, info) in datasets(tables) {
            let Some(dataset) = baseline.datasets.get_mut(&id.name) else { continue };
            dataset.columns = info.columns.iter().map(|column| stored_column(id, column, measurements)).collect();
        }
        let metrics = metrics(gates);
        for (model, spec) in &gates.specs {
            if let Some(stored) = stored_model((model, spec), tables, &metrics, measurements, told) {
                baseline.models.insert(model.clone(), stored);
            }
        }
        problems.sort();
        problems.dedup();
        if problems.is_empty() { Ok(baseline) } else { Err(problems) }
    }
}

impl StoredDataset {
    /// Stores a state that is not part of the columns.
    fn keep(&mut self, measure: &TableMeasure, state: &Measured) {
        match (measure, state) {
            (TableMeasure::Rows, Measured::Rows(rows)) => self.rows = *rows,
            (TableMeasure::Columns, _) => {}
            (TableMeasure::Distribution(_, of), _) if of.is_of_columns() => {}
            _ => self.answers.push(Answered { of: measure.clone(), is: StoredAnswer::of(state) }),
        }
    }
}

fn stored_column(id: &TableId, column: &measurement::Column, measurements: &Measurements) -> StoredColumn {
    let distribution =
        |of| measurements.get(&Measurement::Table(id.clone(), TableMeasure::Distribution(column.name.clone(), of)));
    let nulls = match distribution(CellsOf::Nulls) {
        Some(Ok(Measured::Distribution(Distribution::Nulls(nulls, _)))) => *nulls,
        _ => 0,
    };
    let holds = match distribution(CellsOf::Values) {
        Some(Ok(Measured::Distribution(distribution))) => StoredDistribution::of(distribution),
        Some(Err(error)) => StoredDistribution::Nothing(error.0.clone()),
        _ => StoredDistribution::Nothing(format!("its values are {}, which are not counted", column.data_type)),
    };
    StoredColumn {
        name: column.name.clone(),
        type_name: column.data_type.name.clone(),
        family: column.data_type.family,
        nullable: column.nullable,
        nulls,
        holds,
    }
}

/// Returns the metrics that are computed from each state.
fn metrics(gates: &Gates) -> BTreeMap<&Measurement, Vec<Metric>> {
    let demanded = gates.gates.iter().filter_map(|gate| match gate.task.as_ref().ok()? {
        Constraint::Metric { metric, state, .. } | Constraint::Change { metric, state, .. } => Some((state, *metric)),
        Constraint::Sliced { metric, slices, .. } => Some((slices, *metric)),
        Constraint::Groups { measure: GroupMeasure::Metric(metric), state, .. } => Some((state, *metric)),
        _ => None,
    });
    let observed = gates.observations.iter().filter_map(|observation| match observation.what {
        Observed::Metric(metric) | Observed::Slices(metric) | Observed::Groups(GroupMeasure::Metric(metric)) => {
            Some((&observation.state, metric))
        }
        _ => None,
    });
    let mut metrics: BTreeMap<&Measurement, Vec<Metric>> = BTreeMap::new();
    for (state, metric) in demanded.chain(observed) {
        let of = metrics.entry(state).or_default();
        if !of.contains(&metric) {
            of.push(metric);
        }
    }
    metrics
}

fn stored_model(
    (name, spec): (&str, &PredictionSpec),
    tables: &Tables,
    metrics: &BTreeMap<&Measurement, Vec<Metric>>,
    measurements: &Measurements,
    told: ReadingsToStore<'_>,
) -> Option<StoredModel> {
    let id = TableId { kind: TableKind::Predictions, name: name.to_owned(), side: Side::Candidate };
    let info = tables.get(&id)?.as_ref().ok()?;
    let (path, protocol) = (info.path.clone(), info.protocol.clone().unwrap_or_default());
    let (mut answers, mut bins, mut measured_on) = (Vec::new(), Vec::new(), None);
    for (measurement, state) in measurements {
        let (Measurement::Predictions(model, measure), Ok(state)) = (measurement, state) else { continue };
        if model != name {
            continue;
        }
        match (measure, state) {
            (PredictionMeasure::Rows, Measured::RowsDigest(digest)) => measured_on = Some(digest.clone()),
            (PredictionMeasure::Edges(column, count), Measured::Edges(edges)) => {
                bins.push(Bins { column: column.clone(), count: *count, edges: edges.clone() });
            }
            // The names are used in messages only.
            (PredictionMeasure::Classes | PredictionMeasure::Remarks, _) => {}
            _ => {
                let metrics = metrics.get(measurement).map_or(&[][..], Vec::as_slice);
                answers.push(ModelAnswered { of: measure.clone(), is: ModelAnswer::of(state, metrics, told.seed) });
            }
        }
    }
    let of_model = |reading: &&Reading| {
        let (model, dataset) = (reading.subject.get("model"), reading.subject.get("dataset"));
        let whose = model.cloned().or_else(|| dataset.map(|dataset| rows_of_labels(dataset)));
        reading.side == Side::Candidate && whose.is_some_and(|whose| whose == name)
    };
    let mut numbers: Vec<StoredNumber> = Vec::new();
    for reading in told.readings.iter().filter(of_model) {
        let number = number(reading);
        // A rate may also be part of a measure that combines several rates.
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    let scores = ScoreType::of(info, spec);
    Some(StoredModel { path, measured_on: measured_on?, protocol, scores, rows: None, numbers, bins, answers })
}

/// Returns a reading in the form for reviewers, with few digits.
fn number(reading: &Reading) -> StoredNumber {
    let of = reading.subject.iter().filter(|(role, _)| !matches!(**role, "model" | "dataset" | "metric" | "rate"));
    let none = StoredNumber {
        of: of.map(|(role, name)| ((*role).to_owned(), name.clone())).collect(),
        measure: reading.measure.clone(),
        value: None,
        interval: None,
        n: None,
        undefined: None,
    };
    match &reading.number {
        Read::Estimated(Ok(estimate)) => StoredNumber {
            value: Some(rounded(estimate.value)),
            interval: estimate.interval.iter().all(|end| end.is_finite()).then_some(estimate.interval.map(rounded)),
            n: Some(estimate.n),
            ..none
        },
        Read::Estimated(Err(why)) => StoredNumber { undefined: Some(why.to_string()), ..none },
        Read::Reported(Ok(value)) => StoredNumber { value: Some(rounded(*value)), ..none },
        Read::Reported(Err(why)) => StoredNumber { undefined: Some(why.clone()), ..none },
    }
}

/// Rounds a number to six digits.
fn rounded(number: f64) -> f64 {
    format!("{number:.5e}").parse().unwrap_or(number)
}
