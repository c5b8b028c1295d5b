#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::ops::Range;

use datafusion::arrow::array::{Float32Array, Float64Array, Int64Array, StringArray, StructArray};

use super::*;

fn distinct(columns: &[ArrayRef]) -> ScalarValue {
    let types: Vec<DataType> = columns.iter().map(|column| column.data_type().clone()).collect();
    let mut rows = Distinct::new(&types, false).unwrap();
    rows.update_batch(columns).unwrap();
    rows.evaluate().unwrap()
}

#[test]
fn nulls_of_a_single_column_do_not_count_and_of_several_do() {
    let column: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, None, Some(1)]));
    assert_eq!(distinct(std::slice::from_ref(&column)), ScalarValue::UInt64(Some(1)));
    assert_eq!(distinct(&[column.clone(), column]), ScalarValue::UInt64(Some(2)));
}

#[test]
fn neighbouring_texts_do_not_run_together() {
    let left: ArrayRef = Arc::new(StringArray::from(vec!["ab", "a"]));
    let right: ArrayRef = Arc::new(StringArray::from(vec!["c", "bc"]));
    assert_eq!(distinct(&[left, right]), ScalarValue::UInt64(Some(2)));
}

#[test]
fn short_texts_have_keys_of_their_own() {
    let texts = [
        "",
        "\0",
        "\0\0",
        "a",
        "a\0",
        "abcdefgh",
        "abcdefghi",
        "123456789012345",
        "12345678901234",
        "1234567890123456",
    ];
    let column: ArrayRef = Arc::new(StringArray::from([texts, texts].concat()));
    assert_eq!(distinct(&[column]), ScalarValue::UInt64(Some(texts.len() as u64)));
}

#[test]
fn zero_has_one_value_and_so_has_nan() {
    let column: ArrayRef = Arc::new(Float64Array::from(vec![0.0, -0.0, f64::NAN, -f64::NAN, 1.5, 1e-310]));
    let single: ArrayRef = Arc::new(Float32Array::from(vec![0.0, -0.0, f32::NAN, -f32::NAN, 1.5, 1e-42]));
    for column in [&column, &single] {
        assert_eq!(distinct(std::slice::from_ref(column)), ScalarValue::UInt64(Some(4)));
        assert_eq!(distinct(&[Arc::clone(column), Arc::clone(column)]), ScalarValue::UInt64(Some(4)));
    }
    let field = Arc::new(Field::new_list_field(DataType::Float64, true));
    let offsets = OffsetBuffer::from_lengths([1; 6]);
    let lists: ArrayRef = Arc::new(LargeListArray::new(field, offsets, Arc::clone(&column), None));
    let fields = vec![Field::new("inside", lists.data_type().clone(), true)];
    let rows: ArrayRef = Arc::new(StructArray::new(fields.into(), vec![Arc::clone(&lists)], None));
    for nested in [lists, rows] {
        assert_eq!(distinct(&[nested]), ScalarValue::UInt64(Some(4)));
    }
}

/// Returns the number of distinct texts that these workers find together, each with the texts of some ranges.
fn of_texts(is_hasty: bool, workers: &[&[Range<u64>]]) -> Option<u64> {
    let new = || Distinct::new(&[DataType::Utf8], is_hasty).unwrap();
    let mut merged = new();
    for ranges in workers {
        let mut worker = new();
        for numbers in ranges.iter().cloned() {
            let texts = StringArray::from_iter_values(numbers.map(|number| format!("a text of number {number}")));
            worker.update_batch(&[Arc::new(texts)]).unwrap();
        }
        let state = worker.state().unwrap().remove(0).to_array().unwrap();
        merged.merge_batch(&[state]).unwrap();
    }
    match merged.evaluate().unwrap() {
        ScalarValue::UInt64(answer) => answer,
        other => panic!("{other}"),
    }
}

const MANY: u64 = 200_000;

#[test]
#[expect(clippy::single_range_in_vec_init, reason = "one batch")]
fn texts_that_are_all_different_are_counted_by_half_of_their_digests() {
    for workers in [
        // Both have enough texts to be halved, then only one, then none.
        [&[0..MANY, MANY..MANY + 1][..], &[MANY + 1..2 * MANY]],
        [&[0..MANY, MANY..MANY + 1], &[MANY + 1..MANY + 11]],
        [&[0..10], &[10..20]],
    ] {
        let total: u64 = workers.iter().copied().flatten().map(|range| range.end - range.start).sum();
        assert_eq!(of_texts(true, &workers), Some(total));
        assert_eq!(of_texts(false, &workers), Some(total));
    }
}

#[test]
#[expect(clippy::single_range_in_vec_init, reason = "one batch")]
fn a_late_repetition_leaves_the_question_open() {
    for workers in [
        [&[0..MANY, 7..8][..], &[MANY..MANY + 10]],
        [&[0..MANY, MANY..MANY + 1], &[7..8]],
        [&[0..MANY], &[MANY - 1..2 * MANY]],
    ] {
        let total: u64 = workers.iter().copied().flatten().map(|range| range.end - range.start).sum();
        assert_eq!(of_texts(true, &workers), None);
        assert_eq!(of_texts(false, &workers), Some(total - 1));
    }
}

#[test]
#[expect(clippy::single_range_in_vec_init, reason = "one batch")]
fn early_repetitions_are_counted_at_once() {
    assert_eq!(of_texts(true, &[&[0..10, 0..MANY, 5..6], &[0..10]]), Some(MANY));
}

#[test]
fn a_split_table_merges_to_the_whole() {
    let column = |values: Vec<i64>| -> ArrayRef { Arc::new(Int64Array::from(values)) };
    let new = || Distinct::new(&[DataType::Int64], false).unwrap();
    let (mut left, mut right, mut merged) = (new(), new(), new());
    left.update_batch(&[column(vec![1, 2, 3, 3])]).unwrap();
    right.update_batch(&[column(vec![3, 4])]).unwrap();
    for side in [&mut right, &mut left] {
        let state = side.state().unwrap().remove(0).to_array().unwrap();
        merged.merge_batch(&[state]).unwrap();
    }
    assert_eq!(merged.evaluate().unwrap(), ScalarValue::UInt64(Some(4)));
}
