//! Rows of the candidate whose keys the baseline lacks.

use super::pairing::Keys;
use super::row_table::{ModelFile, RowTable, keys_of, read};
use super::unscored::select;
use crate::measurement::MeasureError;
use crate::measurement::prediction_spec::PredictionSpec;
use crate::plural::{counted, noun};

/// Removes the rows that the baseline's file lacks from the candidate's tables; returns a sentence about them.
///
/// # Errors
///
/// The keys of the baseline cannot be read.
pub(crate) async fn drop_new(
    spec: &PredictionSpec,
    baseline: ModelFile<'_>,
    keys: &mut Keys,
    tables: &mut [&mut RowTable],
) -> Result<Option<String>, MeasureError> {
    let (theirs, _held) = read(baseline, spec.key.iter()).await?;
    let columns = spec.key.iter().map(|name| theirs.column(name).cloned()).collect::<Result<Vec<_>, _>>()?;
    // The samples of a question share its key.
    let theirs = Keys::repeated(&spec.key, &columns, &theirs.path)?;
    let new = keys.lacking(&theirs)?;
    let all = keys.digests().len();
    if new.is_empty() || new.len() == all {
        // Where no key is known, pairing says so.
        return Ok(None);
    }
    let mut is_new = vec![false; all];
    new.iter().for_each(|row| is_new[*row] = true);
    let kept: Vec<u64> = (0..).zip(&is_new).filter(|(_, new)| !**new).map(|(row, _)| row).collect();
    let said = format!(
        "{} {} new and not compared ({})",
        counted(new.len() as u64, "key"),
        if new.len() == 1 { "is" } else { "are" },
        keys.examples(&new)
    );
    for table in tables.iter_mut() {
        select(table, &kept)?;
    }
    if let Some(candidate) = tables.first() {
        *keys = keys_of(spec, candidate)?;
    }
    Ok(Some(format!("{said}; {} of {all} {} on both sides", all - new.len(), noun(all, "key"))))
}
