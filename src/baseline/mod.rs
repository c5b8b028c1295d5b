//! The stored baseline: what was measured of the side that others are compared with, in a file that can be reviewed.
//!
//! It holds states and not samples, so there is no row of data in it. Judging does not know whether a number was measured
//! just now or was stored. What is not in the file cannot be compared, and that is an error, never a pass.

mod layout;
mod model;
pub mod source;

use std::collections::BTreeSet;

pub use model::{Answer, Answered, AskedQuery, BASELINE_VERSION, Baseline, Column, Commit, Dataset, Holds, Input};

use crate::gate::measurement::{
    self, CellsOf, MeasureError, Measurement, Measurements, Query, State, TableId, TableInfo, TableKind, TableMeasure,
    Tables, TypeFamily,
};
use crate::stats::Side;
use crate::stats::drift::Distribution;

/// As many different values of a column are stored where a line of the config compares them.
const MOST_VALUES: usize = 1_000;

/// Where a baseline came from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The commit that was checked out.
    pub commit: Option<Commit>,
    /// The config.
    pub config: Input,
    /// The files that were read.
    pub inputs: Vec<Input>,
}

/// All that has to be measured of the candidate to make it the baseline: each column's distribution, and what the lines of
/// the config compare.
pub fn wanted<'a>(tables: &Tables, compared: impl Iterator<Item = &'a Measurement>) -> BTreeSet<Measurement> {
    let mut wanted = BTreeSet::new();
    for (id, info) in datasets(tables) {
        let of = |measure| Measurement::Table(id.clone(), measure);
        wanted.insert(of(TableMeasure::Rows));
        for column in &info.columns {
            wanted.insert(of(TableMeasure::Distribution(column.name.clone(), CellsOf::Nulls)));
            if column.data_type.family != TypeFamily::Other {
                wanted.insert(of(TableMeasure::Distribution(column.name.clone(), CellsOf::Values)));
            }
        }
    }
    wanted.extend(compared.filter_map(|measurement| match measurement {
        Measurement::Table(id, measure) if id.side == Side::Baseline && id.kind == TableKind::Dataset => {
            let id = TableId { side: Side::Candidate, ..id.clone() };
            is_storable(measure).then(|| Measurement::Table(id, measure.clone()))
        }
        Measurement::Query(query) if query.side == Side::Baseline => {
            Some(Measurement::Query(Query { side: Side::Candidate, ..query.clone() }))
        }
        _ => None,
    }));
    wanted
}

/// What relates a table to another one is not a state of it.
fn is_storable(measure: &TableMeasure) -> bool {
    !matches!(measure, TableMeasure::Partners { .. } | TableMeasure::NotAfter { .. } | TableMeasure::Explained { .. })
}

fn datasets(tables: &Tables) -> impl Iterator<Item = (&TableId, &TableInfo)> {
    let candidates = tables.iter().filter(|(id, _)| id.kind == TableKind::Dataset && id.side == Side::Candidate);
    candidates.filter_map(|(id, info)| Some((id, info.as_ref().ok()?)))
}

impl Baseline {
    /// Makes a baseline of what was measured of the candidate.
    ///
    /// # Errors
    ///
    /// What could not be measured. A column whose values cannot be counted is no error: the file says so.
    pub fn new(origin: Origin, tables: &Tables, measurements: &Measurements) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let unread = tables.iter().filter(|(id, _)| id.kind == TableKind::Dataset && id.side == Side::Candidate);
        problems.extend(unread.filter_map(|(_, info)| info.as_ref().err()).map(|error| error.0.clone()));
        let mut baseline = Self {
            version: BASELINE_VERSION,
            tool: concat!("mlgate ", env!("CARGO_PKG_VERSION")).to_owned(),
            commit: origin.commit,
            config: origin.config,
            inputs: origin.inputs,
            datasets: datasets(tables)
                .map(|(id, info)| (id.name.clone(), Dataset { path: info.path.clone(), ..Dataset::default() }))
                .collect(),
            queries: Vec::new(),
        };
        for (measurement, state) in measurements {
            let state = match (state, measurement) {
                (Ok(state), _) => state,
                // Nothing compares it yet; whoever does will read why it is not there.
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
                    is: Answer::of(state),
                }),
                Measurement::Predictions(..) | Measurement::Reported(..) | Measurement::Cells { .. } => {}
            }
        }
        for (id, info) in datasets(tables) {
            let Some(dataset) = baseline.datasets.get_mut(&id.name) else { continue };
            dataset.columns = info.columns.iter().map(|column| stored_column(id, column, measurements)).collect();
        }
        problems.sort();
        problems.dedup();
        if problems.is_empty() { Ok(baseline) } else { Err(problems) }
    }

    /// What is known of a dataset; nothing when it is not in the baseline.
    pub fn table(&self, name: &str) -> Option<TableInfo> {
        let dataset = self.datasets.get(name)?;
        let columns = dataset.columns.iter().map(|column| measurement::Column {
            name: column.name.clone(),
            data_type: measurement::ColumnType { name: column.type_name.clone(), family: column.family },
        });
        Some(TableInfo { path: dataset.path.clone(), columns: columns.collect() })
    }

    /// The baseline's answer.
    ///
    /// # Errors
    ///
    /// It is not in the baseline, and what to do about it.
    pub fn answer(&self, measurement: &Measurement) -> Result<State, MeasureError> {
        let missing = |what: String| {
            Err(MeasureError(format!(
                "the stored baseline does not hold {what}; `mlgate bless` measures what the config compares, and \
                 `baseline_path` names a file to compare with"
            )))
        };
        match measurement {
            Measurement::Table(id, measure) => {
                let Some(dataset) = self.datasets.get(&id.name) else {
                    return missing(format!("the dataset `{}`", id.name));
                };
                if !is_storable(measure) {
                    return Err(MeasureError(
                        "a stored baseline holds no rows to look for; `baseline_path` names a file to compare with"
                            .to_owned(),
                    ));
                }
                match dataset.answer(self, &id.name, measure) {
                    Some(answer) => answer.map_err(MeasureError),
                    None => missing(format!("this number of `{}`", id.name)),
                }
            }
            Measurement::Query(query) => {
                let asked = |known: &&AskedQuery| known.sql == query.sql && known.is_number == query.is_number;
                match self.queries.iter().find(asked) {
                    Some(known) => known.is.state().map_err(MeasureError),
                    None => missing("the answer to this query".to_owned()),
                }
            }
            Measurement::Predictions(model, _) | Measurement::Reported(TableId { name: model, .. }, _) => {
                missing(format!("the model `{model}`"))
            }
            Measurement::Cells { dataset, .. } => missing(format!("both sides of `{dataset}`")),
        }
    }
}

impl Dataset {
    /// Keeps what is not told by the columns.
    fn keep(&mut self, measure: &TableMeasure, state: &State) {
        match (measure, state) {
            (TableMeasure::Rows, State::Rows(rows)) => self.rows = *rows,
            (TableMeasure::Columns | TableMeasure::Distribution(..), _) => {}
            _ => self.answers.push(Answered { of: measure.clone(), is: Answer::of(state) }),
        }
    }

    fn answer(&self, baseline: &Baseline, name: &str, measure: &TableMeasure) -> Option<Result<State, String>> {
        match measure {
            TableMeasure::Rows => Some(Ok(State::Rows(self.rows))),
            TableMeasure::Columns => baseline.table(name).map(|table| Ok(State::Columns(table.columns))),
            TableMeasure::Distribution(column, of) => {
                let Some(column) = self.columns.iter().find(|known| known.name == *column) else {
                    return Some(Err(format!("the stored baseline of `{name}` has no column `{column}`")));
                };
                Some(match of {
                    CellsOf::Nulls => Ok(Distribution::Nulls(column.nulls, self.rows.saturating_sub(column.nulls))),
                    CellsOf::Values => column.holds.distribution(&column.name),
                })
                .map(|found| found.map(State::Distribution))
            }
            _ => self.answers.iter().find(|known| known.of == *measure).map(|known| known.is.state()),
        }
    }
}

fn stored_column(id: &TableId, column: &measurement::Column, measurements: &Measurements) -> Column {
    let distribution =
        |of| measurements.get(&Measurement::Table(id.clone(), TableMeasure::Distribution(column.name.clone(), of)));
    let nulls = match distribution(CellsOf::Nulls) {
        Some(Ok(State::Distribution(Distribution::Nulls(nulls, _)))) => *nulls,
        _ => 0,
    };
    let holds = match distribution(CellsOf::Values) {
        Some(Ok(State::Distribution(distribution))) => Holds::of(distribution),
        Some(Err(error)) => Holds::Nothing(error.0.clone()),
        _ => Holds::Nothing(format!("its values are {}, which are not counted", column.data_type)),
    };
    Column {
        name: column.name.clone(),
        type_name: column.data_type.name.clone(),
        family: column.data_type.family,
        nulls,
        holds,
    }
}
