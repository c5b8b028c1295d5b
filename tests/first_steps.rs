//! The first minutes: `init` that finds files by itself, `demo`, `doctor`.

use std::fs;

use serde_json::Value;

use crate::support::{Answer, Workplace, copy, fixtures, run_with};

/// Returns a folder with files of a project, and others that are none of its.
fn project() -> Workplace {
    let place = Workplace::new();
    let loans = fixtures().join("loans");
    for (from, to) in [("main", "main"), ("good", "out")] {
        for file in ["applications.parquet", "predictions.parquet"] {
            fs::create_dir_all(place.path().join(to)).unwrap();
            copy(&loans.join(from).join(file), &place.path().join(to).join(file));
        }
    }
    let csv = (0..200).fold("id,x\n".to_owned(), |text, row| format!("{text}{row},{}\n", row % 7));
    for name in ["node_modules/a.csv", ".venv/b.csv", "e/pyvenv.cfg", "e/c.csv", "tests/d.csv"] {
        place.write(name, &csv);
    }
    place.write("metrics.json", "{\"accuracy\": 0.91, \"log_loss\": 0.31, \"epochs\": 7}");
    place.write("package.json", "{\"version\": 1}");
    place
}

fn init(place: &Workplace, arguments: &[&str]) -> Answer {
    place.run(&[&["init"], arguments].concat())
}

#[test]
fn without_a_terminal_the_files_are_listed_and_nothing_is_written() {
    let place = project();
    let answer = init(&place, &[]);
    assert_eq!(answer.code, 2, "{}", answer.stdout);
    insta::assert_snapshot!(answer.stdout);
    assert!(answer.stderr.contains("mlgate init --yes"), "{}", answer.stderr);
    assert!(answer.stdout.lines().all(|line| line.chars().count() <= 80), "{}", answer.stdout);
    assert!(!place.path().join("mlgate.yml").exists());
}

#[test]
fn yes_takes_them_and_the_config_passes() {
    let place = project();
    let answer = init(&place, &["--yes"]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    let config = place.read("mlgate.yml");
    for line in [
        "baseline_path: main/applications.parquet",
        "baseline_predictions: main/predictions.parquet",
        "metrics_file: metrics.json",
        "accuracy: {min: 0.91}",
        "log_loss: {max: 0.31}",
        "epochs: {}",
    ] {
        assert!(config.contains(line), "no {line} in\n{config}");
    }
    assert!(!config.contains(".csv"), "{config}");
    let next = answer.stdout.split("next:\n").nth(1).unwrap();
    assert_eq!(next.lines().filter(|line| line.starts_with("  mlgate ")).count(), 3, "{next}");
    assert_eq!(place.run(&[]).code, 0);
    place.write("metrics.json", "{\"accuracy\": 0.90, \"log_loss\": 0.31, \"epochs\": 7}");
    assert_eq!(place.run(&[]).code, 1);
}

#[test]
fn nothing_to_find_is_said() {
    let place = Workplace::new();
    place.write("README.md", "x").write("one.csv", "a\n1\n");
    let answer = init(&place, &["--yes"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("mlgate init FILE"), "{}", answer.stderr);
}

#[test]
fn held_out_and_training_tables_know_each_other() {
    let place = Workplace::new();
    let rows = |from: usize| {
        (from..from + 300).fold("id,x\n".to_owned(), |text, row| format!("{text}{row},{}\n", row * 7 % 101))
    };
    place.write("data/train.csv", &rows(0)).write("data/test.csv", &rows(1000));
    for part in 0..4 {
        place.write(&format!("parts/part-{part}.csv"), &rows(part * 300));
    }
    let answer = init(&place, &["--yes"]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    let config = place.read("mlgate.yml");
    assert!(config.contains("same_keys: {with: train") && config.contains("path: parts\n"), "{config}");
    assert!(answer.stdout.contains("4 files"), "{}", answer.stdout);
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_out() {
    let place = Workplace::new();
    let other = Workplace::new();
    other.write("secret.csv", "a,b\n1,2\n");
    std::os::unix::fs::symlink(other.path(), place.path().join("folder")).unwrap();
    std::os::unix::fs::symlink(other.path().join("secret.csv"), place.path().join("secret.csv")).unwrap();
    std::os::unix::fs::symlink(place.path(), place.path().join("around")).unwrap();
    let answer = init(&place, &[]);
    assert!(answer.code == 2 && answer.stdout.is_empty(), "{}", answer.stdout);
}

#[test]
fn a_file_for_ci_is_written_once() {
    for (system, path) in [
        ("azure", "azure-pipelines.yml"),
        ("bitbucket", "bitbucket-pipelines.yml"),
        ("buildkite", ".buildkite/pipeline.yml"),
        ("circleci", ".circleci/config.yml"),
        ("drone", ".drone.yml"),
        ("forgejo", ".forgejo/workflows/mlgate.yml"),
        ("gitea", ".gitea/workflows/mlgate.yml"),
        ("github", ".github/workflows/mlgate.yml"),
        ("gitlab", ".gitlab-ci.yml"),
        ("jenkins", "Jenkinsfile"),
        ("teamcity", ".teamcity/settings.kts"),
        ("woodpecker", ".woodpecker/mlgate.yml"),
    ] {
        let place = project();
        let answer = init(&place, &["--yes", "--ci", system]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        assert!(answer.stdout.contains(&format!("wrote {path}")), "{}", answer.stdout);
        assert!(place.read(path).contains("mlgate"));
        // The config is there, so only the file for CI is written.
        let config = place.read("mlgate.yml");
        place.write("mlgate.yml", &format!("{config}# mine\n"));
        fs::remove_file(place.path().join(path)).unwrap();
        let answer = init(&place, &["--ci", system]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        assert!(place.read("mlgate.yml").ends_with("# mine\n") && place.path().join(path).exists());
    }
    let place = project();
    place.write(".github/workflows/mlgate.yml", "mine");
    let answer = init(&place, &["--yes", "--ci", "github"]);
    assert!(answer.code == 2 && answer.stderr.contains("--force"), "{}", answer.stderr);
    assert_eq!(place.read(".github/workflows/mlgate.yml"), "mine");
    assert!(!place.path().join("mlgate.yml").exists());
    // A file in the place of its folder leaves nothing half-written.
    let place = project();
    place.write(".github/workflows", "mine");
    let answer = init(&place, &["--yes", "--ci", "github"]);
    assert!(answer.code == 4 && answer.stderr.contains(".github/workflows"), "{}", answer.stderr);
    assert!(!place.path().join("mlgate.yml").exists());
    // Other pipelines are not touched.
    place.write(".gitlab-ci.yml", "mine");
    let answer = init(&place, &["--yes", "--ci", "gitlab"]);
    assert!(answer.code == 0 && answer.stdout.contains("include"), "{}", answer.stdout);
    assert_eq!(place.read(".gitlab-ci.yml"), "mine");
    assert!(place.path().join(".gitlab/mlgate.yml").exists());
}

#[test]
fn a_file_that_cannot_be_read_costs_only_itself() {
    let place = project();
    place
        .write("no_rows.csv", "a,b\n")
        .write("ragged.csv", "a,b\n1,2\n3,4,5\n")
        .write("lines.jsonl", "{\"a\":1,\"b\":2}\n{");
    let answer = init(&place, &["--yes"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    for said in [
        "left out: `no_rows.csv` has no rows",
        "left out: `ragged.csv` cannot be read: row 2",
        "left out: `lines.jsonl`",
    ] {
        assert!(answer.stdout.contains(said), "{}", answer.stdout);
    }
    assert!(!place.read("mlgate.yml").contains("ragged.csv"));
    assert_eq!(init(&place, &["--force", "no_rows.csv"]).code, 4);
    let alone = Workplace::new();
    alone.write("no_rows.csv", "a,b\n");
    assert_eq!(init(&alone, &["--yes"]).code, 4);
}

#[test]
fn a_config_in_a_folder_names_files_from_there() {
    let place = project();
    let answer = init(&place, &["--yes", "--config", "out/a gate/mlgate.yml"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let config = place.read("out/a gate/mlgate.yml");
    assert!(config.contains("\"../applications.parquet\"") && config.contains("\"../../metrics.json\""), "{config}");
    assert!(!config.contains(place.path().to_str().unwrap()), "{config}");
    assert!(answer.stdout.contains("mlgate run --config 'out/a gate/mlgate.yml' "), "{}", answer.stdout);
    assert_eq!(place.run(&["run", "--config", "out/a gate/mlgate.yml"]).code, 0);
}

#[test]
fn names_do_not_steer_the_terminal() {
    let place = project();
    let answer = init(&place, &["--yes", "--config", "a\u{1b}[31m.yml"]);
    assert!(answer.code == 0 && !answer.stdout.contains('\u{1b}'), "{}", answer.stdout);
    let answer = place.run(&["demo", "--no-run", "b\u{1b}[31m"]);
    assert!(answer.code == 0 && !answer.stdout.contains('\u{1b}'), "{}", answer.stdout);
}

#[test]
fn the_demo_passes_and_fails() {
    let place = Workplace::new();
    let answer = place.run(&["demo"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    for said in ["exit code 0", "exit code 1", "all 24 gates passed", "9 of 24 gates failed", "mlgate init"] {
        assert!(answer.stdout.contains(said), "{}", answer.stdout);
    }
    assert_eq!(place.run(&["run", "--config", "mlgate-demo/good/mlgate.yml"]).code, 0);
    assert_eq!(place.run(&["run", "--config", "mlgate-demo/bad/mlgate.yml"]).code, 1);
    let again = place.run(&["demo"]);
    assert!(again.code == 2 && again.stderr.contains("--force"), "{}", again.stderr);
    place.write("mlgate-demo/mine", "x");
    assert_eq!(place.run(&["demo", "--force", "--no-run"]).code, 0);
    assert_eq!(place.read("mlgate-demo/mine"), "x");
}

#[test]
fn the_doctor_tells_no_secret() {
    let place = Workplace::new();
    let secret = [
        ("GITHUB_TOKEN", "ghs_hidden1"),
        ("AWS_SECRET_ACCESS_KEY", "hidden2"),
        ("MLGATE_GITLAB_TOKEN", "hidden4"),
        ("HTTPS_PROXY", "http://me:hidden3@proxy.example:3128"),
        ("ALL_PROXY", "http://me:hidden5#x@proxy.example:3128"),
        ("GITLAB_CI", "true"),
        ("CI_PROJECT_ID", "8"),
        ("CI_API_V4_URL", "http://me:hidden6@git.corp/api/v4"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
    ];
    for format in ["text", "json"] {
        let answer = run_with(place.path(), &["doctor", "--format", format], &secret);
        assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
        assert!(!answer.stdout.contains("hidden"), "{}", answer.stdout);
        assert!(answer.stdout.contains("MLGATE_GITLAB_TOKEN") && answer.stdout.contains("proxy.example:3128"));
    }
    let answer = place.run(&["doctor"]);
    assert!(answer.stdout.contains("there is no mlgate.yml") && answer.stdout.ends_with("nothing is wrong\n"));
    assert!(answer.stdout.lines().all(|line| line.chars().count() <= 100), "{}", answer.stdout);
}

#[test]
fn the_doctor_says_where_a_report_would_be_posted() {
    let place = Workplace::new();
    let gitlab = [
        ("GITLAB_CI", "true"),
        ("CI_PROJECT_ID", "8"),
        ("CI_API_V4_URL", "https://git.corp/api/v4"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
    ];
    let said = run_with(place.path(), &["doctor"], &gitlab).stdout;
    assert!(said.contains("a job of GitLab CI") && said.contains("GitLab, merge request 7"), "{said}");
    assert!(said.contains("nothing can be posted to GitLab") && said.contains("MLGATE_GITLAB_TOKEN"), "{said}");
    let jenkins = [
        ("JENKINS_URL", "http://jenkins:8080/"),
        ("CHANGE_URL", "https://github.com/o/r/pull/3"),
        ("CHANGE_TARGET", "main"),
    ];
    let said = run_with(place.path(), &["doctor"], &jenkins).stdout;
    assert!(said.contains("a job of Jenkins") && said.contains("GitHub, pull request 3"), "{said}");
    let said =
        run_with(place.path(), &["doctor"], &[("TEAMCITY_VERSION", "2025.1"), ("MLGATE_TARGET_BRANCH", "main")]).stdout;
    assert!(said.contains("a job of TeamCity") && said.contains("--forge"), "{said}");
}

#[test]
fn the_doctor_finds_what_is_wrong() {
    let place = Workplace::new();
    let of = |place: &Workplace, environment: &[(&str, &str)]| {
        let answer = run_with(place.path(), &["doctor", "--format", "json"], environment);
        let report: Value = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(report["exit_code"], answer.code);
        let wrong = report["findings"].as_array().unwrap().iter().filter(|finding| finding["weight"] == "wrong");
        let wrong: Vec<String> = wrong.map(|finding| finding["name"].as_str().unwrap().to_owned()).collect();
        (answer.code, wrong)
    };
    place.write("mlgate.yml", "version: 1\nbaseline: .mlgate/b.json\ndata:\n  d: {path: d.csv, rows: 1}\n");
    assert_eq!(of(&place, &[]), (4, vec!["files".to_owned(), "baseline".to_owned()]));
    place.write("mlgate.yml", "version: 1\ndata:\n  d: {path: d.csv, rows: 1}\n").write("d.csv", "a\n1\n");
    assert_eq!(of(&place, &[]), (0, vec![]));
    assert_eq!(of(&place, &[("SSL_CERT_FILE", "/gone.pem")]), (4, vec!["certificates".to_owned()]));
    assert_eq!(of(&place, &[("CI", "true"), ("CIRCLE_PULL_REQUEST", "7")]), (4, vec!["target".to_owned()]));
    assert_eq!(of(&place, &[("CI", "true"), ("MLGATE_TARGET_BRANCH", "main")]), (0, vec![]));
    place.write("mlgate.yml", "version: 1\ndata:\n  d: {path: d.csv, rowss: 1}\n");
    assert_eq!(of(&place, &[]), (2, vec!["config".to_owned()]));
}
