//! Variants of rows beside their originals: the grade of a variant is whether its answer changes as expected.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, UInt64Array};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, Float64Type};

use super::pairing::Keys;
use super::row_table::RowTable;
use super::tally::ScoreTally;
use super::unscored::select;
use super::values::{NamedValues, value_type};
use super::width::Width;
use crate::engine::types::type_name;
use crate::measurement::MeasureError;
use crate::measurement::behaviour::{AnswerChange, Behaviour, Expected};
use crate::measurement::prediction_spec::PredictionSpec;
use crate::plural::{counted, verb};

/// Keeps the variants of a table, and puts their grades in the place of the answers in the columns `names`; a variant has
/// none if it or its original was not scored.
pub(crate) fn compared(
    spec: &PredictionSpec,
    mut table: RowTable,
    names: &[&String],
    tally: &mut ScoreTally,
) -> Result<RowTable, MeasureError> {
    let Some(behaviour) = spec.grading.as_ref().and_then(|grading| grading.behaviour.as_ref()) else {
        return Ok(table);
    };
    let pairs = VariantPairs::of(spec, behaviour, &table).map_err(|error| table.blame(error))?;
    pairs.one_cluster(spec, &table).map_err(|error| table.blame(error))?;
    let expected = pairs.expected(behaviour, &table).map_err(|error| table.blame(error))?;
    let mut grades = Vec::with_capacity(names.len());
    for name in names {
        let found = pairs.grades(name, table.column(name)?, &expected, behaviour.tolerance);
        grades.push(found.map_err(|error| table.blame(error))?);
    }
    tally.variants = Some(pairs.counts());
    select(&mut table, &pairs.variants)?;
    for (name, grades) in names.iter().zip(grades) {
        table.columns.insert((*name).clone(), Arc::new(Float64Array::from(grades)));
    }
    Ok(table)
}

/// Variants with their originals, as places in a table.
struct VariantPairs {
    variants: Vec<u64>,
    originals: Vec<usize>,
    /// The number of all originals.
    all: u64,
}

impl VariantPairs {
    fn of(spec: &PredictionSpec, behaviour: &Behaviour, table: &RowTable) -> Result<Self, MeasureError> {
        let of = table.column(&behaviour.of)?;
        let has = present(of);
        let (variants, originals): (Vec<u64>, Vec<u64>) =
            (0..of.len() as u64).partition(|row| has[usize::try_from(*row).unwrap_or(usize::MAX)]);
        if variants.is_empty() || originals.is_empty() {
            let (what, null) =
                if variants.is_empty() { ("variant of another", "null") } else { ("original", "not null") };
            return Err(MeasureError(format!(
                "no row is a{} {what}: `{}` is {null} in all of {}",
                if variants.is_empty() { "" } else { "n" },
                behaviour.of,
                counted(of.len() as u64, "row")
            )));
        }
        let of_rows = |column: &ArrayRef, rows: &[u64]| {
            take(column, &UInt64Array::from(rows.to_vec()), None).map_err(|error| MeasureError(error.to_string()))
        };
        let keys = spec.key.iter().map(|name| of_rows(table.column(name)?, &originals));
        let keys = Keys::read(&spec.key, &keys.collect::<Result<Vec<_>, _>>()?, "the originals")?;
        let wanted = std::slice::from_ref(&behaviour.of);
        let wanted = Keys::repeated(wanted, &[of_rows(of, &variants)?], "the variants")?;
        let places = wanted.places_in(&keys)?;
        let lost: Vec<usize> = (0..places.len()).filter(|row| places[*row].is_none()).collect();
        if !lost.is_empty() {
            return Err(MeasureError(format!(
                "{} of {} {} no original ({}); an original is a row whose `{}` is null",
                lost.len(),
                counted(variants.len() as u64, "variant"),
                verb(lost.len(), "name"),
                wanted.examples(&lost),
                behaviour.of
            )));
        }
        let row = |place: usize| usize::try_from(originals[place]).unwrap_or(usize::MAX);
        let found = places.into_iter().flatten().map(row).collect();
        Ok(Self { variants, originals: found, all: originals.len() as u64 })
    }

    /// Returns the number of variants, of originals, and of originals that have a variant.
    fn counts(&self) -> [u64; 3] {
        let mut used = self.originals.clone();
        used.sort_unstable();
        used.dedup();
        [self.variants.len() as u64, self.all, used.len() as u64]
    }

    fn rows(&self) -> impl Iterator<Item = (usize, usize)> {
        let variant = |row: &u64| usize::try_from(*row).unwrap_or(usize::MAX);
        self.variants.iter().map(variant).zip(self.originals.iter().copied())
    }

    /// Refuses clusters that part the variants of one original: they are alike, and would be taken for independent.
    fn one_cluster(&self, spec: &PredictionSpec, table: &RowTable) -> Result<(), MeasureError> {
        // The baseline's rows are in the clusters of the candidate's.
        let Some((cluster, column)) = spec.cluster.as_ref().and_then(|name| Some((name, table.columns.get(name)?)))
        else {
            return Ok(());
        };
        let codes = NamedValues::of(cluster, column)?.codes;
        let mut of_original = std::collections::HashMap::new();
        let is_parted = |(variant, original): (usize, usize)| {
            let first = *of_original.entry(original).or_insert(codes[variant]);
            first != codes[variant]
        };
        if self.rows().any(is_parted) {
            return Err(MeasureError(format!(
                "the variants of an original are in several clusters (`{cluster}`), but they are alike; without `cluster` each \
                 original is one"
            )));
        }
        Ok(())
    }

    /// Returns the expected change of each variant.
    fn expected(&self, behaviour: &Behaviour, table: &RowTable) -> Result<Vec<AnswerChange>, MeasureError> {
        let (column, changes) = match &behaviour.expected {
            Expected::Every(change) => return Ok(vec![*change; self.variants.len()]),
            Expected::ByKind { column, of } => (column, of),
        };
        let NamedValues { names, codes } = NamedValues::of(column, table.column(column)?)?;
        let of = |(variant, _): (usize, usize)| {
            let kind = codes[variant].map(|code| names[code as usize].as_str());
            kind.and_then(|kind| changes.get(kind).copied()).ok_or_else(|| {
                let known: Vec<String> = changes.keys().map(|kind| format!("`{kind}`")).collect();
                MeasureError(format!(
                    "`{column}` is {} in row {}; `expect` has {}",
                    kind.map_or_else(|| "null".to_owned(), |kind| format!("`{kind}`")),
                    table.place(variant),
                    known.join(", ")
                ))
            })
        };
        self.rows().map(of).collect()
    }

    /// Returns the grade of each variant.
    fn grades(
        &self,
        name: &str,
        column: &ArrayRef,
        expected: &[AnswerChange],
        tolerance: f64,
    ) -> Result<Vec<Option<f64>>, MeasureError> {
        let kind = value_type(column.data_type());
        if !kind.is_numeric() {
            if expected.iter().any(|change| *change != AnswerChange::Same) {
                let kind = type_name(column.data_type());
                return Err(MeasureError(format!("`{name}` is {kind}; only numbers rise and fall, so `expect: same`")));
            }
            let codes = NamedValues::of(name, column)?.codes;
            let grade = |(variant, original): (usize, usize)| {
                codes[variant].zip(codes[original]).map(|(ours, theirs)| f64::from(u8::from(ours == theirs)))
            };
            return Ok(self.rows().map(grade).collect());
        }
        let wide = cast(column, &DataType::Float64).map_err(|error| MeasureError(format!("`{name}`: {error}")))?;
        let wide = wide.as_primitive::<Float64Type>();
        let width = Width::of(column.data_type());
        let number = |row: usize| {
            let number = wide.is_valid(row).then(|| wide.value(row)).filter(|number| !number.is_nan());
            number.map(|number| width.shortest(number))
        };
        let mut grades = Vec::with_capacity(expected.len());
        for ((variant, original), change) in self.rows().zip(expected) {
            let (Some(after), Some(before)) = (number(variant), number(original)) else {
                grades.push(None);
                continue;
            };
            if after.is_infinite() || before.is_infinite() {
                return Err(MeasureError(format!("`{name}` is infinite in a variant or its original")));
            }
            // 0.8 − 0.7 is no more than 0.1, although it is as floats.
            let rounding = 4.0 * f64::EPSILON * after.abs().max(before.abs());
            let tolerance = if tolerance > 0.0 { tolerance + rounding } else { 0.0 };
            grades.push(Some(change.grade(after - before, tolerance)));
        }
        Ok(grades)
    }
}

/// Returns true for each row with a value: neither null nor NaN, as pandas writes a null among whole numbers.
fn present(column: &ArrayRef) -> Vec<bool> {
    let nulls = column.logical_nulls();
    let numbers =
        if value_type(column.data_type()).is_floating() { cast(column, &DataType::Float64).ok() } else { None };
    let numbers = numbers.as_ref().map(|numbers| numbers.as_primitive::<Float64Type>());
    let is_there = |row: usize| {
        nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row))
            && numbers.is_none_or(|numbers| !numbers.value(row).is_nan())
    };
    (0..column.len()).map(is_there).collect()
}
