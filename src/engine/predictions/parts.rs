//! The parts of a model's rows: groups, bands and slices.

use std::collections::{BTreeMap, BTreeSet};

use super::decode::{self, Groups};
use super::edges::Edges;
use super::must_pass;
use super::row_needs::RowNeeds;
use super::row_table::RowTable;
use super::slices::{bands, by_bins, by_columns, by_condition, edges};
use crate::measurement::{GroupColumn, MeasureError, SliceBy};

/// The rows of each slice, by the way of slicing.
pub(crate) type SlicedRows = BTreeMap<SliceBy, Result<BTreeMap<String, Vec<u32>>, MeasureError>>;

/// Returns the group of each row by these columns, or its band.
pub(crate) fn groups_of(
    table: &RowTable,
    grouping: &BTreeSet<GroupColumn>,
) -> Result<BTreeMap<GroupColumn, Groups>, MeasureError> {
    let mut groups = BTreeMap::new();
    for column in grouping {
        let values = table.column(&column.name)?;
        let found = if column.edges.is_empty() {
            decode::groups(&column.name, values)
        } else {
            bands(&column.name, values, &column.edges.iter().map(|edge| edge.0).collect::<Vec<_>>())
        };
        groups.insert(column.clone(), found.map_err(|error| table.blame(error))?);
    }
    Ok(groups)
}

/// Returns the rows of each slice, and the edges of those that are bins: of `known`, or else quantiles of the column.
pub(crate) fn slices_of(
    table: &RowTable,
    needs: &RowNeeds<'_>,
    (known, conditions, groups): (&Edges, &BTreeMap<&SliceBy, String>, &BTreeMap<GroupColumn, Groups>),
) -> Result<(SlicedRows, Edges), MeasureError> {
    let (mut slices, mut cut_at) = (SlicedRows::new(), Edges::new());
    for by in &needs.slicing {
        let found = match by {
            SliceBy::Columns(names) => Ok(by_columns(
                &names
                    .iter()
                    .filter_map(|name| Some((name.as_str(), groups.get(&GroupColumn::plain(name))?)))
                    .collect::<Vec<_>>(),
            )),
            // Groups are crossed later, where they are needed.
            SliceBy::Groups(_) | SliceBy::Others(_) => continue,
            SliceBy::Bins(name, count) => {
                let column = table.column(name)?;
                let edges = known.get(*by).cloned().map_or_else(|| edges(name, column, *count), Ok);
                edges.and_then(|edges| {
                    let bins = by_bins(name, column, &edges)?;
                    cut_at.insert((*by).clone(), edges);
                    Ok(bins)
                })
            }
            SliceBy::Where(name, _) if name == must_pass::NAME => continue,
            SliceBy::Where(name, _) => match conditions.get(*by) {
                Some(column) => by_condition(name, table.column(column)?),
                None => Err(MeasureError(format!("internal error: the slice `{name}` was not read"))),
            },
        };
        slices.insert((*by).clone(), found.map_err(|error| table.blame(error)));
    }
    Ok((slices, cut_at))
}
