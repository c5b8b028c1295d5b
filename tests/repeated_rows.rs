//! Rows that repeat an earlier one: nulls are values, 0 and −0 are equal, and all NaN are equal.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int64Array, ListArray, NullArray,
    StringArray,
};
use datafusion::arrow::datatypes::Int64Type;

use crate::support::{Workplace, columns_to_parquet, gate};

#[test]
fn nulls_of_one_column_repeat_each_other() {
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(vec![Some(vec![Some(1)]), None, None, None]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(vec![Some(1), None, None, None])),
        Arc::new(StringArray::from(vec![Some("a"), None, None, None])),
        Arc::new(BooleanArray::from(vec![Some(true), None, None, None])),
        Arc::new(Date32Array::from(vec![Some(1), None, None, None])),
        Arc::new(Float64Array::from(vec![Some(1.0), None, None, None])),
        Arc::new(Decimal128Array::from(vec![Some(1), None, None, None])),
        Arc::new(lists),
    ];
    for column in columns {
        let (place, of) = (Workplace::new(), column.data_type().clone());
        columns_to_parquet(&place, "one.parquet", &[("x", Arc::clone(&column))]);
        columns_to_parquet(&place, "a.parquet", &[("x", column), ("y", Arc::new(Int64Array::from(vec![1, 2, 3, 4])))]);
        for memory in ["", "memory_limit: 256MB\n"] {
            place.write("mlgate.yml", &format!("version: 1\n{memory}data: {{one: {{path: one.parquet, duplicate_rows: 2 rows}}, t: {{path: a.parquet, duplicate_rows: {{is: 0, columns: [x]}}, unique_together: {{columns: [x]}}}}}}\n"));
            let report = place.report();
            assert_eq!(gate(&report, "data.one.duplicate_rows")["verdict"], "pass", "{of}");
            for name in ["duplicate_rows", "unique_together"] {
                let found = gate(&report, &format!("data.t.{name}"));
                assert_eq!(found["verdict"], "fail", "{of}, {name}");
                assert!(found["message"].as_str().unwrap().contains("2 of 4"), "{of}: {found}");
                assert_eq!(found["first_rows"], serde_json::json!([3, 4]), "{of}: {found}");
            }
        }
    }
}

#[test]
fn a_table_of_nulls_has_rows() {
    let place = Workplace::new();
    columns_to_parquet(&place, "n.parquet", &[("x", Arc::new(NullArray::new(4)) as ArrayRef)]);
    columns_to_parquet(&place, "i.parquet", &[("x", Arc::new(Int64Array::from(vec![None; 4])) as ArrayRef)]);
    columns_to_parquet(&place, "one.parquet", &[("x", Arc::new(Int64Array::from(vec![Some(1), None])) as ArrayRef)]);
    for (path, expected) in [("n.parquet", "fail"), ("i.parquet", "fail"), ("one.parquet", "pass")] {
        place.write("mlgate.yml", &format!("version: 1\ndata: {{t: {{path: {path}, duplicate_rows: 0}}}}\n"));
        let report = place.report();
        let found = gate(&report, "data.t.duplicate_rows");
        assert_eq!(found["verdict"], expected, "{path}: {found}");
        if expected == "fail" {
            assert!(found["message"].as_str().unwrap().contains("3 of 4"), "{found}");
        }
        let init = place.run(&["init", "--config", &format!("{path}.yml"), path]);
        assert_eq!(init.code, 0, "{}{}", init.stdout, init.stderr);
    }
}

#[test]
fn unique_and_distinct_do_not_look_at_nulls() {
    let place = Workplace::new();
    columns_to_parquet(
        &place,
        "a.parquet",
        &[("x", Arc::new(Int64Array::from(vec![Some(1), None, None])) as ArrayRef)],
    );
    place.write("mlgate.yml", "version: 1\ndata: {t: {path: a.parquet, columns: {x: {unique: true, distinct: 1}}}}\n");
    assert_eq!(place.run(&["run"]).code, 0);
}

#[test]
fn zero_has_one_sign_and_not_a_number_one_form() {
    let place = Workplace::new();
    let names: ArrayRef = Arc::new(StringArray::from(vec!["a", "a", "b", "c", "c", "d"]));
    let double: ArrayRef = Arc::new(Float64Array::from(vec![0.0, -0.0, 1.0, f64::NAN, -f64::NAN, 1e-310]));
    let single: ArrayRef = Arc::new(Float32Array::from(vec![0.0, -0.0, 1.0, f32::NAN, -f32::NAN, 1e-42]));
    for column in [double, single] {
        let of = column.data_type().clone();
        columns_to_parquet(&place, "a.parquet", &[("x", column), ("y", Arc::clone(&names))]);
        for memory in ["", "memory_limit: 256MB\n"] {
            place.write("mlgate.yml", &format!("version: 1\n{memory}data: {{t: {{path: a.parquet, duplicate_rows: 0, unique_together: {{columns: [x, y]}}}}}}\n"));
            let report = place.report();
            for name in ["duplicate_rows", "unique_together"] {
                let found = gate(&report, &format!("data.t.{name}"));
                assert!(found["message"].as_str().unwrap().contains("2 of 6"), "{of}: {found}");
            }
        }
    }
    place.write("a.csv", "x,y\n0.0,a\n-0.0,a\n1.5,b\n");
    place.write("mlgate.yml", "version: 1\ndata: {t: {path: a.csv, duplicate_rows: 0}}\n");
    assert_eq!(place.run(&["run"]).code, 1);
}
