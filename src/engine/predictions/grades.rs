//! Grades of rows, or of the samples of a question: numbers, booleans and words in place of a label and a prediction.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, LargeListArray, UInt64Array, new_null_array};
use datafusion::arrow::buffer::{OffsetBuffer, ScalarBuffer};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type};

use super::behaviour;
use super::row_table::{RowTable, keys_of};
use super::tally::ScoreTally;
use super::values::{NamedValues, value_type};
use super::width::Width;
use crate::engine::types::type_name;
use crate::measurement::MeasureError;
use crate::measurement::grading::{Grading, Unscored, WORDS};
use crate::measurement::prediction_spec::PredictionSpec;
use crate::plural::{noun, verb};
use crate::stats::Predictions;

/// The most unknown words that a message shows.
const SHOWN: usize = 3;

/// Turns the grades of a table into numbers, and its rows into questions if the model has a column of these. Grades of
/// rows that were not scored are filled in, or null if these rows are to be left out.
pub(crate) fn graded(
    spec: &PredictionSpec,
    mut table: RowTable,
    names: &[&String],
    (tally, needed): (&mut ScoreTally, &dyn Fn(&String) -> bool),
) -> Result<RowTable, MeasureError> {
    let Some(grading) = &spec.grading else { return Ok(table) };
    table = behaviour::compared(spec, table, names, tally)?;
    for name in names {
        let column = table.column(name)?.clone();
        let read = numbers(name, &column, grading, spec.unscored, tally);
        table.columns.insert((*name).clone(), read.map_err(|error| table.blame(error))?);
    }
    let Some(query) = &spec.query else {
        for name in names {
            if let DataType::LargeList(_) = table.column(name)?.data_type() {
                even(grading, &table, name, None, tally)?;
            }
        }
        return Ok(table);
    };
    if !grading.sample_key.is_empty() {
        // A sample that stands in the file twice would count twice.
        keys_of(&PredictionSpec { key: grading.sample_key.clone(), ..spec.clone() }, &table)?;
    }
    questions(grading, table, (query, names), (tally, needed))
}

/// Turns the rows of each question into one row with the list of its grades.
fn questions(
    grading: &Grading,
    table: RowTable,
    (query, names): (&str, &[&String]),
    (tally, needed): (&mut ScoreTally, &dyn Fn(&String) -> bool),
) -> Result<RowTable, MeasureError> {
    let column = table.column(query)?;
    let found = NamedValues::of(query, column).and_then(|values| values.complete(query, column));
    let (questions, codes) = found.map_err(|error| table.blame(error))?;
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); questions.len()];
    codes.iter().enumerate().for_each(|(row, code)| rows[*code as usize].push(row));
    let first = UInt64Array::from_iter_values(rows.iter().map(|rows| rows[0] as u64));
    let mut columns = BTreeMap::new();
    for (name, column) in &table.columns {
        let is_grade = names.contains(&name);
        let column = if is_grade {
            let numbers = column.as_primitive_opt::<Float64Type>().ok_or_else(|| {
                let why =
                    format!("`{name}` holds lists, and `{query}` groups rows; either holds the samples of a question");
                table.blame(MeasureError(why))
            })?;
            let of = |rows: &Vec<usize>| {
                let grades = rows.iter().map(|row| numbers.is_valid(*row).then(|| numbers.value(*row)));
                grades.collect::<Vec<Option<f64>>>()
            };
            lists(rows.iter().map(of))
        } else {
            if !grading.sample_key.contains(name)
                && let Err(mixed) = alike(&table, name, (query, &questions), &rows)
            {
                if needed(name) {
                    return Err(mixed);
                }
                columns.insert(name.clone(), new_null_array(&DataType::Null, rows.len()));
                continue;
            }
            let wrap = |error: datafusion::arrow::error::ArrowError| table.blame(MeasureError(error.to_string()));
            take(column, &first, None).map_err(wrap)?
        };
        columns.insert(name.clone(), column);
    }
    let table = RowTable { columns, order: None, ..table };
    for name in names {
        even(grading, &table, name, Some((query, &questions)), tally)?;
    }
    Ok(table)
}

/// Refuses a column with several values in one question.
fn alike(
    table: &RowTable,
    name: &str,
    (query, questions): (&str, &[String]),
    rows: &[Vec<usize>],
) -> Result<(), MeasureError> {
    let values = NamedValues::of(name, table.column(name)?).map_err(|error| table.blame(error))?;
    let is_mixed = |rows: &&Vec<usize>| rows.iter().any(|row| values.codes[*row] != values.codes[rows[0]]);
    let Some(at) = rows.iter().position(|rows| is_mixed(&rows)) else { return Ok(()) };
    let mixed = rows.iter().filter(is_mixed).count();
    Err(table.blame(MeasureError(format!(
        "`{name}` has several values in {mixed} of {} {} (`{query}` {}); the rows of a question are its samples, so they share one",
        rows.len(),
        noun(rows.len(), "question"),
        questions[at]
    ))))
}

/// Refuses questions with fewer samples than others: those that are missing may be those that failed.
fn even(
    grading: &Grading,
    table: &RowTable,
    name: &str,
    names: Option<(&str, &[String])>,
    tally: &mut ScoreTally,
) -> Result<(), MeasureError> {
    let lists = table.column(name)?.as_list::<i64>();
    let sizes: Vec<i64> =
        (0..lists.len()).filter(|row| lists.is_valid(*row)).map(|row| lists.value_length(row)).collect();
    let (Some(least), Some(most)) = (sizes.iter().min(), sizes.iter().max()) else { return Ok(()) };
    tally.samples(*least, *most);
    if grading.is_uneven || least == most {
        return Ok(());
    }
    let short = sizes.iter().filter(|size| *size < most).count();
    let at = sizes.iter().position(|size| size == least).unwrap_or(0);
    let which = names.and_then(|(query, names)| Some(format!(" (`{query}` {}: {least})", names.get(at)?)));
    let which = which.unwrap_or_else(|| format!(" (row {}: {least})", table.place(at)));
    Err(table.blame(MeasureError(format!(
        "{short} of {} {} {} fewer samples than the others' {most}{which}; samples that are missing may be those that failed; if the \
         numbers are meant to differ, set `samples: uneven`",
        sizes.len(),
        noun(sizes.len(), "question"),
        verb(short, "have")
    ))))
}

/// Returns the grades as 64-bit numbers, or lists of them.
fn numbers(
    name: &str,
    column: &ArrayRef,
    grading: &Grading,
    unscored: Unscored,
    tally: &mut ScoreTally,
) -> Result<ArrayRef, MeasureError> {
    let is_list = matches!(
        column.data_type(),
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) | DataType::ListView(_)
    );
    if !is_list {
        let grades = filled(name, plain(name, column, grading)?, grading, unscored, tally)?;
        return Ok(Arc::new(Float64Array::from(grades)));
    }
    let child = match column.data_type() {
        DataType::List(field) | DataType::LargeList(field) | DataType::ListView(field) => field.data_type().clone(),
        DataType::FixedSizeList(field, _) => field.data_type().clone(),
        _ => DataType::Float64,
    };
    let wide = DataType::LargeList(Arc::new(Field::new_list_field(child, true)));
    let column = cast(column, &wide).map_err(|error| MeasureError(format!("`{name}`: {error}")))?;
    let column = column.as_list::<i64>();
    let bounds: Vec<usize> = column.value_offsets().iter().map(|at| usize::try_from(*at).unwrap_or(0)).collect();
    let (start, end) = (bounds.first().copied().unwrap_or(0), bounds.last().copied().unwrap_or(0));
    let values = plain(name, &column.values().slice(start, end - start), grading)?;
    let grades = filled(name, values, grading, unscored, tally)?;
    for row in 0..column.len() {
        if column.is_null(row) || bounds[row] == bounds[row + 1] {
            return Err(MeasureError(format!("`{name}` holds no sample in row {}", row + 1)));
        }
    }
    Ok(lists(bounds.windows(2).map(|pair| grades[pair[0] - start..pair[1] - start].to_vec())))
}

/// Returns each row's grade; `None` for one that was not scored.
fn plain(name: &str, column: &ArrayRef, grading: &Grading) -> Result<Vec<Option<f64>>, MeasureError> {
    let kind = value_type(column.data_type());
    if !grading.words.is_empty() || matches!(kind, DataType::Boolean) || !(kind.is_numeric() || kind.is_null()) {
        return words(name, column, grading);
    }
    let numbers =
        cast(column, &DataType::Float64).map_err(|error| MeasureError(format!("`{name}` holds no grades: {error}")))?;
    let grades: Vec<Option<f64>> =
        numbers.as_primitive::<Float64Type>().iter().map(|grade| grade.filter(|grade| !grade.is_nan())).collect();
    let infinite = grades.iter().flatten().filter(|grade| grade.is_infinite()).count();
    if infinite > 0 {
        return Err(MeasureError(format!("`{name}` is infinite in {infinite} of {} rows", grades.len())));
    }
    // A 32-bit 0.1 is the grade 0.1, as its file shows it.
    let width = Width::of(column.data_type());
    Ok(grades.into_iter().map(|grade| grade.map(|grade| width.shortest(grade))).collect())
}

/// Returns the grades of words, among them `true` and `false`.
fn words(name: &str, column: &ArrayRef, grading: &Grading) -> Result<Vec<Option<f64>>, MeasureError> {
    let NamedValues { names, codes } = NamedValues::of(name, column)?;
    let known = |word: &String| -> Option<Option<f64>> {
        if !grading.words.is_empty() {
            return grading.words.get(word).copied();
        }
        let plain = word.trim().to_ascii_lowercase();
        WORDS.iter().find(|(known, _)| *known == plain).map(|(_, grade)| Some(*grade))
    };
    let grades: Vec<Option<Option<f64>>> = names.iter().map(known).collect();
    let mut unknown: Vec<&String> =
        names.iter().zip(&grades).filter(|(_, grade)| grade.is_none()).map(|(word, _)| word).collect();
    if !unknown.is_empty() {
        unknown.sort_by_key(|word| (word.len(), word.as_str()));
        let more = if unknown.len() > SHOWN { ", …" } else { "" };
        let shown: Vec<String> = unknown.iter().take(SHOWN).map(|word| format!("`{word}`")).collect();
        let kind = type_name(column.data_type());
        let what = if grading.words.is_empty() { "no known word of a grade" } else { "none of `words`" };
        return Err(MeasureError(format!(
            "`{name}` is {kind} and holds {}{more}, {what}; give every word its grade, as in `words: {{good: 1, bad: 0}}`",
            shown.join(", ")
        )));
    }
    Ok(codes.into_iter().map(|code| code.and_then(|code| grades[code as usize].flatten())).collect())
}

/// Fills in the grades of rows that were not scored, and counts them.
fn filled(
    name: &str,
    grades: Vec<Option<f64>>,
    grading: &Grading,
    unscored: Unscored,
    tally: &mut ScoreTally,
) -> Result<Vec<Option<f64>>, MeasureError> {
    let missing = grades.iter().filter(|grade| grade.is_none()).count();
    tally.add(missing, grades.len());
    if missing == 0 {
        return Ok(grades);
    }
    let counted = format!("`{name}` is null, NaN or not scored in {missing} of {} rows", grades.len());
    let grade = match unscored {
        Unscored::DropPairs { .. } => return Ok(grades),
        Unscored::As(grade) => grade,
        Unscored::Wrong => {
            let is_share = grades.iter().flatten().all(|grade| (0.0..=1.0).contains(grade));
            if !is_share || grading.better == Some(crate::stats::Direction::LowerIsBetter) {
                return Err(MeasureError(format!(
                    "{counted}, and which grade is wrong is known for grades from 0 to 1 that are better higher only; give the \
                     grade, as in `unscored: 1`"
                )));
            }
            0.0
        }
        Unscored::Refused => {
            return Err(MeasureError(format!(
                "{counted}; a row without a grade cannot be judged; if some are to be expected, choose `unscored: wrong` or \
                 `unscored: drop-pairs`"
            )));
        }
    };
    Ok(grades.into_iter().map(|of_row| of_row.or(Some(grade))).collect())
}

/// Builds a column of lists. Samples that were not scored are not part of their list, and a list without any is null.
fn lists(rows: impl Iterator<Item = Vec<Option<f64>>>) -> ArrayRef {
    let (mut values, mut ends, mut valid) = (Vec::new(), vec![0_i64], Vec::new());
    for row in rows {
        let before = values.len();
        let mut grades: Vec<f64> = row.into_iter().flatten().map(|grade| grade + 0.0).collect();
        grades.sort_by(f64::total_cmp);
        values.extend(grades);
        valid.push(values.len() > before);
        ends.push(i64::try_from(values.len()).unwrap_or(i64::MAX));
    }
    let field = Arc::new(Field::new_list_field(DataType::Float64, true));
    let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
    Arc::new(LargeListArray::new(field, offsets, Arc::new(Float64Array::from(values)), Some(valid.into())))
}

/// Reads one side's grades, all of which are there.
pub(crate) fn read(table: &RowTable, name: &str) -> Result<Predictions, MeasureError> {
    let column = table.column(name)?;
    // Stored grades are rounded to 32 bits, and the candidate's beside them.
    let width = if table.is_rounded { Width::Single } else { Width::Double };
    if let DataType::LargeList(_) = column.data_type() {
        let lists = column.as_list::<i64>();
        let values = |row: usize| -> Vec<f64> {
            lists.value(row).as_primitive::<Float64Type>().values().iter().map(|grade| width.shortest(*grade)).collect()
        };
        let samples: Vec<Vec<f64>> = (0..lists.len()).map(values).collect();
        #[expect(clippy::cast_precision_loss, reason = "a number of samples")]
        let means = samples.iter().map(|row| row.iter().sum::<f64>() / row.len().max(1) as f64).collect();
        return Ok(Predictions { scores: vec![means], samples: Some(samples), ..Predictions::default() });
    }
    let grades = table.plain_numbers(name)?.into_iter().map(|grade| width.shortest(grade)).collect();
    Ok(Predictions { scores: vec![grades], ..Predictions::default() })
}
