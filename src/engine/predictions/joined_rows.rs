//! The rows of a model's files, in the order of the candidate's.

use datafusion::arrow::array::Array;
use datafusion::execution::memory_pool::MemoryReservation;

use super::grades::graded;
use super::kept_rows;
use super::new_keys::drop_new;
use super::outputs::{Labels, differing};
use super::pairing::{BASELINE, Keys};
use super::row_needs::{in_same_file, outputs};
use super::row_table::{ModelFile, ModelFiles, RowTable, in_order_of, keys_of, read};
use super::rows_digest::rows_digest;
use super::tally::{ScoreTally, Tallies};
use super::unscored;
use crate::measurement::prediction_spec::{BaselinePredictions, OutputColumns, PredictionSpec};
use crate::measurement::{MeasureError, RowsDigest};

/// The rows of all files.
pub(crate) struct JoinedRows<'a> {
    spec: &'a PredictionSpec,
    pub(crate) candidate: RowTable,
    /// The keys of the candidate's rows, if other rows are paired with them.
    pub(crate) keys: Option<Keys>,
    /// The rows of the file of labels.
    labels: Option<RowTable>,
    /// The rows of the baseline's file, with its columns of predictions.
    baseline: Option<(RowTable, &'a OutputColumns)>,
    /// The rows that a stored baseline keeps, with the digest of the rows that it measured.
    kept: Option<(RowTable, &'a RowsDigest)>,
    /// The counts of rows that were not scored.
    pub(crate) tallies: Tallies,
    /// The memory that is reserved for all of this.
    pub(crate) held: Vec<MemoryReservation>,
}

impl<'a> JoinedRows<'a> {
    /// Reads these columns and features of the candidate, and pairs the rows of the other files with its rows.
    pub(crate) async fn read(
        spec: &'a PredictionSpec,
        files: ModelFiles<'_>,
        (columns, features): (&[String], &[String]),
    ) -> Result<Self, MeasureError> {
        let mut rows = Self::of_candidate(spec, files.candidate, (columns, features)).await?;
        rows.pair_kept_rows(files.baseline).await?;
        rows.pair_labels(files.labels).await?;
        rows.drop_new_keys(files.baseline).await?;
        if rows.kept.is_some() {
            kept_rows::round(&mut rows.candidate, &spec.candidate)?;
        }
        rows.pair_baseline(files.baseline).await?;
        rows.drop_unscored()?;
        Ok(rows)
    }

    async fn of_candidate(
        spec: &'a PredictionSpec,
        file: ModelFile<'_>,
        (columns, features): (&[String], &[String]),
    ) -> Result<Self, MeasureError> {
        let (table, held) = read(file, columns.iter().chain(features)).await?;
        let mut tally = ScoreTally::default();
        // Features are not needed: one that differs within a question tells no questions apart.
        let needed = |name: &String| !features.contains(name) || spec.of_rows().any(|column| column == name);
        let candidate = graded(spec, table, &outputs(spec).collect::<Vec<_>>(), (&mut tally, &needed))?;
        if row_count(&candidate) == 0 {
            return Err(candidate.blame(MeasureError("there are no rows".to_owned())));
        }
        let keys = if spec.is_joined() { Some(keys_of(spec, &candidate)?) } else { None };
        let tallies = Tallies { ours: tally, theirs: None, dropped: 0, unscored: spec.unscored, new_keys: None };
        let held = vec![held];
        Ok(Self { spec, candidate, keys, labels: None, baseline: None, kept: None, tallies, held })
    }

    /// Pairs the rows that a stored baseline keeps.
    async fn pair_kept_rows(&mut self, baseline: Option<ModelFile<'_>>) -> Result<(), MeasureError> {
        if let (Some(BaselinePredictions::Hashed(rows)), Some(file), Some(keys)) =
            (&self.spec.baseline, baseline, &self.keys)
        {
            let key = kept_rows::KEY.to_owned();
            let (table, held) = read(file, std::iter::once(&key).chain(self.spec.candidate.names())).await?;
            self.held.push(held);
            let table = kept_rows::in_order_of(keys, &self.candidate, table, &self.spec.candidate, &rows.salt);
            self.kept = table.map(|table| (table, &rows.measured_on));
        }
        Ok(())
    }

    async fn pair_labels(&mut self, file: Option<ModelFile<'_>>) -> Result<(), MeasureError> {
        if let Some(file) = file.filter(|_| self.spec.has_labels) {
            self.labels = Some(self.in_order((file, "labels"), self.spec.label.clone(), None).await?);
        }
        Ok(())
    }

    /// Drops the rows whose keys the baseline's file lacks, if the config allows them.
    async fn drop_new_keys(&mut self, baseline: Option<ModelFile<'_>>) -> Result<(), MeasureError> {
        if let (true, Some(BaselinePredictions::File(_)), Some(file), Some(keys)) =
            (self.spec.allows_new_keys, &self.spec.baseline, baseline, &mut self.keys)
        {
            let mut tables = vec![&mut self.candidate];
            tables.extend(self.labels.as_mut());
            self.tallies.new_keys = drop_new(self.spec, file, keys, &mut tables).await?;
        }
        Ok(())
    }

    /// Pairs the rows of the baseline's file.
    async fn pair_baseline(&mut self, baseline: Option<ModelFile<'_>>) -> Result<(), MeasureError> {
        if let (Some(BaselinePredictions::File(columns)), Some(file)) = (&self.spec.baseline, baseline) {
            let labels = self.spec.label.iter().filter(|_| !self.spec.has_labels);
            let names = labels.chain(columns.names()).cloned().collect();
            let mut tally = ScoreTally::default();
            self.baseline = Some((self.in_order((file, BASELINE), names, Some(&mut tally)).await?, columns));
            self.tallies.theirs = Some(tally);
        }
        Ok(())
    }

    /// Drops the rows that one side did not score, if the config says so.
    fn drop_unscored(&mut self) -> Result<(), MeasureError> {
        let mut tables = vec![(&mut self.candidate, outputs(self.spec).collect())];
        tables.extend(self.baseline.as_mut().map(|(table, columns)| (table, columns.names().collect())));
        tables.extend(self.labels.as_mut().map(|table| (table, Vec::new())));
        let mut nothing = ScoreTally::default();
        let theirs = self.tallies.theirs.as_mut().unwrap_or(&mut nothing);
        let dropped = unscored::drop_rows(self.spec, tables, [&mut self.tallies.ours, theirs])?;
        self.tallies.dropped = dropped;
        if dropped > 0 && self.spec.is_joined() {
            self.keys = Some(keys_of(self.spec, &self.candidate)?);
        }
        Ok(())
    }

    /// Reads columns of another file in the order of the candidate's rows; those of predictions are tallied.
    async fn in_order(
        &mut self,
        (file, what): (ModelFile<'_>, &str),
        names: Vec<String>,
        tally: Option<&mut ScoreTally>,
    ) -> Result<RowTable, MeasureError> {
        let samples = self.spec.sample_key().chain(self.spec.of_variants()).filter(|_| tally.is_some());
        let (table, held) = read(file, self.spec.key.iter().chain(samples).chain(&names)).await?;
        self.held.push(held);
        let table = match tally {
            Some(tally) => graded(self.spec, table, &names.iter().collect::<Vec<_>>(), (tally, &|_| true))?,
            None => table,
        };
        match &self.keys {
            Some(keys) => in_order_of(self.spec, keys, table, what),
            None => Err(MeasureError("rows can be paired only by a key".to_owned())),
        }
    }

    /// Returns the baseline's rows and its columns of predictions.
    fn other_side(&self) -> Option<(&RowTable, &'a OutputColumns)> {
        match (&self.baseline, in_same_file(self.spec)) {
            (Some((table, columns)), _) => Some((table, *columns)),
            (None, Some(columns)) => Some((&self.candidate, columns)),
            (None, None) => self.kept.as_ref().map(|(table, _)| (table, &self.spec.candidate)),
        }
    }

    /// Reads the labels, which must be those of the baseline's file.
    pub(crate) fn labels(&self) -> Result<Labels, MeasureError> {
        let sides: Vec<(&RowTable, &OutputColumns)> =
            std::iter::once((&self.candidate, &self.spec.candidate)).chain(self.other_side()).collect();
        let table = self.labels.as_ref().unwrap_or(&self.candidate);
        let labels = Labels::read(self.spec, table, &self.candidate, &sides)?;
        if let (Some((table, _)), Some(keys), false) = (&self.baseline, &self.keys, self.spec.has_labels) {
            let theirs = Labels::read(self.spec, table, &self.candidate, &sides)?;
            let rows = differing(&labels.truth, &theirs.truth);
            if !rows.is_empty() {
                return Err(MeasureError(format!(
                    "the labels of {} of {} rows differ between `{}` and `{}` ({}); both sides must be scored against the same labels",
                    rows.len(),
                    row_count(&self.candidate),
                    self.candidate.path,
                    table.path,
                    keys.examples(&rows)
                )));
            }
        }
        Ok(labels)
    }

    /// Returns the baseline's rows and its columns of predictions, if its rows have these labels.
    pub(crate) fn baseline_of(&self, labels: &Labels) -> Option<(&RowTable, &'a OutputColumns)> {
        // Kept rows have no labels of their own: theirs are the candidate's, or the rows do not pair.
        let are_measured =
            |measured_on: &RowsDigest| rows_digest(&labels.truth, self.keys.as_ref(), &labels.classes) == *measured_on;
        self.other_side().filter(|_| self.kept.as_ref().is_none_or(|(_, measured_on)| are_measured(measured_on)))
    }

    /// Returns the digest that names the rows: that of their keys, if there is a key, and of their labels.
    pub(crate) fn digest(&self, labels: &Labels) -> Result<RowsDigest, MeasureError> {
        let of = |keys: Option<&Keys>| rows_digest(&labels.truth, keys, &labels.classes);
        match &self.keys {
            Some(keys) => Ok(of(Some(keys))),
            None if self.spec.key.is_empty() => Ok(of(None)),
            None => Ok(of(Some(&keys_of(self.spec, &self.candidate)?))),
        }
    }
}

fn row_count(table: &RowTable) -> usize {
    table.columns.values().next().map_or(0, Array::len)
}
