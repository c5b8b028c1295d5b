#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test stops at the first surprise; the numbers are exact")]

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray, UInt8Array, UInt64Array,
};
use datafusion::arrow::compute::{cast, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};

use super::*;

const ROWS: usize = 200;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true))).unwrap()
}

/// A table of 200 rows: a key, numbers, categories, times, labels, scores and predictions.
fn table() -> RecordBatch {
    let rows = || 0..i64::try_from(ROWS).unwrap();
    let label = |row: i64| i64::from(row % 3 == 0);
    let score = |row: i64| {
        let noise = f64::from(u8::try_from(row * 37 % 100).unwrap()) / 250.0;
        if label(row) == 1 { 0.55 + noise } else { 0.05 + noise }
    };
    batch(vec![
        ("id", Arc::new(rows().collect::<Int64Array>())),
        ("amount", Arc::new(rows().map(|row| f64::from(u8::try_from(row).unwrap()) + 0.5).collect::<Float64Array>())),
        ("small", Arc::new(rows().map(|row| u8::try_from(row % 100).unwrap()).collect::<UInt8Array>())),
        (
            "place",
            Arc::new(rows().map(|row| Some(if row % 10 == 0 { "north" } else { "south" })).collect::<StringArray>()),
        ),
        ("day", Arc::new(rows().map(|row| i32::try_from(row).ok()).collect::<Date32Array>())),
        ("at", Arc::new(rows().map(|row| Some(row * 1_000)).collect::<TimestampMillisecondArray>())),
        ("label", Arc::new(rows().map(label).collect::<Int64Array>())),
        ("score", Arc::new(rows().map(score).collect::<Float64Array>())),
        ("answer", Arc::new(rows().map(|row| i64::from(score(row) >= 0.5)).collect::<Int64Array>())),
    ])
}

fn planted(batch: &RecordBatch, fault: &Fault, dose: f64) -> Result<RecordBatch, String> {
    let marks = Marks::of(batch, 0).unwrap();
    plant(&MarkedRows { batch, marks: &marks }, fault, dose)
}

fn name(text: &str) -> String {
    text.to_owned()
}

fn numbers(batch: &RecordBatch, column: &str) -> Vec<f64> {
    let column = cast(batch.column_by_name(column).unwrap(), &DataType::Float64).unwrap();
    column.as_primitive::<Float64Type>().iter().map(Option::unwrap_or_default).collect()
}

fn shape() -> OutputShape {
    OutputShape { scores: vec![name("score")], predictions: vec![name("answer")], ..OutputShape::default() }
}

fn all() -> Vec<(Fault, f64)> {
    let leaked = Fault::Leaked { column: name("amount"), label: name("label") };
    let recall = Fault::GroupRecall { outputs: shape(), label: name("label"), group: name("place") };
    let flipped = |group| Fault::LabelsFlipped { labels: vec![name("label")], group };
    vec![
        (Fault::Nulls(name("amount")), 0.05),
        (Fault::Scaled(name("amount")), 0.5),
        (Fault::Moved(name("amount")), 0.5),
        (Fault::Swapped(name("amount"), name("score")), 1.0),
        (Fault::Shifted(vec![name("amount"), name("score"), name("place")]), 1.0),
        (Fault::ValueRenamed(name("place")), 1.0),
        (Fault::ValueNew(name("place")), 0.01),
        (Fault::ValueLost(name("place")), 1.0),
        (Fault::RowsRepeated, 0.05),
        (Fault::RowsLost, 0.2),
        (Fault::RowsMultiplied(Some(name("amount"))), 0.1),
        (Fault::Truncated(Some(name("at"))), 0.5),
        (Fault::Stale(name("day")), 30.0),
        (Fault::ZoneShifted(name("at")), 2.0),
        (Fault::Retyped(name("id")), 1.0),
        (Fault::Renamed(name("amount")), 1.0),
        (leaked, 1.0),
        (flipped(None), 0.05),
        (flipped(Some(name("place"))), 0.2),
        (Fault::Noise(shape()), 0.5),
        (Fault::Miscalibrated(shape()), 0.5),
        (Fault::ThresholdMoved(shape()), 0.2),
        (recall, 0.2),
    ]
}

/// Sorts rows by all their columns as texts, so that two tables can be compared whatever their order.
fn sorted(batch: &RecordBatch) -> Vec<Vec<Option<String>>> {
    let texts: Vec<ArrayRef> = batch.columns().iter().map(|column| cast(column, &DataType::Utf8).unwrap()).collect();
    let row = |row: usize| {
        let texts = texts.iter().map(|column| column.as_string::<i32>());
        texts.map(|column| column.is_valid(row).then(|| column.value(row).to_owned())).collect()
    };
    let mut rows: Vec<_> = (0..batch.num_rows()).map(row).collect();
    rows.sort();
    rows
}

#[test]
fn every_fault_changes_the_rows_alike_in_any_order() {
    let table = table();
    let shuffled = (0..ROWS as u64).map(|row| row * 77 % ROWS as u64).collect::<UInt64Array>();
    let shuffled = take_record_batch(&table, &shuffled).unwrap();
    for (fault, dose) in all() {
        let found = planted(&table, &fault, dose).unwrap_or_else(|why| panic!("{fault:?}: {why}"));
        assert_ne!(found, table, "{fault:?}");
        let other = planted(&shuffled, &fault, dose).unwrap();
        assert_eq!(sorted(&found), sorted(&other), "{fault:?}");
        assert_eq!(planted(&table, &fault, dose).unwrap(), found, "{fault:?}");
    }
}

#[test]
fn a_dose_is_a_proportion_and_a_larger_one_holds_the_smaller() {
    let nulls = |dose| {
        let found = planted(&table(), &Fault::Nulls(name("amount")), dose).unwrap();
        let column = found.column_by_name("amount").unwrap().clone();
        (0..ROWS).filter(|row| column.is_null(*row)).collect::<Vec<_>>()
    };
    assert_eq!([0.0, 0.01, 0.05, 0.2, 1.0].map(|dose| nulls(dose).len()), [1, 2, 10, 40, ROWS]);
    assert!(nulls(0.05).iter().all(|row| nulls(0.2).contains(row)));
    let rows = |fault: &Fault, dose| planted(&table(), fault, dose).unwrap().num_rows();
    assert_eq!(rows(&Fault::RowsLost, 0.2), 160);
    assert_eq!(rows(&Fault::RowsRepeated, 0.05), 210);
    assert_eq!(rows(&Fault::RowsMultiplied(None), 0.1), 240);
    assert!(planted(&table(), &Fault::RowsLost, 1.0).is_err_and(|why| why.contains("no row")));
}

#[test]
fn numbers_that_their_type_cannot_hold_make_it_wider() {
    let found = planted(&table(), &Fault::Scaled(name("small")), 1.0).unwrap();
    assert_eq!(found.column_by_name("small").unwrap().data_type(), &DataType::Int64);
    assert_eq!(numbers(&found, "small")[7], 7_000.0);
    let found = planted(&table(), &Fault::Moved(name("small")), 0.5).unwrap();
    assert_eq!(found.column_by_name("small").unwrap().data_type(), &DataType::UInt8);
}

#[test]
fn large_whole_numbers_stay_exact_where_nothing_is_planted() {
    let large = i64::MAX - 1;
    let table = batch(vec![("x", Arc::new(Int64Array::from(vec![large, 1, 2, 3])) as ArrayRef)]);
    let found = planted(&table, &Fault::Scaled(name("x")), 0.25).unwrap();
    let column = found.column(0).as_primitive::<Int64Type>().clone();
    let kept = column.iter().flatten().filter(|number| [large, 1, 2, 3].contains(number)).count();
    assert_eq!(kept, 3, "{column:?}");
}

#[test]
fn categories_in_dictionaries_stay_such() {
    let values: DictionaryArray<Int32Type> = (0..50).map(|row| if row % 5 == 0 { "a" } else { "b" }).collect();
    let table = batch(vec![("x", Arc::new(values) as ArrayRef)]);
    for fault in [Fault::ValueRenamed(name("x")), Fault::ValueNew(name("x")), Fault::Nulls(name("x"))] {
        let found = planted(&table, &fault, 0.5).unwrap();
        assert_eq!(found.column(0).data_type(), table.column(0).data_type(), "{fault:?}");
    }
    let found = planted(&table, &Fault::ValueRenamed(name("x")), 1.0).unwrap();
    let texts = cast(found.column(0), &DataType::Utf8).unwrap();
    assert!(texts.as_string::<i32>().iter().flatten().all(|text| text == "a" || text == "B"));
}

#[test]
fn a_lost_end_is_the_latest() {
    let found = planted(&table(), &Fault::Truncated(Some(name("at"))), 0.5).unwrap();
    assert_eq!(numbers(&found, "id").into_iter().fold(0.0, f64::max), 99.0);
}

#[test]
fn times_move_in_their_unit() {
    let before = table();
    let found = planted(&before, &Fault::Stale(name("day")), 30.0).unwrap();
    assert_eq!(found.column_by_name("day").unwrap().data_type(), &DataType::Date32);
    let days = |batch: &RecordBatch| cast(batch.column_by_name("day").unwrap(), &DataType::Int32).unwrap();
    assert_eq!(days(&found).as_primitive::<Int32Type>().value(40), 10);
    let found = planted(&before, &Fault::ZoneShifted(name("at")), 2.0).unwrap();
    let at = cast(found.column_by_name("at").unwrap(), &DataType::Int64).unwrap();
    assert_eq!(at.as_primitive::<Int64Type>().value(1), 1_000 + 7_200_000);
    assert!(planted(&before, &Fault::ZoneShifted(name("day")), 2.0).is_err());
}

#[test]
fn noisy_scores_take_their_predictions_with_them() {
    let before = table();
    let found = planted(&before, &Fault::Noise(shape()), 1.0).unwrap();
    let (scores, answers) = (numbers(&found, "score"), numbers(&found, "answer"));
    assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
    let lowest = numbers(&before, "score").into_iter().filter(|score| *score >= 0.5).fold(1.0, f64::min);
    assert!(scores.iter().zip(&answers).all(|(score, answer)| (*score >= lowest) == (*answer == 1.0)));
    assert_ne!(answers, numbers(&before, "answer"));
}

#[test]
fn a_shift_of_calibration_keeps_the_order_of_scores() {
    let before = table();
    let found = planted(&before, &Fault::Miscalibrated(shape()), 0.5).unwrap();
    let (old, new) = (numbers(&before, "score"), numbers(&found, "score"));
    assert!(old.iter().zip(&new).all(|(old, new)| new > old && *new < 1.0));
    assert_eq!(numbers(&before, "answer"), numbers(&found, "answer"));
    let mut order: Vec<usize> = (0..ROWS).collect();
    order.sort_by(|a, b| old[*a].total_cmp(&old[*b]));
    assert!(order.windows(2).all(|pair| new[pair[0]] <= new[pair[1]]));
}

#[test]
fn a_moved_threshold_takes_the_lowest_positives() {
    let before = table();
    let found = planted(&before, &Fault::ThresholdMoved(shape()), 0.5).unwrap();
    let scores = numbers(&before, "score");
    let (old, new) = (numbers(&before, "answer"), numbers(&found, "answer"));
    let of = |is: &dyn Fn(usize) -> bool| (0..ROWS).filter(|row| is(*row)).map(|row| scores[row]).collect::<Vec<_>>();
    let gone = of(&|row| old[row] == 1.0 && new[row] == 0.0);
    let kept = of(&|row| new[row] == 1.0);
    assert!(!gone.is_empty() && !kept.is_empty());
    assert!(gone.iter().all(|gone| kept.iter().all(|kept| gone <= kept)));
    assert!((0..ROWS).all(|row| old[row] == 1.0 || new[row] == 0.0), "no negative becomes positive");
}

#[test]
fn the_recall_of_one_group_alone_is_lowered() {
    let before = table();
    let fault = Fault::GroupRecall { outputs: shape(), label: name("label"), group: name("place") };
    let found = planted(&before, &fault, 1.0).unwrap();
    let (old, new, labels) = (numbers(&before, "answer"), numbers(&found, "answer"), numbers(&before, "label"));
    for row in 0..ROWS {
        let is_missed = row % 10 == 0 && labels[row] == 1.0 && old[row] == 1.0;
        assert_eq!(new[row], if is_missed { 0.0 } else { old[row] }, "row {row}");
        assert!(!is_missed || numbers(&found, "score")[row] < 0.55);
    }
}

#[test]
fn mixed_scores_of_classes_still_add_up() {
    let class = |at: usize| -> ArrayRef {
        let score = move |row: usize| if row % 3 == at { 0.8 } else { 0.1 };
        Arc::new((0..60).map(score).collect::<Float64Array>())
    };
    let answer = Arc::new((0..60).map(|row| Some(["a", "b", "c"][row % 3])).collect::<StringArray>());
    let table = batch(vec![("a", class(0)), ("b", class(1)), ("c", class(2)), ("answer", answer)]);
    let shape = OutputShape {
        scores: ["a", "b", "c"].map(name).to_vec(),
        predictions: vec![name("answer")],
        ..OutputShape::default()
    };
    let found = planted(&table, &Fault::Noise(shape), 0.7).unwrap();
    let scores = ["a", "b", "c"].map(|class| numbers(&found, class));
    let answers = found.column_by_name("answer").unwrap().as_string::<i32>().clone();
    for (row, answer) in answers.iter().enumerate() {
        let of_row = scores.each_ref().map(|scores| scores[row]);
        assert!((of_row.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        let best = (0..3).max_by(|a, b| of_row[*a].total_cmp(&of_row[*b])).unwrap();
        assert_eq!(answer, Some(["a", "b", "c"][best]), "{of_row:?}");
    }
    assert_ne!(found.column_by_name("answer"), table.column_by_name("answer"));
}

#[test]
fn what_does_not_apply_says_why() {
    let table = table();
    let why = |fault: Fault| planted(&table, &fault, 0.5).unwrap_err();
    assert!(why(Fault::Scaled(name("place"))).contains("no numbers"));
    assert!(why(Fault::Nulls(name("lost"))).contains("no column"));
    assert!(why(Fault::Noise(OutputShape::default())).contains("no scores"));
    let empty = table.slice(0, 0);
    assert!(planted(&empty, &Fault::RowsLost, 0.5).is_err_and(|why| why.contains("no rows")));
    let constant = batch(vec![("x", Arc::new(Float64Array::from(vec![1.0; 9])) as ArrayRef)]);
    assert!(planted(&constant, &Fault::Moved(name("x")), 0.5).is_err_and(|why| why.contains("do not differ")));
    let nothing = batch(vec![("x", Arc::new(StringArray::from(vec![None::<&str>; 3])) as ArrayRef)]);
    assert!(planted(&nothing, &Fault::Nulls(name("x")), 0.5).is_err());
}
