//! Bootstrap samples of a model's rows under the null hypothesis of no change, for `mlgate power`.

use std::collections::{BTreeMap, BTreeSet};

use twox_hash::XxHash3_128;

use super::row_table::ModelFiles;
use super::sides::LoadedModel;
use crate::engine::predictions::decode::Groups;
use crate::engine::predictions::model_rows::ModelRows;
use crate::measurement::prediction_spec::PredictionSpec;
use crate::measurement::{MeasureError, Measured, PredictionMeasure};
use crate::stats::{Redraw, ResampledUnits};

/// A model whose rows can be resampled.
pub struct Rehearsal {
    model: ModelRows,
    units: ResampledUnits,
    /// The number of units on the other side, if it has other rows.
    other: Option<usize>,
    measures: BTreeSet<PredictionMeasure>,
}

impl Rehearsal {
    pub(crate) async fn read(
        spec: &PredictionSpec,
        files: ModelFiles<'_>,
        measures: &BTreeSet<PredictionMeasure>,
    ) -> Result<Self, MeasureError> {
        let LoadedModel { model, other, .. } = LoadedModel::read(spec, files, measures).await?;
        let units = ResampledUnits::new(&model.rows, &model.marks());
        let other = other.map(|other| ResampledUnits::new(&other.rows, &[]).len());
        Ok(Self { model, units, other, measures: measures.clone() })
    }

    /// All measures over a sample of rows that has nothing to do with that of [`Self::states`]: the other side's, where that has so many
    /// rows of its own and none of them is known.
    pub fn other_states(
        &self,
        seed: u64,
        number: u64,
        rows: u64,
    ) -> BTreeMap<PredictionMeasure, Result<Measured, MeasureError>> {
        // Clusters and queries of the other side are as large as those of this one.
        let units = u128::from(rows) * self.units.len() as u128 / (self.model.rows.len() as u128).max(1);
        let units = usize::try_from(units).unwrap_or(self.units.len()).max(1);
        let model = self.model.redrawn(&self.units.draw_other(seed, number, units));
        let sides = LoadedModel { model, other: None, all: None };
        self.measures.iter().map(|measure| (measure.clone(), sides.state(measure))).collect()
    }

    /// Computes all measures on the sample with this number. Samples are independent, so they can be drawn in any order
    /// and on any thread.
    pub fn states(&self, seed: u64, number: u64) -> BTreeMap<PredictionMeasure, Result<Measured, MeasureError>> {
        let model = self.model.redrawn(&self.units.draw(seed, number));
        // If the other side has other rows, the null hypothesis is that they come from the same population.
        let other = self.other.map(|units| self.model.redrawn(&self.units.draw_other(seed, number, units)));
        let sides = LoadedModel { model, other, all: None };
        self.measures.iter().map(|measure| (measure.clone(), sides.state(measure))).collect()
    }
}

impl ModelRows {
    /// Returns a number per row that differs between rows of different groups and slices.
    fn marks(&self) -> Vec<u64> {
        let mut marks = vec![0_u64; self.rows.len()];
        let mut mark = |row: usize, word: u64| {
            if let Some(sum) = marks.get_mut(row) {
                *sum = sum.wrapping_add(word);
            }
        };
        for (column, groups) in &self.groups {
            let words: Vec<u64> = groups.names.iter().map(|name| digest(&format!("{}\0{name}", column.name))).collect();
            for (row, code) in groups.codes.iter().enumerate() {
                mark(row, words[*code as usize]);
            }
        }
        for slices in self.slices.values().flatten() {
            for (name, rows) in slices {
                let word = digest(name);
                rows.iter().for_each(|row| mark(*row as usize, word));
            }
        }
        marks
    }

    fn redrawn(&self, sample: &Redraw) -> Self {
        let groups = self.groups.iter().map(|(column, groups)| {
            (column.clone(), Groups { codes: sample.of(&groups.codes), names: groups.names.clone() })
        });
        let mut is_in = vec![false; self.rows.len()];
        let slices = self.slices.iter().map(|(by, slices)| {
            let redrawn = slices.as_ref().map_err(Clone::clone).map(|slices| {
                slices
                    .iter()
                    .map(|(name, rows)| {
                        rows.iter().for_each(|row| is_in[*row as usize] = true);
                        let places = (0..).zip(&sample.rows).filter(|(_, row)| is_in[**row as usize]);
                        let places = places.map(|(place, _)| place).collect();
                        rows.iter().for_each(|row| is_in[*row as usize] = false);
                        (name.clone(), places)
                    })
                    .collect()
            });
            (by.clone(), redrawn)
        });
        Self {
            path: self.path.clone(),
            rows: self.rows.redrawn(sample),
            unpredicted: self.unpredicted.clone(),
            improper: self.improper.clone(),
            uneven: self.uneven.clone(),
            tallies: self.tallies.clone(),
            queries: self.queries.clone(),
            flips: Err(MeasureError("samples have no keys".to_owned())),
            wrong_rows: BTreeMap::new(),
            features: BTreeMap::new(),
            groups: groups.collect(),
            classes: self.classes.clone(),
            named: self.named.clone(),
            slices: slices.collect(),
            digest: None,
            edges: self.edges.clone(),
            _held: Vec::new(),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "half of a digest")]
fn digest(text: &str) -> u64 {
    XxHash3_128::oneshot(text.as_bytes()) as u64
}
