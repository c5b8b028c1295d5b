//! The results of a baseline, in the form of fresh measurements.

use std::collections::BTreeMap;

use super::score_type::ScoreType;
use super::states::{ModelAnswer, StoredModel};
use super::{AskedQuery, Baseline, StoredAnswer, StoredDataset};
use crate::measurement::protocol::EvaluationProtocol;
use crate::measurement::queries::{Queries, RankedQueries};
use crate::measurement::{
    CellsOf, ColumnType, MeasureError, Measured, Measurement, OtherSide, PredictionMeasure, RowsDigest, SliceBy,
    TableId, TableInfo, TableMeasure, TypeFamily, Unpaired, side_by_side,
};
use crate::stats::drift::Distribution;
use crate::{measurement, stats};

impl Baseline {
    /// Returns the schema of a dataset; `None` if the baseline does not contain it.
    pub fn table(&self, name: &str) -> Option<TableInfo> {
        let dataset = self.datasets.get(name)?;
        let columns = dataset.columns.iter().map(|column| measurement::Column {
            name: column.name.clone(),
            data_type: measurement::ColumnType { name: column.type_name.clone(), family: column.family },
            nullable: column.nullable,
        });
        Some(TableInfo::new(dataset.path.clone(), columns.collect()))
    }

    /// Returns the baseline's result of a measurement.
    ///
    /// # Errors
    ///
    /// The baseline does not contain the result; the message says what to do.
    pub fn answer(&self, measurement: &Measurement) -> Result<Measured, MeasureError> {
        let missing = |what: String| {
            Err(MeasureError(format!(
                "the stored baseline does not hold {what}; `mlgate bless` stores what the config compares, or \
                 set a file to compare with as `baseline_path`"
            )))
        };
        match measurement {
            Measurement::Table(id, measure) => {
                let Some(dataset) = self.datasets.get(&id.name) else {
                    return missing(format!("the dataset `{}`", id.name));
                };
                if !measure.is_storable() {
                    return Err(MeasureError(
                        "a stored baseline holds no rows to find; compare with a file, set as `baseline_path`"
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
                    None => missing("the result of this query".to_owned()),
                }
            }
            Measurement::Reported(TableId { name: model, .. }, name) => {
                match self.reported.get(model).and_then(|numbers| numbers.get(name)) {
                    Some(number) => Ok(Measured::Number(Some(*number))),
                    None => missing(format!("`{name}` of the model `{model}`")),
                }
            }
            Measurement::Predictions(model, _) => missing(format!("both sides of the model `{model}`")),
            Measurement::Cells { dataset, .. } => missing(format!("both sides of `{dataset}`")),
        }
    }
}

/// Combines the candidate's state of a model, whose scores are of this type, with the stored one.
pub fn beside(
    stored: Result<&Baseline, &MeasureError>,
    model: &str,
    measure: &PredictionMeasure,
    (ours, scores): (Measured, Option<ScoreType>),
) -> Measured {
    let mut answer = stored.map_err(Clone::clone).and_then(|stored| {
        stored.refuse_other_scores(model, measure, scores)?;
        stored.model_answer(model, measure)
    });
    let is_ranking = Measurement::Predictions(model.to_owned(), measure.clone()).of_queries().is_some();
    if let (true, Ok(stored)) = (is_ranking, stored)
        && stored.models.get(model).is_some_and(|_| stored.queries(model).is_none())
    {
        answer = Err(MeasureError(format!(
            "the stored baseline does not record which queries the model `{model}` was measured on; `mlgate bless` adds them"
        )));
    }
    match ours {
        Measured::Queries(ours) => {
            let baseline = stored.ok().and_then(|stored| stored.queries(model)).cloned();
            Measured::Queries(RankedQueries { baseline, ..ours })
        }
        Measured::Model(ours) => apart(ours, answer.and_then(ModelAnswer::all)),
        Measured::Slices(mut ours) => match answer.and_then(ModelAnswer::slices) {
            Ok(theirs) => Measured::Slices(side_by_side(ours, theirs)),
            Err(error) => {
                for slice in &mut ours {
                    slice.other = OtherSide::Missing(error.clone());
                }
                Measured::Slices(ours)
            }
        },
        other => other,
    }
}

/// Returns the candidate's state of a model beside the state of an unrelated sample of rows.
pub fn beside_sample(ours: Measured, theirs: Measured) -> Measured {
    match (ours, theirs) {
        (Measured::Model(ours), Measured::Model(theirs)) => apart(ours, Ok(theirs)),
        (Measured::Slices(ours), Measured::Slices(theirs)) => Measured::Slices(side_by_side(ours, theirs)),
        (Measured::Queries(ours), Measured::Queries(theirs)) => {
            Measured::Queries(RankedQueries { baseline: Some(theirs.candidate), ..ours })
        }
        (ours, _) => ours,
    }
}

/// Two states of rows that are not paired.
fn apart(ours: stats::State, theirs: Result<stats::State, MeasureError>) -> Measured {
    let (candidate, baseline) = match (ours, theirs) {
        // Groups stand in one order on both sides.
        (stats::State::Contingency(ours), Ok(stats::State::Contingency(theirs))) => {
            let (ours, theirs) = ours.aligned(&theirs);
            (stats::State::Contingency(ours), Ok(stats::State::Contingency(theirs)))
        }
        sides => sides,
    };
    Measured::Apart { candidate: Box::new(candidate), baseline: baseline.map(Box::new), because: Unpaired::Stored }
}

impl Baseline {
    fn model(&self, name: &str) -> Result<&StoredModel, MeasureError> {
        self.models.get(name).ok_or_else(|| {
            MeasureError(format!("the stored baseline does not hold the model `{name}`; `mlgate bless` adds it"))
        })
    }

    fn model_answer(&self, name: &str, measure: &PredictionMeasure) -> Result<&ModelAnswer, MeasureError> {
        let found = self.model(name)?.answers.iter().find(|known| known.of == *measure);
        found.map(|known| &known.is).ok_or_else(|| {
            MeasureError(format!(
                "the stored baseline does not hold this number of the model `{name}`; `mlgate bless` stores what the \
                 config names"
            ))
        })
    }

    /// Returns the queries on which a ranking was measured.
    fn queries(&self, model: &str) -> Option<&Queries> {
        let answers = self.models.get(model)?.answers.iter();
        answers.filter(|known| known.of == PredictionMeasure::Queries).find_map(|known| known.is.queries())
    }

    /// Returns the bin edges of a model's numeric columns.
    pub fn edges(&self, model: &str) -> BTreeMap<SliceBy, Vec<f64>> {
        let bins = self.models.get(model).map_or(&[][..], |model| &model.bins);
        let sound = bins.iter().filter(|bins| {
            bins.edges.iter().all(|edge| edge.is_finite()) && bins.edges.windows(2).all(|pair| pair[0] < pair[1])
        });
        sound.map(|bins| (SliceBy::Bins(bins.column.clone(), bins.count), bins.edges.clone())).collect()
    }

    /// Returns the identity of the rows on which a model was measured.
    pub fn measured_on(&self, model: &str) -> Option<&RowsDigest> {
        self.models.get(model).map(|model| &model.measured_on)
    }

    /// Returns the protocol of the logs on which a model was measured; nothing where they were none.
    pub fn protocol_of(&self, model: &str) -> Option<&EvaluationProtocol> {
        self.models.get(model).map(|model| &model.protocol)
    }

    /// Returns the names of the numbers that another program measured of a model, as the columns of a table.
    pub fn reported(&self, model: &str) -> Option<TableInfo> {
        let number = |name: &String| measurement::Column {
            name: name.clone(),
            data_type: ColumnType { name: "float64".to_owned(), family: TypeFamily::Float },
            nullable: None,
        };
        let numbers = self.reported.get(model)?;
        let protocol = Ok(self.reported_protocols.get(model).cloned().unwrap_or_default());
        Some(TableInfo { protocol, ..TableInfo::new(String::new(), numbers.keys().map(number).collect()) })
    }
}

impl StoredDataset {
    fn answer(&self, baseline: &Baseline, name: &str, measure: &TableMeasure) -> Option<Result<Measured, String>> {
        match measure {
            TableMeasure::Rows => Some(Ok(Measured::Rows(self.rows))),
            TableMeasure::Columns => baseline.table(name).map(|table| Ok(Measured::Columns(table.columns))),
            TableMeasure::Distribution(column, of) => {
                if !of.is_of_columns() {
                    return self.counted(column, measure);
                }
                let Some(column) = self.columns.iter().find(|known| known.name == *column) else {
                    return Some(Err(format!("the stored baseline of `{name}` has no column `{column}`")));
                };
                if column.type_name == ColumnType::MIXED {
                    let why = "its values were of several types, and were not counted";
                    return Some(Err(format!("the stored baseline holds nothing for `{}`: {why}", column.name)));
                }
                Some(match of {
                    CellsOf::Nulls => Ok(Distribution::Nulls(column.nulls, self.rows.saturating_sub(column.nulls))),
                    _ => column.holds.distribution(&column.name),
                })
                .map(|found| found.map(Measured::Distribution))
            }
            TableMeasure::Filtered { of, .. } => match &**of {
                TableMeasure::Distribution(column, _) => self.counted(column, measure),
                _ => self.answers.iter().find(|known| known.of == *measure).map(|known| known.is.state()),
            },
            TableMeasure::Frequencies(column) => self.answers.iter().find(|known| known.of == *measure).map(|known| {
                let family = self.columns.iter().find(|known| known.name == *column).map(|known| known.family);
                known.is.state().map(|state| respelled(state, family))
            }),
            _ => self.answers.iter().find(|known| known.of == *measure).map(|known| known.is.state()),
        }
    }
}

impl StoredDataset {
    /// Returns the counts of a column that are stored as an answer: of some rows, or in bins that the config gives.
    fn counted(&self, column: &str, measure: &TableMeasure) -> Option<Result<Measured, String>> {
        let known = self.answers.iter().find(|known| known.of == *measure)?;
        let (_, counted) = measure.parts();
        Some(match (counted, &known.is) {
            (TableMeasure::Distribution(_, CellsOf::Nulls), StoredAnswer::Share { hits, n }) => {
                Ok(Measured::Distribution(Distribution::Nulls(*hits, n.saturating_sub(*hits))))
            }
            (_, StoredAnswer::Distribution(holds)) => holds.distribution(column).map(Measured::Distribution),
            (_, is) => is.state(),
        })
    }
}

/// Converts values into today's notation: earlier versions stored numbers and times as their types format them.
fn respelled(state: Measured, family: Option<TypeFamily>) -> Measured {
    let Measured::Frequencies(frequencies) = state else { return state };
    let spell: fn(&str) -> String = match family {
        Some(family) if family.is_number() => stats::spelling::of_number_text,
        Some(TypeFamily::Date | TypeFamily::Timestamp) => stats::spelling::of_time_text,
        _ => str::to_owned,
    };
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (value, rows) in frequencies.counts {
        *counts.entry(spell(&value)).or_default() += rows;
    }
    Measured::Frequencies(stats::Frequencies { counts })
}
