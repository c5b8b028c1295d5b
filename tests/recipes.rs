//! The recipes of `examples/`: each goes through the four ends of a run, and only a pass deploys.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Workplace;

/// The recipes that run where a program is named by a variable.
const RECIPES: [(&str, &str); 7] = [
    ("dvc", "DVC"),
    ("airflow", "AIRFLOW"),
    ("docker", "BUILDAH"),
    ("mlflow", "MLGATE_RECIPE_PYTHON"),
    ("step-functions", "MLGATE_RECIPE_PYTHON"),
    ("kubernetes", "MLGATE_RECIPE_PYTHON"),
    ("prometheus", "PUSHGATEWAY"),
];

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The program of this build.
fn program() -> PathBuf {
    assert_cmd::cargo::cargo_bin("mlgate")
}

#[test]
#[cfg(unix)]
fn the_four_ends_have_their_exit_codes() {
    for (end, code) in [("pass", Some(0)), ("fail", Some(1)), ("error", Some(4)), ("crash", None)] {
        let place = Workplace::new();
        let made = Command::new(examples().join("ends/make"))
            .args([end, "."])
            .env("MLGATE", program())
            .current_dir(place.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let ended = Command::new(place.path().join("bin/mlgate"))
            .args(["run", "--quiet"])
            .current_dir(place.path())
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), code, "{end}");
        let stale = place.path().join("report.json");
        assert_eq!(stale.exists(), end == "crash", "a crash leaves the report of the run before");
    }
}

/// Runs every recipe whose program is here; the others say that they were skipped.
#[test]
#[cfg(unix)]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn only_a_pass_deploys() {
    for (recipe, variable) in RECIPES {
        let script = examples().join(recipe).join("try");
        let Some(named) = std::env::var_os(variable) else {
            assert!(std::env::var_os("MLGATE_REQUIRE_RECIPES").is_none(), "{recipe}: {variable} names no program");
            eprintln!("skipped: {recipe}, because {variable} names no program");
            continue;
        };
        let mut command = match variable {
            "MLGATE_RECIPE_PYTHON" => Command::new(&named),
            _ => Command::new(&script),
        };
        if variable == "MLGATE_RECIPE_PYTHON" {
            command.arg(&script);
        }
        let ended = command.env("MLGATE", program()).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        assert!(ended.status.success(), "{recipe}: {out}{err}");
        eprintln!("{recipe}:\n{out}");
    }
}

#[test]
fn every_recipe_says_what_it_cannot_show() {
    for (recipe, _) in RECIPES.into_iter().chain([("grafana", "")]) {
        let text = fs::read_to_string(examples().join(recipe).join("README.md")).unwrap();
        assert!(text.contains("It cannot show"), "{recipe}");
        assert!(text.lines().count() <= 20, "{recipe} is read in a minute");
    }
}
