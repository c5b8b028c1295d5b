//! Counts and states by group.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::predictions::crossing::Crossing;
use crate::engine::predictions::decode::Groups;
use crate::engine::predictions::model_rows::ModelRows;
use crate::measurement::{Counted, GroupColumn, MeasureError, Measured, OtherSide, Slice};
use crate::stats;
use crate::stats::{Contingency, Predicted, StateKind, Truth, quantile};

/// The most cells of a crossing for which empty cells are listed too.
const MOST_CELLS: usize = 1000;

impl ModelRows {
    fn columns_of(&self, by: &[GroupColumn]) -> Result<Vec<&Groups>, MeasureError> {
        let groups = |column: &GroupColumn| {
            let groups = self.groups.get(column);
            groups.ok_or_else(|| MeasureError(format!("{}: no column `{}`", self.path, column.name)))
        };
        by.iter().map(groups).collect()
    }

    /// Returns the state of each group, or of all rows outside it.
    pub(crate) fn group_states(
        &self,
        kind: StateKind,
        by: &[GroupColumn],
        of_others: bool,
    ) -> Result<Measured, MeasureError> {
        let mut rows_of: BTreeMap<GroupKey, Vec<u32>> =
            self.empty_cells(by)?.into_iter().map(|key| (key, Vec::new())).collect();
        rows_of.extend(self.crossed(by)?);
        let all = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let slice = |(key, rows): (Vec<String>, Vec<u32>)| {
            let others = || {
                let mut own = rows.iter().copied().peekable();
                // The rows of a group are in ascending order.
                (0..all).filter(|row| own.next_if_eq(row).is_none()).collect()
            };
            let rows = if of_others { others() } else { rows };
            Slice {
                name: key.join(" × "),
                rows: rows.len() as u64,
                state: self.of_part(kind, &self.rows.select(&rows)),
                other: OtherSide::Within,
                key,
            }
        };
        Ok(Measured::Slices(rows_of.into_iter().map(|(key, rows)| slice((names(key), rows))).collect()))
    }

    /// Returns the rows of each group.
    fn crossed(&self, by: &[GroupColumn]) -> Result<BTreeMap<GroupKey, Vec<u32>>, MeasureError> {
        let groups = self.columns_of(by)?;
        let crossing = Crossing::of(&groups, self.rows.len());
        Ok(crossing.rows().map(|(codes, rows)| (key_of(&codes, (by, &groups)), rows)).collect())
    }

    /// Returns all groups that are possible.
    fn empty_cells(&self, by: &[GroupColumn]) -> Result<BTreeSet<GroupKey>, MeasureError> {
        let groups = self.columns_of(by)?;
        let cells = groups.iter().try_fold(1_usize, |cells, group| cells.checked_mul(group.names.len()));
        if cells.is_none_or(|cells| cells > MOST_CELLS) {
            return Ok(BTreeSet::new());
        }
        let mut all = vec![Vec::new()];
        for group in &groups {
            let codes = || 0..u32::try_from(group.names.len()).unwrap_or(u32::MAX);
            all =
                all.iter().flat_map(|key: &Vec<u32>| codes().map(|code| [key.as_slice(), &[code]].concat())).collect();
        }
        Ok(all.iter().map(|codes| key_of(codes, (by, &groups))).collect())
    }

    pub(crate) fn contingency(&self, by: &[GroupColumn], counted: &Counted) -> Result<Contingency, MeasureError> {
        let groups = self.columns_of(by)?;
        let columns = self.rows.columns();
        let labels = self.labels_of(counted)?;
        let ours = self.predicted_of(&columns.candidate, counted)?;
        let theirs = columns.baseline.as_ref().map(|side| self.predicted_of(side, counted)).transpose()?;
        // Rows are first counted by codes: a crossing of columns may have far more cells than rows.
        let crossing = Crossing::of(&groups, self.rows.len());
        let mut cells = vec![[0; 8]; crossing.codes.len()];
        for (row, combination) in crossing.of_rows.iter().enumerate() {
            let bit = |value: bool| usize::from(value);
            let before = theirs.as_ref().is_some_and(|theirs| theirs[row]);
            let label = labels.as_ref().is_some_and(|labels| labels[row]);
            cells[*combination as usize][bit(label) * 4 + bit(ours[row]) * 2 + bit(before)] += 1;
        }
        let mut all: BTreeMap<GroupKey, [u64; 8]> =
            self.empty_cells(by)?.into_iter().map(|key| (key, [0; 8])).collect();
        all.extend(crossing.codes.iter().zip(cells).map(|(codes, counts)| (key_of(codes, (by, &groups)), counts)));
        let table =
            Contingency::from_groups(theirs.is_some(), all.into_iter().map(|(key, counts)| (names(key), counts)));
        let of_both = (&columns.candidate.scores, columns.baseline.as_ref().map(|side| &side.scores));
        let identical = matches!(of_both, (ours, Some(theirs)) if !ours.is_empty() && ours == theirs);
        Ok(if identical { table.with_identical_scores() } else { table })
    }

    /// Returns each row's label, true for positive; `None` if the labels do not matter.
    fn labels_of(&self, counted: &Counted) -> Result<Option<Vec<bool>>, MeasureError> {
        let code = self.code(counted)?;
        match (&self.rows.columns().truth, code) {
            (Truth::Binary(labels), _) => Ok(Some(labels.clone())),
            (Truth::Classes { codes, .. }, Some(code)) => Ok(Some(codes.iter().map(|class| *class == code).collect())),
            (_, None) if *counted == Counted::AboveMedian => Ok(None),
            _ => Err(MeasureError(format!("{}: rates by group need classes", self.path))),
        }
    }

    /// Returns the code of the class that is compared with all others.
    fn code(&self, counted: &Counted) -> Result<Option<u32>, MeasureError> {
        let Counted::Class(class) = counted else { return Ok(None) };
        let place = self.classes.iter().position(|known| known == class);
        let code = place.and_then(|place| u32::try_from(place).ok());
        let lacks = || {
            let known: Vec<String> = self.classes.iter().take(8).map(|class| format!("`{class}`")).collect();
            MeasureError(format!("{}: no row has the class `{class}`; the classes are {}", self.path, known.join(", ")))
        };
        code.ok_or_else(lacks).map(Some)
    }

    fn predicted_of(&self, side: &stats::Predictions, counted: &Counted) -> Result<Vec<bool>, MeasureError> {
        if *counted == Counted::AboveMedian {
            let lacks = || MeasureError(format!("{}: a scoring rate needs scores, and there are none", self.path));
            let scores = side.scores.first().ok_or_else(lacks)?;
            let mut sorted = scores.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let median = if sorted.is_empty() { 0.0 } else { quantile(&sorted, 0.5) };
            return Ok(scores.iter().map(|score| *score > median).collect());
        }
        match (&side.predicted, self.code(counted)?) {
            (Some(Predicted::Binary(rows)), _) => Ok(rows.clone()),
            (Some(Predicted::Classes(codes)), Some(code)) => Ok(codes.iter().map(|class| *class == code).collect()),
            _ => Err(self.unpredicted.clone().unwrap_or_else(|| {
                MeasureError(format!("{}: rates by group need predicted classes, and there are none", self.path))
            })),
        }
    }
}

/// Values of a group; the value of a column in bands follows its index, so that it sorts by it.
type GroupKey = Vec<(u32, String)>;

/// Returns the values alone.
fn names(key: GroupKey) -> Vec<String> {
    key.into_iter().map(|(_, name)| name).collect()
}

fn key_of(codes: &[u32], (by, groups): (&[GroupColumn], &[&Groups])) -> GroupKey {
    let columns = codes.iter().zip(by).zip(groups);
    let of = |((code, column), group): ((&u32, &GroupColumn), &&Groups)| {
        // The codes of values are in the order of the rows, which must not matter.
        (if column.edges.is_empty() { 0 } else { *code }, group.names[*code as usize].clone())
    };
    columns.map(of).collect()
}
