//! Floats of all widths, and NaN of both signs.

use datafusion::arrow::array::{ArrowPrimitiveType, Float16Array, Float32Array, Float64Array};
use datafusion::arrow::datatypes::Float16Type;

use super::{array, numbers, place, report, rules, write};
use crate::support::{Workplace, gate};

type Half = <Float16Type as ArrowPrimitiveType>::Native;

#[test]
fn floats_of_32_and_16_bits_are_beside_literals_of_their_width() {
    let single = [-999.9, 0.5, -999.9, -999.9];
    let half: Float16Array = single.iter().map(|number| Some(Half::from_f64(*number))).collect();
    let columns = [
        ("t", array(Float32Array::from_iter_values(single.map(|number| number as f32)))),
        ("half", array(half)),
        ("c", array(Float32Array::from(vec![0.01_f32, 0.99, 0.5, 0.01]))),
        ("wide", array(Float64Array::from(vec![0.1 + 0.2; 4]))),
        ("above", array(Float32Array::from(vec![0.99_f32.next_up(); 4]))),
    ];
    let report = report(
        &place(&columns),
        "    columns:\n      t: {missing: {is: 0, tokens: [-999.9]}, not_in: [-999.9], share: {of: [-999.9], is: \"<= 1%\"}}\n      half: {missing: {is: 0, tokens: [-999.9]}, share: {of: [-999.9], is: \"<= 1%\"}, range: [-999.9, 1]}\n      c: {range: [0.01, 0.99], in: [0.99, 0.5, 0.01]}\n      above: {range: [0.01, 0.99]}\n",
    );
    for (id, verdict, value) in [
        ("t.missing", "fail", 0.75),
        ("t.not_in", "fail", 0.75),
        ("t.share", "fail", 0.75),
        ("half.missing", "fail", 0.75),
        ("half.share", "fail", 0.75),
        ("half.range", "pass", 0.0),
        ("c.range", "pass", 0.0),
        ("c.in", "pass", 0.0),
        ("above.range", "fail", 1.0),
    ] {
        let gate = gate(&report, &format!("data.t.columns.{id}"));
        assert_eq!(
            (gate["verdict"].as_str(), gate["candidate"]["value"].as_f64()),
            (Some(verdict), Some(value)),
            "{id}"
        );
    }
    rules(
        &columns,
        &[
            ("t <> -999.9", "fail"),
            ("half <> -999.9", "fail"),
            ("c BETWEEN 0.01 AND 0.99", "pass"),
            ("c IN (0.01, 0.99, 0.5)", "pass"),
            ("c <= 0.99", "pass"),
            ("0.99 >= c", "pass"),
            ("above <= 0.99", "fail"),
            ("wide = 0.3", "fail"),
            ("wide > 0.3", "pass"),
            ("nullif(c, 0.99) IS NOT NULL", "fail"),
            ("CASE c WHEN 0.99 THEN false ELSE true END", "fail"),
            ("c < 1e300", "pass"),
        ],
    );
    numbers(
        &columns,
        &[
            ("SELECT count(*) FROM t WHERE t = -999.9", "3"),
            ("SELECT count(*) FROM t WHERE half = -999.9", "3"),
            ("SELECT count(*) FROM t WHERE c NOT IN (0.01, 0.99)", "1"),
        ],
    );
}

/// Never passes: NaN of either sign beside a limit.
#[test]
fn nan_is_the_largest_number_whatever_its_sign() {
    let negative = f64::from_bits(0xfff8_0000_0000_0000);
    for nan in [f64::NAN, negative] {
        let columns = [
            ("x", array(Float64Array::from(vec![1.0, nan]))),
            ("y", array(Float32Array::from(vec![1.0, nan as f32]))),
            ("h", array(Float16Array::from(vec![Half::from_f64(1.0), Half::from_f64(nan)]))),
            ("other", array(Float64Array::from(vec![0.0, 5.0]))),
            ("zero", array(Float64Array::from(vec![-0.0, 0.0]))),
        ];
        let report = report(
            &place(&columns),
            "    columns:\n      x: {range: [null, 10], not_before: other}\n      y: {range: [null, 10]}\n      h: {range: [null, 10]}\n      other: {not_before: x, range: [0, null]}\n",
        );
        for (id, verdict) in [
            ("x.range", "fail"),
            ("y.range", "fail"),
            ("h.range", "fail"),
            ("x.not_before", "pass"),
            ("other.not_before", "fail"),
            ("other.range", "pass"),
        ] {
            assert_eq!(gate(&report, &format!("data.t.columns.{id}"))["verdict"], verdict, "{id}");
        }
        let place = place(&columns);
        place.write(
            "mlgate.yml",
            "version: 1\ndata: {t: {path: t.parquet, columns: {x: {range: [0, null]}, y: {range: [0, null]}, h: {range: [0, null]}}}}\n",
        );
        let low = place.report();
        for name in ["x", "y", "h"] {
            assert_eq!(gate(&low, &format!("data.t.columns.{name}.range"))["verdict"], "fail", "{name}");
        }
        rules(
            &columns,
            &[
                ("x <= 10", "fail"),
                ("y <= 10", "fail"),
                ("h <= 10", "fail"),
                ("x >= 0", "pass"),
                ("h >= 0", "pass"),
                ("NOT (x < 0)", "pass"),
                ("x BETWEEN 0 AND 10", "fail"),
                ("x > other", "pass"),
                ("zero >= 0", "pass"),
                ("zero = 0", "pass"),
                ("zero IN (0.0)", "pass"),
            ],
        );
        numbers(
            &columns,
            &[
                ("SELECT min(x) FROM t", "1"),
                ("SELECT count(*) FROM t WHERE x > 10", "1"),
                ("SELECT count(*) FROM t WHERE x < 0", "0"),
                ("SELECT count(DISTINCT x) FROM (SELECT x FROM t UNION ALL SELECT CAST('NaN' AS DOUBLE) FROM t)", "2"),
                ("SELECT x FROM t ORDER BY x LIMIT 1", "1"),
            ],
        );
    }
}

/// The smallest and the largest value of a column are beside a limit of its own width, like the values themselves.
#[test]
fn extremes_of_narrow_floats_are_beside_limits_of_their_width() {
    let half = |number: f64| array(Float16Array::from_iter_values([Half::from_f64(number), Half::from_f64(1.0)]));
    let columns = [
        ("t", array(Float32Array::from(vec![-999.9_f32, 0.5]))),
        ("c", array(Float32Array::from(vec![0.1_f32, 0.1]))),
        ("half", half(-999.9)),
        ("above", array(Float32Array::from(vec![0.1_f32.next_up(); 2]))),
        ("wide", array(Float64Array::from(vec![0.1_f64.next_up(); 2]))),
    ];
    let lines = "    columns:\n      t: {minimum: \">= -999.9\"}\n      c: {maximum: \"<= 0.1\", minimum: \"= 0.1\", quantile: {q: 0.5, is: \"= 0.1\"}}\n      half: {minimum: \">= -999.9\"}\n      above: {maximum: \"<= 0.1\"}\n      wide: {maximum: \"<= 0.1\"}\n";
    let report = report(&place(&columns), lines);
    for (id, verdict) in [
        ("t.minimum", "pass"),
        ("c.maximum", "pass"),
        ("c.minimum", "pass"),
        ("c.quantile", "pass"),
        ("half.minimum", "pass"),
        ("above.maximum", "fail"),
        ("wide.maximum", "fail"),
    ] {
        assert_eq!(gate(&report, &format!("data.t.columns.{id}"))["verdict"], verdict, "{id}");
    }
}

#[test]
fn another_width_is_no_drift() {
    let words = |count: usize| (0..count).map(|index| [0.1, 0.2, 0.3, 0.7, 0.9, 1.1][index % 6]).collect::<Vec<f64>>();
    let many =
        |count: usize| (0..count).map(|index| (index as f64 * 0.618).fract() * 100.0 + 0.001).collect::<Vec<f64>>();
    let mut spiked = many(600);
    spiked.extend([33.3; 300]);
    for (name, numbers) in [("few", words(600)), ("many", many(900)), ("spiked", spiked)] {
        let wide = array(Float64Array::from(numbers.clone()));
        let single = array(numbers.iter().map(|number| Some(*number as f32)).collect::<Float32Array>());
        let half = array(numbers.iter().map(|number| Some(Half::from_f64(*number))).collect::<Float16Array>());
        let shifted = array(numbers.iter().map(|number| Some((*number * 1.5) as f32)).collect::<Float32Array>());
        let place = Workplace::new();
        for (file, column) in [("wide", wide), ("single", single), ("half", half), ("shifted", shifted)] {
            write(&place, &format!("{file}.arrow"), &[("x", column)]);
        }
        let config = |now: &str, before: &str| {
            let stored = if before.is_empty() { "baseline: b.json\n" } else { "" };
            format!(
                "version: 1\n{stored}data: {{t: {{path: {now}.arrow{before}, dataset_drift: 0, columns: {{x: {{tv: 0.01, psi: 0.01, ks: 0.01, js: 0.01, w1: 0.01, chi2: 0.05}}}}}}}}\n"
            )
        };
        for (now, before, code) in [
            ("single", "wide", 0),
            ("wide", "single", 0),
            ("half", "half", 0),
            ("shifted", "wide", 1),
            ("wide", "shifted", 1),
        ] {
            place.write("mlgate.yml", &config(now, &format!(", baseline_path: {before}.arrow")));
            let answer = place.run(&["run"]);
            assert_eq!(answer.code, code, "{name}: {now} beside {before}: {}{}", answer.stdout, answer.stderr);
            let _ = std::fs::remove_file(place.path().join("b.json"));
            place.write("mlgate.yml", &config(before, ""));
            let blessed = place.run(&["bless"]);
            assert_eq!(blessed.code, 0, "{}", blessed.stderr);
            place.write("mlgate.yml", &config(now, ""));
            let answer = place.run(&["run"]);
            assert_eq!(answer.code, code, "{name}: {now} beside stored {before}: {}{}", answer.stdout, answer.stderr);
        }
    }
}
