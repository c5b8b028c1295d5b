//! `mlgate init` writes a config that passes on the files it saw, and stops a change to them.

use crate::support::{Workplace, fixtures};

#[test]
fn what_it_writes_passes_and_is_strict() {
    let place = Workplace::new();
    place.fixture("loans/main/applications.parquet").fixture("loans/main/predictions.parquet");
    let answer = place.run(&["init", "applications.parquet", "predictions.parquet"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(answer.stdout.contains("all of which pass"), "{}", answer.stdout);
    insta::assert_snapshot!(place.read("mlgate.yml"));
    assert_eq!(place.run(&[]).code, 0);
    std::fs::copy(fixtures().join("loans/bad/applications.parquet"), place.path().join("applications.parquet"))
        .unwrap();
    assert_eq!(place.run(&[]).code, 1, "the bad change's data must not pass");
}

#[test]
fn odd_names_and_values_survive() {
    let place = Workplace::new();
    place.write("odd.csv", "a b,no,\"q\"\"x\",empty\n1,yes,:,\n2,no,-,\n3,yes,:,\n4,no,-,\n");
    let answer = place.run(&["init", "odd.csv"]);
    assert_eq!(answer.code, 0, "{}\n{}", answer.stderr, answer.stdout);
    assert_eq!(place.run(&[]).code, 0, "{}", place.read("mlgate.yml"));
}

#[test]
fn a_config_that_is_there_is_not_overwritten() {
    let place = Workplace::new();
    place.write("a.csv", "id\n1\n2\n").write("mlgate.yml", "mine");
    let answer = place.run(&["init", "a.csv"]);
    assert_eq!((answer.code, place.read("mlgate.yml").as_str()), (2, "mine"));
    assert!(answer.stderr.contains("--force"), "{}", answer.stderr);
    assert_eq!(place.run(&["init", "--force", "a.csv"]).code, 0);
}

#[test]
fn files_that_teach_nothing_are_refused() {
    let place = Workplace::new();
    place.write("a.csv", "id\n").write("b.csv", "");
    assert_eq!(place.run(&["init", "a.csv"]).code, 4);
    assert_eq!(place.run(&["init", "b.csv"]).code, 4);
    assert_eq!(place.run(&["init", "lost.csv"]).code, 4);
    assert!(!place.path().join("mlgate.yml").exists());
}

#[test]
fn a_config_in_another_folder_finds_its_files() {
    let place = Workplace::new();
    place.write("gate/data/a.csv", "id\n1\n2\n").write("b.csv", "id\n1\n2\n");
    let answer = place.run(&["init", "--config", "gate/mlgate.yml", "gate/data/a.csv", "b.csv"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!(place.run(&["run", "--config", "gate/mlgate.yml"]).code, 0);
}

#[test]
fn with_a_baseline_it_demands_what_is_so_now() {
    let place = Workplace::new();
    for side in ["bad", "main"] {
        std::fs::create_dir(place.path().join(side)).unwrap();
        for file in ["applications.parquet", "predictions.parquet"] {
            std::fs::copy(fixtures().join("loans").join(side).join(file), place.path().join(side).join(file)).unwrap();
        }
    }
    let new = ["bad/applications.parquet", "bad/predictions.parquet"];
    let old = ["--baseline", "main/applications.parquet", "--baseline", "main/predictions.parquet"];
    let answer = place.run(&[&["init"][..], &new, &old].concat());
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    insta::assert_snapshot!(place.read("mlgate.yml"));
    assert_eq!(place.run(&[]).code, 0);
    // Against a side that did not move, the same limits stop what did.
    std::fs::copy(fixtures().join("loans/main/applications.parquet"), place.path().join("bad/applications.parquet"))
        .unwrap();
    assert_eq!(place.run(&["run", "--only", "data.applications.columns.payment_score.in"]).code, 1);
}

#[test]
fn a_baseline_needs_a_file_that_it_belongs_to() {
    let place = Workplace::new();
    place.write("a.csv", "id\n1\n2\n").write("b.csv", "id\n1\n2\n").write("c.csv", "id\n1\n2\n");
    let answer = place.run(&["init", "a.csv", "b.csv", "--baseline", "c.csv"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("no other file is called `c`"), "{}", answer.stderr);
    let answer = place.run(&["init", "a.csv", "--baseline", "b.csv", "--baseline", "c.csv"]);
    assert!(answer.stderr.contains("has a baseline already"), "{}", answer.stderr);
    assert_eq!(place.run(&["init", "a.csv", "--baseline", "c.csv"]).code, 0);
}

#[test]
fn it_sees_how_texts_are_written() {
    let place = Workplace::new();
    let row = |n: u32| {
        let gap = ["x", "N/A", "?", "N/A"][n as usize % 4];
        format!("2024-03-{:02},u{n}@example.org,{gap}{},{}.0\n", n % 28 + 1, if gap == "x" { n } else { 0 }, n % 2)
    };
    let rows: String = (0..60).map(row).collect::<String>().replace("N/A0", "N/A").replace("?0", "?");
    place.write("a.csv", &format!("day,mail,note,flag\n{}", rows.replace("2024-03-", "d2024-03-")));
    let answer = place.run(&["init", "a.csv"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let config = place.read("mlgate.yml");
    for line in [
        "mail: {type: string, nulls: 0, unique: true, format: email}   # all different, all written as email",
        "note: {type: string, nulls: 0, missing: \"<= 88%\", in: [\"?\", N/A, ",
        "   # 75.0% null or N/A, \"?\"",
        "flag: {type: float64, nulls: 0, finite: true, in: [0.0, 1.0]}",
    ] {
        assert!(config.contains(line), "{line} is not in\n{config}");
    }
    // A `d` before each day: no format.
    assert!(config.contains("day: {type: string, nulls: 0}"), "{config}");
    place.write("a.csv", &format!("day,mail,note,flag\n{}", rows.replace("@", "(at)")));
    assert_eq!(place.run(&["run", "--only", "data.a.columns.mail.format"]).code, 1);
}

#[test]
fn a_table_that_is_held_out_is_kept_apart() {
    let place = Workplace::new();
    let rows = |from: u32, most: u32| {
        (from..from + most).map(|n| format!("{n},{},{}\n", n * 7 % 101, n % 3)).collect::<String>()
    };
    let head = "id,age,plan\n";
    place.write("train.csv", &format!("{head}{}", rows(0, 90)));
    // Row 100 says what row 5 says.
    place.write("test.csv", &format!("{head}{}200,35,2\n", rows(101, 40)));
    place.write("other.csv", &format!("{head}{}", rows(101, 40)));
    let answer = place.run(&["init", "train.csv", "test.csv", "other.csv"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let config = place.read("mlgate.yml");
    assert_eq!(config.matches("same_keys: {with: train, key: [id]}   # none now").count(), 1, "{config}");
    assert_eq!(config.matches("same_rows: {with: train, ignore: [id]").count(), 1, "{config}");
    assert_eq!(place.run(&[]).code, 0);
    place.write("test.csv", &format!("{head}{}", rows(50, 41)));
    for check in ["same_keys", "same_rows"] {
        assert_eq!(place.run(&["run", "--only", &format!("data.test.{check}")]).code, 1, "{check}");
    }
}
