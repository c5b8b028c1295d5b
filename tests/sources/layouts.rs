//! Values of one type in several layouts: within a file, and in the files of one table.

use std::fs::File;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BinaryArray, DictionaryArray, Int8Array, Int32Array, Int64Array, LargeStringArray, ListArray,
    NullArray, RecordBatch, StringArray, StructArray, TimestampMicrosecondArray, UInt16Array, new_null_array,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    ArrowDictionaryKeyType, DataType, Field, Int8Type, Int32Type, TimeUnit, UInt16Type,
};
use datafusion::arrow::ipc::writer::{FileWriter, StreamWriter};
use parquet::arrow::ArrowWriter;

use super::{counted, refusal};
use crate::support::Workplace;

/// Writes a table of these columns, in the format that the name says; `.arrows` is a stream.
fn write(place: &Workplace, name: &str, columns: &[(&str, ArrayRef)]) {
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.iter().map(|(name, array)| (*name, Arc::clone(array), true)));
    let (batch, path) = (batch.unwrap(), place.path().join(name));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = File::create(path).unwrap();
    if name.ends_with(".parquet") {
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    } else if name.ends_with(".arrows") {
        let mut writer = StreamWriter::try_new(file, &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
    } else {
        let mut writer = FileWriter::try_new(file, &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
    }
}

#[track_caller]
fn code(place: &Workplace, lines: &str, code: i32) {
    let answer = place.write("mlgate.yml", &format!("version: 1\ndata: {{t: {{{lines}}}}}\n")).run(&["run"]);
    assert_eq!(answer.code, code, "{lines}\n{}{}", answer.stdout, answer.stderr);
}

/// `a`, a null by its value, an empty text, and a null by its index.
fn dictionary<K: ArrowDictionaryKeyType>(keys: &dyn Array, values: &ArrayRef) -> ArrayRef {
    let keys = datafusion::arrow::array::AsArray::as_primitive::<K>(keys).clone();
    Arc::new(DictionaryArray::<K>::try_new(keys, Arc::clone(values)).unwrap())
}

#[test]
fn a_null_among_the_values_of_a_dictionary() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("")]));
    let large: ArrayRef = Arc::new(LargeStringArray::from(vec![Some("a"), None, Some("")]));
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![Some(&b"a"[..]), None, Some(b"")]));
    let view = cast(&texts, &DataType::Utf8View).unwrap();
    for values in [texts, large, view, bytes] {
        let is_text = *values.data_type() != DataType::Binary;
        let keys = [Some(0), Some(1), Some(2), None];
        let columns = [
            dictionary::<Int8Type>(&Int8Array::from(keys.map(|key| key.map(|key| key as i8)).to_vec()), &values),
            dictionary::<Int32Type>(&Int32Array::from(keys.to_vec()), &values),
            dictionary::<UInt16Type>(&UInt16Array::from(keys.map(|key| key.map(|key| key as u16)).to_vec()), &values),
        ];
        for column in columns {
            for name in ["t.arrow", "t.arrows", "t.feather"] {
                if name == "t.feather" && *values.data_type() == DataType::Utf8View {
                    continue;
                }
                let place = Workplace::new();
                write(
                    &place,
                    name,
                    &[("s", Arc::clone(&column)), ("id", Arc::new(Int64Array::from(vec![1, 2, 3, 4])))],
                );
                let found = counted(&place, name, &["s"]);
                let kind = if is_text { "string" } else { "binary" };
                assert_eq!(found.column("s"), (kind, 2, Some(2)), "{name} {}", column.data_type());
                code(&place, &format!("path: {name}, columns: {{s: {{nulls: 0}}}}"), 1);
                code(&place, &format!("path: {name}, columns: {{s: {{nulls: 50%, distinct: '= 2'}}}}"), 0);
                code(&place, &format!("path: {name}, rules: {{there: 's IS NOT NULL'}}"), 1);
                if is_text {
                    code(&place, &format!("path: {name}, columns: {{s: {{in: [a, '']}}}}"), 0);
                    code(&place, &format!("path: {name}, columns: {{s: {{missing: 75%}}}}"), 0);
                    write(
                        &place,
                        "main.arrow",
                        &[("s", Arc::new(StringArray::from(vec!["a", "", "a", "a"])) as ArrayRef)],
                    );
                    code(
                        &place,
                        &format!("path: {name}, baseline_path: main.arrow, columns: {{s: {{null_change: 10%}}}}"),
                        1,
                    );
                    code(&place, &format!("path: {name}, baseline_path: main.arrow, columns: {{s: {{unseen: 0}}}}"), 0);
                }
            }
        }
    }
}

#[test]
fn dictionaries_in_lists_and_structs() {
    let place = Workplace::new();
    let values: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("")]));
    let items = dictionary::<Int32Type>(&Int32Array::from(vec![1, 2, 1, 2]), &values);
    let item = Arc::new(Field::new_list_field(items.data_type().clone(), true));
    let lists: ArrayRef =
        Arc::new(ListArray::try_new(item, OffsetBuffer::from_lengths([1, 1, 1, 1]), Arc::clone(&items), None).unwrap());
    let rows: ArrayRef =
        Arc::new(StructArray::from(vec![(Arc::new(Field::new("s", items.data_type().clone(), true)), items)]));
    for name in ["t.arrow", "t.arrows", "t.parquet"] {
        write(&place, name, &[("l", Arc::clone(&lists)), ("r", Arc::clone(&rows))]);
        let found = counted(&place, name, &["l", "r.s"]);
        // [null] and [""] are two lists.
        assert_eq!(found.column("l"), ("list<string>", 0, Some(2)), "{name}");
        assert_eq!(found.column("r.s"), ("string", 2, Some(1)), "{name}");
    }
}

fn times(unit: TimeUnit, zone: Option<&str>) -> ArrayRef {
    let micros: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![1_704_067_200_000_000]));
    cast(&micros, &DataType::Timestamp(unit, zone.map(Into::into))).unwrap()
}

/// A list of one value, in a layout.
fn listed(item: &str, values: ArrayRef, to: impl Fn(Arc<Field>) -> DataType) -> ArrayRef {
    let field = Arc::new(Field::new(item, values.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths([values.len()]);
    let list: ArrayRef = Arc::new(ListArray::try_new(Arc::clone(&field), offsets, values, None).unwrap());
    cast(&list, &to(field)).unwrap()
}

fn wrapped(inside: ArrayRef) -> ArrayRef {
    Arc::new(StructArray::from(vec![(Arc::new(Field::new("x", inside.data_type().clone(), true)), inside)]))
}

/// Pairs of parts that differ in their layout only, each of one row with the same value.
fn pairs() -> Vec<(ArrayRef, ArrayRef)> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    let text: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let number: ArrayRef = Arc::new(Int64Array::from(vec![7]));
    let to = |array: &ArrayRef, data_type: &DataType| cast(array, data_type).unwrap();
    let decimal = |data_type: DataType| to(&number, &data_type);
    let time = |data_type: DataType| {
        to(&(Arc::new(Int32Array::from(vec![7])) as ArrayRef), &DataType::Time32(Second))
            .pipe(|array| to(&array, &data_type))
    };
    let day: ArrayRef = to(&(Arc::new(Int32Array::from(vec![19_000])) as ArrayRef), &DataType::Date32);
    let mut pairs = vec![
        (times(Second, None), times(Millisecond, None)),
        (times(Millisecond, None), times(Nanosecond, None)),
        (times(Microsecond, None), times(Nanosecond, None)),
        (times(Microsecond, Some("UTC")), times(Microsecond, Some("+00:00"))),
        (times(Second, Some("+00:00")), times(Nanosecond, Some("UTC"))),
        (time(DataType::Time32(Second)), time(DataType::Time64(Nanosecond))),
        (time(DataType::Time32(Millisecond)), time(DataType::Time64(Microsecond))),
        (to(&number, &DataType::Duration(Second)).pipe(|array| to(&array, &DataType::Duration(Second))), {
            let seconds = to(&number, &DataType::Duration(Second));
            to(&seconds, &DataType::Duration(Nanosecond))
        }),
        (decimal(DataType::Decimal32(9, 2)), decimal(DataType::Decimal64(9, 2))),
        (decimal(DataType::Decimal64(9, 2)), decimal(DataType::Decimal256(9, 2))),
        (decimal(DataType::Decimal128(9, 2)), decimal(DataType::Decimal256(9, 2))),
        (Arc::clone(&day), to(&day, &DataType::Date64)),
        (Arc::clone(&text), to(&text, &DataType::LargeUtf8)),
        (Arc::clone(&text), to(&text, &DataType::Utf8View)),
    ];
    let lists = |values: &ArrayRef, other: &ArrayRef| {
        vec![
            (listed("item", Arc::clone(values), DataType::List), listed("element", Arc::clone(other), DataType::List)),
            (
                listed("item", Arc::clone(values), DataType::List),
                listed("item", Arc::clone(other), DataType::LargeList),
            ),
            (
                listed("item", Arc::clone(values), DataType::LargeList),
                listed("item", Arc::clone(other), |field| DataType::FixedSizeList(field, 1)),
            ),
        ]
    };
    pairs.extend(lists(&number, &number));
    pairs.extend(lists(&text, &to(&text, &DataType::LargeUtf8)));
    pairs.extend(lists(&times(Second, None), &times(Nanosecond, None)));
    let views = [DataType::ListView as fn(Arc<Field>) -> DataType, DataType::LargeListView];
    pairs.extend(
        views.map(|view| {
            (listed("item", Arc::clone(&number), DataType::List), listed("item", Arc::clone(&number), view))
        }),
    );
    let inside: Vec<_> =
        pairs.iter().map(|(left, right)| (wrapped(Arc::clone(left)), wrapped(Arc::clone(right)))).collect();
    pairs.extend(inside);
    pairs
}

trait Pipe: Sized {
    fn pipe<T>(self, work: impl FnOnce(Self) -> T) -> T {
        work(self)
    }
}

impl Pipe for ArrayRef {}

#[test]
fn parts_that_differ_in_their_layout_only() {
    for (left, right) in pairs() {
        for ending in ["arrow", "parquet"] {
            let is_view = |array: &ArrayRef| format!("{}", array.data_type()).contains("ListView");
            if ending == "parquet" && (is_view(&left) || is_view(&right)) {
                continue;
            }
            for (first, second) in [(&left, &right), (&right, &left)] {
                let place = Workplace::new();
                write(&place, &format!("d/a.{ending}"), &[("t", Arc::clone(first))]);
                write(&place, &format!("d/b.{ending}"), &[("t", Arc::clone(second))]);
                let name = if matches!(first.data_type(), DataType::Struct(_)) { "t.x" } else { "t" };
                let found = counted(&place, "d", &[name]);
                let (_, nulls, distinct) = found.column(name);
                assert_eq!(
                    (found.rows, nulls, distinct),
                    (2, 0, Some(1)),
                    "{ending} {} {}",
                    first.data_type(),
                    second.data_type()
                );
            }
        }
    }
}

#[test]
fn parts_of_different_types_are_refused() {
    use TimeUnit::{Nanosecond, Second};
    let number: ArrayRef = Arc::new(Int64Array::from(vec![7]));
    let text: ArrayRef = Arc::new(StringArray::from(vec!["7"]));
    for (left, right, why) in [
        (times(Second, None), times(Second, Some("UTC")), "timestamp in `d/a.arrow` and timestamp[UTC] in `d/b.arrow`"),
        (
            times(Second, Some("UTC")),
            times(Second, Some("Europe/Berlin")),
            "timestamp[UTC] in `d/a.arrow` and timestamp[Europe/Berlin]",
        ),
        (Arc::clone(&number), Arc::clone(&text), "int64 in `d/a.arrow` and string in `d/b.arrow`"),
        (
            listed("item", number, DataType::List),
            listed("item", text, DataType::List),
            "list<int64> in `d/a.arrow` and list<string> in `d/b.arrow`",
        ),
    ] {
        let place = Workplace::new();
        write(&place, "d/a.arrow", &[("t", left)]);
        write(&place, "d/b.arrow", &[("t", right)]);
        let message = refusal(&place, "d");
        assert!(message.contains(why) && message.contains("write both with the same type"), "{message}");
    }
    // No unit holds both the year 9999 and nanoseconds.
    let place = Workplace::new();
    let far: ArrayRef = Arc::new(Int64Array::from(vec![253_402_300_799]));
    write(&place, "d/a.arrow", &[("t", cast(&far, &DataType::Timestamp(Second, None)).unwrap())]);
    write(&place, "d/b.arrow", &[("t", times(Nanosecond, None))]);
    let message = super::scan_refusal(&place, "d", "t");
    assert!(message.contains("`d/a.arrow`: `t` holds a value of Timestamp(s) that Timestamp(ns)"), "{message}");
}

/// What is null in one part says nothing of the type.
#[test]
fn a_part_without_values_goes_with_any_type() {
    for ending in ["arrow", "parquet"] {
        for first in ["a", "b"] {
            let place = Workplace::new();
            let second = if first == "a" { "b" } else { "a" };
            let nothing: ArrayRef = Arc::new(NullArray::new(2));
            write(&place, &format!("d/{first}.{ending}"), &[("s", Arc::clone(&nothing)), ("l", nothing)]);
            let text: ArrayRef = Arc::new(StringArray::from(vec![Some("x"), None]));
            let number: ArrayRef = Arc::new(Int64Array::from(vec![1]));
            let list = listed("item", number, DataType::List);
            let lists = datafusion::arrow::compute::concat(&[&list, &new_null_array(list.data_type(), 1)]).unwrap();
            write(&place, &format!("d/{second}.{ending}"), &[("s", text), ("l", lists)]);
            let found = counted(&place, "d", &["s", "l"]);
            assert_eq!((found.column("s"), found.column("l")), (("string", 3, Some(1)), ("list<int64>", 3, Some(1))));
        }
    }
}
