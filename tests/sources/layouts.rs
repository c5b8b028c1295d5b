//! Values of one type in several layouts: within a file, and in the files of one table.

use std::fs::File;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BinaryArray, Date64Array, DictionaryArray, Float64Array, Int8Array, Int32Array, Int64Array,
    LargeStringArray, ListArray, NullArray, RecordBatch, StringArray, StructArray, Time32SecondArray,
    TimestampMicrosecondArray, UInt16Array, UInt64Array, new_null_array,
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

/// Writes a table of these columns, in the format of the name; `.arrows` is a stream.
pub(super) fn write(place: &Workplace, name: &str, columns: &[(&str, ArrayRef)]) {
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

/// Returns a dictionary with `a`, a null by its value, an empty text, and a null by its index.
fn dictionary<K: ArrowDictionaryKeyType>(keys: &dyn Array, values: &ArrayRef) -> ArrayRef {
    let keys = datafusion::arrow::array::AsArray::as_primitive::<K>(keys).clone();
    Arc::new(DictionaryArray::<K>::try_new(keys, Arc::clone(values)).unwrap())
}

#[test]
fn a_null_among_the_values_of_a_dictionary() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("")]));
    let large: ArrayRef = Arc::new(LargeStringArray::from(vec![Some("a"), None, Some("")]));
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![Some(&b"a"[..]), None, Some(b"")]));
    let keys = [Some(0_u8), Some(1), Some(2), None].repeat(50);
    let mut columns = Vec::new();
    for values in [Arc::clone(&texts), large, cast(&texts, &DataType::Utf8View).unwrap(), bytes] {
        columns.push(dictionary::<Int8Type>(
            &keys.iter().map(|key| key.map(|key| key as i8)).collect::<Int8Array>(),
            &values,
        ));
        columns
            .push(dictionary::<Int32Type>(&keys.iter().map(|key| key.map(i32::from)).collect::<Int32Array>(), &values));
        columns.push(dictionary::<UInt16Type>(
            &keys.iter().map(|key| key.map(u16::from)).collect::<UInt16Array>(),
            &values,
        ));
    }
    let names: Vec<String> = (0..columns.len()).map(|at| format!("s{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let columns: Vec<(&str, ArrayRef)> = names.iter().copied().zip(columns).collect();
    let main: ArrayRef = Arc::new(StringArray::from(["a", "", "a", "a"].repeat(50)));
    let main: Vec<(&str, ArrayRef)> = names.iter().map(|name| (*name, Arc::clone(&main))).collect();
    for name in ["t.arrow", "t.arrows"] {
        let place = Workplace::new();
        write(&place, name, &columns);
        write(&place, "main.arrow", &main);
        let found = counted(&place, name, &names);
        for (at, column) in names.iter().enumerate() {
            let kind = if at < 9 { "string" } else { "binary" };
            assert_eq!(found.column(column), (kind, 100, Some(2)), "{name} {}", columns[at].1.data_type());
        }
        code(&place, &format!("path: {name}, columns: {{'s*': {{nulls: 50%, distinct: '= 2'}}}}"), 0);
        let rules: Vec<String> = names.iter().map(|name| format!("{name}: '{name} IS NOT NULL'")).collect();
        let lines = "'s?': {nulls: 0, null_change: 10%}";
        let config = format!(
            "version: 1\ndata: {{t: {{path: {name}, baseline_path: main.arrow, columns: {{{lines}}}, rules: {{{}}}}}}}\n",
            rules.join(", ")
        );
        let report = place.write("mlgate.yml", &config).report();
        for gate in
            report["gates"].as_array().unwrap().iter().filter(|gate| !gate["id"].as_str().unwrap().contains(".s9."))
        {
            assert_eq!(gate["verdict"], "fail", "{gate:#}");
        }
        let texts: Vec<String> =
            names[..9].iter().map(|name| format!("{name}: {{in: [a, ''], missing: 75%, unseen: 0}}")).collect();
        code(&place, &format!("path: {name}, baseline_path: main.arrow, columns: {{{}}}", texts.join(", ")), 0);
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

/// Returns a list of one value, in a layout.
fn listed(item: &str, values: ArrayRef, to: impl Fn(Arc<Field>) -> DataType) -> ArrayRef {
    let field = Arc::new(Field::new(item, values.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths([values.len()]);
    let list: ArrayRef = Arc::new(ListArray::try_new(Arc::clone(&field), offsets, values, None).unwrap());
    cast(&list, &to(field)).unwrap()
}

fn wrapped(inside: ArrayRef) -> ArrayRef {
    Arc::new(StructArray::from(vec![(Arc::new(Field::new("x", inside.data_type().clone(), true)), inside)]))
}

/// Returns pairs of parts that differ in their layout only, each of one row with the same value.
fn pairs() -> Vec<(ArrayRef, ArrayRef)> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    let text: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let number: ArrayRef = Arc::new(Int64Array::from(vec![7]));
    let to = |array: &ArrayRef, data_type: &DataType| cast(array, data_type).unwrap();
    let decimal = |data_type: DataType| to(&number, &data_type);
    let seconds: ArrayRef = Arc::new(Time32SecondArray::from(vec![7]));
    let time = |data_type: DataType| to(&seconds, &data_type);
    let day: ArrayRef = to(&(Arc::new(Int32Array::from(vec![19_000])) as ArrayRef), &DataType::Date32);
    let mut pairs = vec![
        (times(Second, None), times(Millisecond, None)),
        (times(Millisecond, None), times(Nanosecond, None)),
        (times(Microsecond, None), times(Nanosecond, None)),
        (times(Microsecond, Some("UTC")), times(Microsecond, Some("+00:00"))),
        (times(Second, Some("+00:00")), times(Nanosecond, Some("UTC"))),
        (time(DataType::Time32(Second)), time(DataType::Time64(Nanosecond))),
        (time(DataType::Time32(Millisecond)), time(DataType::Time64(Microsecond))),
        (
            to(&number, &DataType::Duration(Second)),
            to(&to(&number, &DataType::Duration(Second)), &DataType::Duration(Nanosecond)),
        ),
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

#[test]
fn parts_that_differ_in_their_layout_only() {
    let is_view = |array: &ArrayRef| format!("{}", array.data_type()).contains("ListView");
    for ending in ["arrow", "parquet"] {
        let pairs: Vec<_> = pairs().into_iter().filter(|(_, right)| ending == "arrow" || !is_view(right)).collect();
        let names: Vec<String> = (0..pairs.len()).map(|at| format!("c{at}")).collect();
        let side = |which: fn(&(ArrayRef, ArrayRef)) -> &ArrayRef| -> Vec<(&str, ArrayRef)> {
            names.iter().map(String::as_str).zip(pairs.iter().map(|pair| Arc::clone(which(pair)))).collect()
        };
        let (left, right) = (side(|pair| &pair.0), side(|pair| &pair.1));
        for (first, second) in [(&left, &right), (&right, &left)] {
            let place = Workplace::new();
            write(&place, &format!("d/a.{ending}"), first);
            write(&place, &format!("d/b.{ending}"), second);
            let is_struct = |array: &ArrayRef| matches!(array.data_type(), DataType::Struct(_));
            let names: Vec<String> = first
                .iter()
                .map(|(name, array)| if is_struct(array) { format!("{name}.x") } else { (*name).to_owned() })
                .collect();
            let found = counted(&place, "d", &names.iter().map(String::as_str).collect::<Vec<_>>());
            for (at, name) in names.iter().enumerate() {
                let (_, nulls, distinct) = found.column(name);
                let (ours, theirs) = (first[at].1.data_type(), second[at].1.data_type());
                assert_eq!((found.rows, nulls, distinct), (2, 0, Some(1)), "{ending} {ours} {theirs}");
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
    // No unit can represent both the year 9999 and nanoseconds.
    let place = Workplace::new();
    let far: ArrayRef = Arc::new(Int64Array::from(vec![253_402_300_799]));
    write(&place, "d/a.arrow", &[("t", cast(&far, &DataType::Timestamp(Second, None)).unwrap())]);
    write(&place, "d/b.arrow", &[("t", times(Nanosecond, None))]);
    let message = super::scan_refusal(&place, "d", "t");
    assert!(message.contains("`d/a.arrow`: `t` holds a value of Timestamp(s) that Timestamp(ns)"), "{message}");
}

/// Nulls in one part do not determine the type.
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

/// Arrow files have no checksums, and arithmetic would turn such values into others.
/// Never passes: values that their type does not have (exit code 4).
#[test]
fn values_that_their_type_does_not_have() {
    let number: ArrayRef = Arc::new(Int64Array::from(vec![10_000]));
    let decimal = cast(&number, &DataType::Decimal128(12, 0)).unwrap();
    let decimal: ArrayRef = Arc::new(
        datafusion::arrow::array::AsArray::as_primitive::<datafusion::arrow::datatypes::Decimal128Type>(&decimal)
            .clone()
            .with_data_type(DataType::Decimal128(4, 2)),
    );
    for (array, why) in [
        (
            Arc::new(Time32SecondArray::from(vec![90_000])) as ArrayRef,
            "not a valid time: 90000, but a day has 86400 of its units",
        ),
        (
            Arc::new(Date64Array::from(vec![1])),
            "not a valid date: 1 ms since 1970, which is not a whole number of days",
        ),
        (decimal, "not a valid decimal(4, 2): more than 4 digits"),
    ] {
        for name in ["t.arrow", "t.arrows"] {
            let place = Workplace::new();
            write(&place, name, &[("v", Arc::clone(&array)), ("id", Arc::new(Int64Array::from(vec![1])))]);
            let message = super::scan_refusal(&place, name, "v");
            assert!(message.contains(&format!("`v` holds a value that is {why}; the file is damaged")), "{message}");
            assert_eq!(counted(&place, name, &["id"]).rows, 1);
        }
    }
}

/// Writers that have no null of whole numbers write floats as soon as one is missing.
#[test]
fn whole_numbers_beside_floats_are_floats_where_no_digit_is_lost() {
    let float = |value: f64| Arc::new(Float64Array::from(vec![value])) as ArrayRef;
    let whole = |value: i64| Arc::new(Int64Array::from(vec![value])) as ArrayRef;
    let exact = 1_i64 << 53;
    for (left, right) in [(whole(exact), float(0.5)), (float(0.5), whole(-exact))] {
        let place = Workplace::new();
        write(&place, "d/a.arrow", &[("t", Arc::clone(&left)), ("l", listed("item", left, DataType::List))]);
        write(&place, "d/b.arrow", &[("t", Arc::clone(&right)), ("l", listed("item", right, DataType::List))]);
        place.write(
            "mlgate.yml",
            "version: 1\ndata:\n  d: {path: d, rows: 2, columns: {t: {type: float64, unique: true, range: [-9007199254740992, 9007199254740992]}, l: {nulls: 0}}}\n",
        );
        let report = place.report();
        assert_eq!(report["verdict"], "pass", "{:#}", report["gates"]);
    }
    for (name, column) in [("t", whole(exact + 1)), ("t", Arc::new(UInt64Array::from(vec![u64::MAX])))] {
        let place = Workplace::new();
        write(&place, "d/a.arrow", &[(name, float(0.5))]);
        write(&place, "d/b.arrow", &[(name, column)]);
        let message = super::scan_refusal(&place, "d", name);
        assert!(
            message.contains("`d/b.arrow`: `t` holds a value of") && message.contains("is beyond 2^53"),
            "{message}"
        );
    }
}
