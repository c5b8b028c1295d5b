//! The command line as a user meets it.

use crate::support::Workplace;

#[test]
fn the_nearest_config_upwards_is_found() {
    let place = Workplace::new();
    place
        .write("a.csv", "id\n1\n")
        .write("mlgate.yml", "version: 1\ndata:\n  a: {path: a.csv, rows: 1}\n")
        .write("deep/er/x", "");
    let answer = crate::support::run_in(&place.path().join("deep/er"), &[]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
}

#[test]
fn without_a_config_it_says_how_to_get_one() {
    let answer = Workplace::new().run(&[]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("mlgate init"), "{}", answer.stderr);
}

#[test]
fn the_help_names_the_exit_codes() {
    let answer = Workplace::new().run(&["run", "--help"]);
    assert_eq!(answer.code, 0);
    insta::assert_snapshot!(answer.stdout);
}

/// The help of a command has its own exit codes, in lines that a terminal does not wrap.
#[test]
fn the_help_of_each_command_has_its_own_exit_codes() {
    for (command, codes) in [
        ("run", "012345"),
        ("guard", "0124"),
        ("publish", "01245"),
        ("render", "024"),
        ("bless", "0124"),
        ("diff", "024"),
        ("power", "024"),
        ("drill", "0124"),
        ("slices", "024"),
        ("read", "024"),
        ("verify", "0124"),
    ] {
        let help = Workplace::new().run(&[command, "--help"]).stdout;
        let (_, lines) = help.split_once("Exit codes:\n").unwrap_or_else(|| panic!("{command}: {help}"));
        let found: String = lines.lines().map(|line| line.trim_start().chars().next().unwrap_or(' ')).collect();
        assert_eq!(found.trim(), codes, "{command}: {lines}");
        assert!(lines.lines().all(|line| line.chars().count() <= 80), "{command}: {lines}");
    }
}

#[test]
fn a_wrong_argument_is_a_usage_error() {
    for arguments in
        [&["run", "--fromat", "json"][..], &["run", "--format", "xml"], &["explain"], &["run", "--output", "x"]]
    {
        let answer = Workplace::new().run(arguments);
        assert_eq!(answer.code, 2, "{arguments:?}");
        assert!(answer.stdout.is_empty());
    }
}

#[test]
fn the_catalogue_is_a_table() {
    insta::assert_snapshot!(Workplace::new().run(&["checks"]).stdout);
}

#[test]
fn a_check_explains_itself() {
    let answer = Workplace::new().run(&["explain", "nulls"]);
    assert_eq!(answer.code, 0);
    assert!(
        answer.stdout.starts_with("# `nulls`\n\ncolumn: the proportion of values that are null\n"),
        "{}",
        answer.stdout
    );
    for part in ["## Parameters", "## What it checks", "## Why it matters", "## Limits", "## Examples"] {
        assert!(answer.stdout.contains(part), "{part} is missing");
    }
    // A pipe gets the page's own lines, each of them a paragraph.
    let page = include_str!("../checks/column/nulls.md");
    let longest = page.lines().max_by_key(|line| line.len()).unwrap();
    assert!(longest.len() > 100 && answer.stdout.contains(longest), "{}", answer.stdout);
    let answer = Workplace::new().run(&["explain", "null"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("did you mean `nulls`?"), "{}", answer.stderr);
}

#[test]
fn every_command_has_a_manual_page() {
    let place = Workplace::new();
    assert_eq!(place.run(&["man", "--dir", "pages"]).code, 0);
    let help = place.run(&["--help"]).stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // A line that goes on with a long text is indented further.
    let commands = commands.filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    let commands: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"run"), "{help}");
    for command in commands.iter().filter(|command| **command != "help") {
        let page = place.read(&format!("pages/mlgate-{command}.1"));
        assert!(page.contains(&format!(".TH mlgate-{command} 1")), "{page}");
        assert_eq!(place.run(&["man", command]).stdout, page);
    }
    assert!(place.run(&["man"]).stdout.contains("a gate failed"));
    let unknown = place.run(&["man", "ruun"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (2, ""));
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let answer = Workplace::new().run(&["completions", shell]);
        assert_eq!(answer.code, 0);
        assert!(answer.stdout.contains("explain"), "{shell}");
    }
}

#[test]
fn colours_only_where_they_are_asked_for() {
    let place = Workplace::new();
    place.write("a.csv", "id\n1\n").write("mlgate.yml", "version: 1\ndata:\n  a: {path: a.csv, rows: 1}\n");
    assert!(!place.run(&[]).stdout.contains('\u{1b}'));
    assert!(place.run(&["run", "--color", "always"]).stdout.contains('\u{1b}'));
}

#[test]
fn a_report_that_cannot_be_written_is_not_passed_over() {
    let place = Workplace::new();
    place
        .write("a.csv", "id\n1\n")
        .write("file", "")
        .write("mlgate.yml", "version: 1\ndata:\n  a: {path: a.csv, rows: 1}\n");
    let answer = place.run(&["run", "--output", "json=file/report.json"]);
    assert_eq!(answer.code, 4);
    assert!(answer.stderr.contains("cannot be written"), "{}", answer.stderr);
}

#[test]
fn evidence_is_printed_on_demand() {
    let place = Workplace::new();
    place.fixture("loans/main/predictions.parquet").write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {predictions: predictions.parquet, label: label, score: score, metrics: {roc_auc: {min: 0.5}}}\n",
    );
    let (short, long) = (place.run(&[]).stdout, place.run(&["run", "--evidence"]).stdout);
    assert!(!short.contains("ties count half") && long.contains("ties count half"), "{long}");
    assert!(long.contains("mlgate.yml:3:"), "{long}");
}
