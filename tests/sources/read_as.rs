//! The keys `types` and `na`: the reading of text formats.

use std::fmt::Write as _;

use super::{packed, put};
use crate::support::{Answer, Workplace, gate};

fn run(place: &Workplace, config: &str) -> Answer {
    place.write("mlgate.yml", &format!("version: 1\n{config}\n")).run(&["run"])
}

/// Returns the exit code and the message of the first gate.
fn told(place: &Workplace, config: &str) -> (i32, String) {
    place.write("mlgate.yml", &format!("version: 1\n{config}\n"));
    let report = place.report();
    let message = report["gates"][0]["message"].as_str().unwrap_or_default().to_owned();
    (i32::try_from(report["exit_code"].as_i64().unwrap()).unwrap(), message)
}

#[track_caller]
fn code(place: &Workplace, config: &str, code: i32) {
    let answer = run(place, config);
    assert_eq!(answer.code, code, "{config}\n{}{}", answer.stdout, answer.stderr);
}

#[test]
fn codes_keep_their_zeros() {
    let place = Workplace::new();
    for (main, change, column) in [
        ("02134\n00501\n", "2134\n501\n", "unseen: 0, lost: 0"),
        ("1.10\n1.1\n", "1.1\n1.1\n", "lost: 0"),
        ("007\n", "7\n", "unseen: 0"),
    ] {
        place.write("main.csv", &format!("id,zip\n1,{}", main.trim_end().replace('\n', "\n2,")));
        place.write("pr.csv", &format!("id,zip\n1,{}", change.trim_end().replace('\n', "\n2,")));
        let with = |types: &str| {
            format!("data: {{t: {{path: pr.csv, baseline_path: main.csv, {types} columns: {{zip: {{{column}}}}}}}}}")
        };
        code(&place, &with(""), 0);
        code(&place, &with("types: {zip: string},"), 1);
    }
    place.write("t.csv", "zip\n02134\n00501\n");
    for line in ["in: ['02134', '00501']", "length: [5, 5]", "regex: '^0'", "type: string", "not_in: ['2134']"] {
        code(&place, &format!("data: {{t: {{path: t.csv, types: {{zip: string}}, columns: {{zip: {{{line}}}}}}}}}"), 0);
    }
    code(&place, "data: {t: {path: t.csv, types: {zip: string}, columns: {zip: {in: ['2134']}}}}", 1);
    code(&place, "data: {t: {path: t.csv, types: {zip: string}, rules: {five: \"length(zip) = 5\"}}}", 0);
}

#[test]
fn every_part_of_a_folder_every_packing_and_both_sides() {
    for name in ["a.csv", "a.tsv", "a.csv.gz", "a.csv.zst"] {
        let place = Workplace::new();
        put(&place, &format!("f/1{name}"), &packed(name, b"zip\n02134\n"));
        put(&place, &format!("f/2{name}"), &packed(name, b"zip\n00501\n"));
        put(&place, &format!("g/{name}"), &packed(name, b"zip\n2134\n501\n"));
        let with = |types: &str| {
            format!("data: {{t: {{path: f, baseline_path: g, {types} columns: {{zip: {{unseen: 0}}}}}}}}")
        };
        code(&place, &with(""), 0);
        code(&place, &with("types: {zip: string},"), 1);
        code(&place, "data: {t: {path: f, types: {zip: string}, columns: {zip: {in: ['02134', '00501']}}}}", 0);
    }
}

#[test]
fn keys_of_folders() {
    let place = Workplace::new();
    for (side, zip) in [("a", "02134"), ("b", "2134")] {
        place.write(&format!("{side}/zip={zip}/day=2024-01-02/p.csv"), "v\n1\n");
    }
    let with =
        |types: &str, line: &str| format!("data: {{t: {{path: a, baseline_path: b, {types} columns: {{{line}}}}}}}");
    code(&place, &with("", "zip: {unseen: 0}"), 0);
    code(&place, &with("types: {zip: string},", "zip: {unseen: 0}"), 1);
    code(&place, &with("types: {zip: string},", "zip: {in: ['02134'], type: string}"), 0);
    // A date that is declared is a date.
    code(&place, &with("types: {day: date},", "day: {type: date, range: ['2024-01-01', now]}"), 0);
    code(&place, &with("types: {day: timestamp},", "day: {type: timestamp}"), 0);
    code(&place, &with("types: {zip: date},", "zip: {type: date}"), 4);
    code(&place, &with("na: '02134',", "zip: {nulls: '= 100%'}"), 0);
    // The same holds for Parquet's dates.
    place.parquet("v.parquet", "message m { required int64 v; }");
    let bytes = std::fs::read(place.path().join("v.parquet")).unwrap();
    put(&place, "p/zip=02134/v.parquet", &bytes);
    code(&place, "data: {t: {path: p, types: {zip: string}, columns: {zip: {type: string}}}}", 0);
    code(&place, "data: {t: {path: p, columns: {zip: {type: int64}}}}", 0);
}

#[test]
fn words_for_null() {
    let place = Workplace::new();
    place.write("t.csv", "n,s\n1,NA\nNA,x\n-999,\"\"\n4,null\n");
    let with = |na: &str, line: &str| format!("data: {{t: {{path: t.csv, {na} columns: {{{line}}}}}}}");
    code(&place, &with("", "n: {type: string, nulls: 0}, s: {nulls: 25%}"), 0);
    code(&place, &with("na: NA,", "n: {type: int64, nulls: 25%}, s: {nulls: 50%}"), 0);
    code(&place, &with("na: [NA, -999, \"null\", ''],", "n: {nulls: 50%, range: [1, 4]}, s: {nulls: 75%, in: [x]}"), 0);
    code(&place, &with("na: [N],", "n: {type: string}, s: {nulls: 25%}"), 0);
    code(&place, &with("na: NA, types: {n: float64},", "n: {type: float64, nulls: 25%}"), 0);
    // Characters with a special meaning elsewhere are literal.
    place.write("t.csv", "n\n1\n.*\n(a|b)\n\\N\n");
    code(&place, &with("na: ['.*', '(a|b)', '\\N'],", "n: {type: int64, nulls: 75%}"), 0);
    place.write("t.jsonl", "{\"n\":1,\"l\":[\"NA\"]}\n{\"n\":\"NA\",\"o\":{\"s\":\"NA\"}}\n");
    code(
        &place,
        "data: {t: {path: t.jsonl, na: NA, columns: {n: {type: int64, nulls: 50%}, o.s: {nulls: '= 100%'}}}}",
        0,
    );
}

#[test]
fn a_value_that_is_not_as_declared() {
    let place = Workplace::new();
    place.write("t.csv", "id,v\n1,5\n2,x\n3,y\n");
    for (declared, row) in [("int64", 2), ("float", 2), ("bool", 1), ("date", 1), ("timestamp", 1)] {
        let (code, why) = told(&place, &format!("data: {{t: {{path: t.csv, types: {{v: {declared}}}, rows: '> 0'}}}}"));
        let name = if declared == "float" { "float64" } else { declared };
        let (starts, ends) = (format!("`t.csv`: row {row}: `v` holds `"), format!("`, but `types` declares {name}"));
        assert!(code == 4 && why.starts_with(&starts) && why.ends_with(&ends), "{why}");
    }
    // The text is too far below to determine the type.
    let mut text = "v\n".to_owned();
    for row in 0..100_001 {
        writeln!(text, "{row}").unwrap();
    }
    place.write("t.csv", &format!("{text}00x\n"));
    code(&place, "data: {t: {path: t.csv, rows: '> 0'}}", 4);
    code(&place, "data: {t: {path: t.csv, types: {v: string}, columns: {v: {type: string, unique: true}}}}", 0);
    code(&place, "data: {t: {path: t.csv, na: 00x, columns: {v: {type: int64, unique: true}}}}", 0);
    // A column without values has its declared type.
    place.write("e.csv", "id,v\n1,\n").write("main.csv", "id,v\n1,true\n");
    code(
        &place,
        "data: {t: {path: e.csv, baseline_path: main.csv, types: {v: bool}, schema: same, columns: {v: {type: bool}}}}",
        0,
    );
}

#[test]
fn json_lines() {
    let place = Workplace::new();
    place.write(
        "t.jsonl",
        "{\"id\":7,\"at\":\"2024-01-02T10:00:00Z\",\"in\":{\"day\":\"2024-01-02\"},\"x\":1}\n{\"id\":\"07\",\"at\":null,\"in\":{\"day\":\"2024-01-03\"},\"x\":2}\n",
    );
    let with =
        |types: &str, line: &str| format!("data: {{t: {{path: t.jsonl, types: {{{types}}}, columns: {{{line}}}}}}}");
    code(&place, &with("id: string", "id: {type: string, in: ['7', '07']}"), 0);
    code(&place, &with("at: timestamp", "at: {type: timestamp, nulls: 50%, range: ['2024-01-01', now]}"), 0);
    code(&place, &with("in.day: date", "in.day: {type: date, range: ['2024-01-02', '2024-01-03']}"), 0);
    code(&place, &with("x: float64", "x: {type: float64, range: [1, 2]}"), 0);
    for (types, why) in [
        ("id: int64", "line 2: `id` holds text (`07`), but `types` declares int64"),
        ("in.day: timestamp, id: date", "line 1: `id` holds a whole number (7), but `types` declares date"),
        ("at: date", "line 1: `at` holds `2024-01-02T10:00:00Z`, but `types` declares date"),
        ("in: string", "line 1: `in` holds an object, but `types` declares string"),
    ] {
        assert_eq!(told(&place, &with(types, "x: {nulls: 0}")), (4, format!("`t.jsonl`: {why}")));
    }
    place.write("t.jsonl", "{\"at\":\"2024-01-02T10:00:00Z\"}\n{\"at\":\"soon\"}\n");
    let why = "`t.jsonl`: line 2: `at` holds `soon`, but `types` declares timestamp";
    assert_eq!(told(&place, &with("at: timestamp", "at: {nulls: 0}")), (4, why.to_owned()));
}

#[test]
fn files_of_a_model() {
    let place = Workplace::new();
    let rows = |zero: &str| -> String {
        (0..40)
            .map(|row| {
                format!(
                    "{zero}{},{},0.{}\n",
                    row + 10,
                    if row % 5 == 0 { "NA" } else { ["yes", "no"][row % 2] },
                    row % 10
                )
            })
            .collect()
    };
    place.write("p.csv", &format!("id,y,s\n{}", rows("0").replace("NA", "yes")));
    place.write("b.csv", &format!("id,y,s\n{}", rows("").replace("NA", "yes")));
    let with = |types: &str| {
        format!(
            "models: {{m: {{predictions: p.csv, baseline_predictions: b.csv, {types} key: id, label: y, positive: 'yes', score: s, metrics: {{roc_auc: {{max_drop: 0.5}}}}}}}}"
        )
    };
    code(&place, &with(""), 0);
    // 010 and 10 are two keys.
    code(&place, &with("types: {id: string},"), 4);
    place.write("b.csv", &format!("id,y,s\n{}", rows("0").replace("NA", "yes")));
    code(&place, &with("types: {id: string},"), 0);
    place.write(
        "l.csv",
        &format!(
            "id,y\n{}",
            rows("0")
                .replace("NA", "yes")
                .lines()
                .fold(String::new(), |text, line| text + line.rsplit_once(',').unwrap().0 + "\n")
        ),
    );
    code(
        &place,
        "models: {m: {predictions: p.csv, labels: l.csv, types: {id: string}, key: id, label: y, positive: 'yes', score: s, metrics: {roc_auc: {min: 0}}}}",
        0,
    );
    place.write("p.csv", &format!("id,y,s\n{}", rows("0")));
    let config = |na: &str| {
        format!(
            "models: {{m: {{predictions: p.csv, {na} label: y, positive: 'yes', score: s, metrics: {{roc_auc: {{min: 0}}}}}}}}"
        )
    };
    // A null among the labels is an error, and so is a third class.
    let answer = run(&place, &config("na: NA,"));
    assert!(answer.code == 4 && answer.stdout.contains("null"), "{}", answer.stdout);
}

#[test]
fn a_stored_baseline_knows_the_declared_type() {
    let place = Workplace::new();
    place.write("t.csv", "id,zip\n1,02134\n2,00501\n");
    let config = "baseline: b.json\ndata: {t: {path: t.csv, types: {zip: string}, schema: same, columns: {zip: {nulls: '<= baseline'}}}}";
    place.write("mlgate.yml", &format!("version: 1\n{config}\n"));
    assert_eq!(place.run(&["bless"]).code, 0);
    code(&place, config, 0);
    code(&place, &config.replace("types: {zip: string}, ", ""), 1);
}

#[test]
fn mistakes_in_the_config_have_a_place() {
    let place = Workplace::new();
    place.write("t.csv", "id,zip\n1,02134\n").parquet("t.parquet", "message m { required int64 id; }");
    for (lines, why) in [
        (
            "path: t.csv, types: {zpi: string}, rows: '> 0'",
            "`types` declares `zpi`, but no file of `t` has this column",
        ),
        ("path: t.csv, types: {zpi: string}, rows: '> 0'", "did you mean `zip`?"),
        ("path: t.csv, types: {zip: strng}, rows: '> 0'", "did you mean `string`?"),
        (
            "path: t.csv, types: {zip: list}, rows: '> 0'",
            "the types of text formats are bool, int64, float64, date, timestamp, string",
        ),
        ("path: t.csv, types: [zip], rows: '> 0'", "expected a mapping, found a list"),
        ("path: t.csv, na: [1.5], rows: '> 0'", "expected a word that means null, found a number"),
        ("path: t.csv, na: [~], rows: '> 0'", "expected a word that means null, found nothing"),
        ("path: t.csv, type: {zip: string}, rows: '> 0'", "did you mean `types`?"),
    ] {
        let answer = run(&place, &format!("data: {{t: {{{lines}}}}}"));
        assert_eq!(answer.code, 2, "{lines}: {}", answer.stdout);
        assert!(answer.stderr.contains(why) && answer.stderr.contains("mlgate.yml:2:"), "{lines}: {}", answer.stderr);
    }
    // These formats declare types and nulls themselves.
    for (lines, why) in [
        ("types: {id: string}", "`types` declares `id` as string, but Parquet has it as int64"),
        ("na: NA", "`na` lists words for null in text formats, but Parquet has nulls of its own"),
    ] {
        let (code, found) = told(&place, &format!("data: {{t: {{path: t.parquet, {lines}, rows: '>= 0'}}}}"));
        assert!(code == 4 && found.contains(why), "{found}");
    }
    // A declaration that agrees is no contradiction, and one side may be text.
    place.write("main.csv", "id\n1\n");
    code(&place, "data: {t: {path: t.parquet, baseline_path: main.csv, types: {id: int64}, schema: same}}", 0);
}

#[test]
fn a_condition_reads_the_declared_type() {
    let place = Workplace::new();
    place.write("t.csv", "zip,at\n02134,2024-01-02\n");
    place.write(
        "mlgate.yml",
        "version: 1\ndata:\n  t:\n    path: t.csv\n    types: {zip: string, at: timestamp}\n    failed_rows: {none: \"SELECT * FROM t WHERE zip <> '02134'\"}\n    columns: {at: {type: timestamp}}\n",
    );
    let report = place.report();
    assert_eq!(gate(&report, "data.t.failed_rows.none")["verdict"], "pass");
    assert_eq!(report["exit_code"], 0, "{report:#}");
}

#[test]
fn init_keeps_the_zeros_of_codes() {
    let place = Workplace::new();
    let rows: String = (0..40).map(|row| format!("{},{:05},{}\n", row + 1, 501 + row * 37, row % 7)).collect();
    place
        .write("main.csv", &format!("id,zip,n\n{rows}"))
        .write("pr.csv", &format!("id,zip,n\n{}", rows.replace(",00", ",").replace(",0", ",")));
    let answer = place.run(&["init", "main.csv"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(
        place.read("mlgate.yml").contains("    types: {zip: string}   # codes such as 00501;"),
        "{}",
        place.read("mlgate.yml")
    );
    assert_eq!(place.run(&["run"]).code, 0);
    // Missing zeros are a difference.
    let config = "version: 1\ndata: {t: {path: pr.csv, baseline_path: main.csv, types: {zip: string}, columns: {zip: {unseen: 0}}}}\n";
    assert_eq!(place.write("mlgate.yml", config).run(&["run"]).code, 1);
    // The same holds for folders.
    place
        .write("f/month=01/a.csv", &format!("id,zip,n\n{rows}"))
        .write("f/month=02/a.csv", &format!("id,zip,n\n{rows}"));
    let answer = place.run(&["init", "f", "--config", "f.yml"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(place.read("f.yml").contains("types: {zip: string, month: string}"), "{}", place.read("f.yml"));
}
