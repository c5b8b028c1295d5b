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
