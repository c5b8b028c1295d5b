//! The guard in the formats: below the verdict, once, and inert.

use super::*;

fn loosened() -> Project {
    let project = Project::new(&[("mlgate.yml", &config("rows: \">= 4\"\n    duplicate_rows: 0"))]);
    project.commit(&[("mlgate.yml", &config("rows: \">= 1\""))]);
    project
}

/// Returns a page without the commits, which differ from run to run.
fn page(project: &Project, arguments: &[&str]) -> String {
    let answer = run_with(project.folder(), arguments, &JOB);
    let mut page = answer.stdout;
    for reference in ["main", "pr"] {
        let id = git(project.folder(), &["rev-parse", reference]);
        for length in [40, 12, 10] {
            page = page.replace(&id[..length], reference);
        }
    }
    page
}

#[test]
fn the_comment_says_it_right_below_the_verdict() {
    let page = page(&loosened(), &["run", "--format", "markdown"]);
    let lines: Vec<&str> = page.lines().filter(|line| !line.is_empty()).take(3).collect();
    assert_eq!(
        lines,
        [
            "## ⚠️ mlgate: 1 of 1 gate passed",
            "**This change loosens 2 gates.** Compared with `commit main`.",
            "- `data.d.duplicate_rows`<br>removed: was `0`; its line is gone",
        ]
    );
}

#[test]
fn as_a_user_reads_it() {
    let project = loosened();
    insta::assert_snapshot!("text", page(&project, &["run"]));
    insta::assert_snapshot!("markdown", page(&project, &["run", "--format", "markdown"]));
    insta::assert_snapshot!("guard", page(&project, &["guard"]));
}

#[test]
fn nothing_to_tell_is_one_line_at_the_end() {
    let project = Project::new(&[("mlgate.yml", &config("rows: \">= 4\""))]);
    let text = page(&project, &["run"]);
    assert!(text.contains("\nguard      no demand differs from those of commit main\n"), "{text}");
    let text = page(&project, &["run", "--format", "markdown"]);
    assert!(text.contains("| guard | no demand differs from those of commit `main` | |"), "{text}");
    assert!(page(&project, &["guard"]).starts_with("no demand differs from those of commit main"));
}

#[test]
fn a_guard_that_fails_is_the_verdict() {
    let strict = config("rows: \">= 4\"").replace("version: 1\n", "version: 1\nguard: fail\n");
    let project = Project::new(&[("mlgate.yml", &strict)]);
    project.commit(&[("mlgate.yml", &strict.replace(">= 4", ">= 1"))]);
    let text = page(&project, &["run", "--quiet"]);
    assert!(text.starts_with("mlgate  FAIL  this change loosens 1 gate"), "{text}");
    assert!(text.contains("data.d.rows") && text.contains(">= 4 → >= 1"), "{text}");
    let markdown = page(&project, &["run", "--format", "markdown"]);
    assert!(markdown.starts_with("## ❌ mlgate: this change loosens 1 gate\n"), "{markdown}");
}

#[test]
fn gates_with_the_same_finding_share_an_item() {
    let line = "columns: {\"*\": {nulls: 0}}";
    let project = Project::new(&[("mlgate.yml", &config(line))]);
    project.commit(&[("mlgate.yml", &config(&line.replace(": 0", ": \"< 50%\"")))]);
    let text = page(&project, &["run", "--format", "markdown"]);
    let ids = ["id", "age", "zip"].map(|column| format!("`data.d.columns.{column}.nulls`")).join(", ");
    assert!(text.contains(&format!("- {ids}<br>loosened: `0` → `< 50%`; a wider limit")), "{text}");
}

#[test]
fn hostile_names_stay_inert() {
    let line = |reason: &str| {
        config(&format!("rows: {{is: \">= 1\", waive: {{owner: \"@all\", reason: \"{reason}\", until: 2024-02-01}}}}"))
    };
    let project = Project::new(&[("mlgate.yml", &config("rows: \">= 1\""))]);
    project.commit(&[("mlgate.yml", &line("<img src=x> @everyone\\n::error::x"))]);
    let text = page(&project, &["run", "--format", "markdown"]);
    assert!(text.contains("waived") && text.contains("`<img`") && !text.contains("\n::error"), "{text}");
    assert!(!text.contains(" @everyone"), "{text}");
    let text = page(&project, &["run"]);
    assert!(!text.contains("\n::error"), "{text}");
}
