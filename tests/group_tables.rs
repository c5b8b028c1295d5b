//! Groups are shown once, however many demands there are on their numbers.

use crate::fairness::config;
use crate::support::Workplace;

fn place(lines: &str) -> Workplace {
    let place = Workplace::new();
    place.write("mlgate.yml", &config(lines));
    place
}

#[test]
fn a_gap_and_a_ratio_of_one_rate_stand_in_one_table() {
    let place = place("        selection_rate: {max_gap: 0.01, min_ratio: 0.99, max: 0.1}");
    for (arguments, tables) in [
        (&["run"][..], 1),
        (&["run", "--evidence"], 1),
        (&["run", "--format", "markdown"], 1),
        (&["run", "--format", "markdown", "--evidence"], 1),
    ] {
        let text = place.run(arguments).stdout;
        let heads =
            text.lines().filter(|line| line.contains("group") && line.contains("interval") && line.contains(" n "));
        let heads: Vec<&str> = heads.collect();
        assert_eq!(heads.len(), tables, "{arguments:?}\n{text}");
        // With both ways to compare.
        assert!(heads[0].contains("difference") && heads[0].contains("ratio"), "{text}");
    }
    let text = place.run(&["run"]).stdout;
    assert!(text.contains("groups: as under m.group.selection_rate.max_gap"), "{text}");
    let page = place.run(&["run", "--format", "markdown"]).stdout;
    assert!(page.contains("Groups of `m.group.selection_rate.max_gap`, `m.group.selection_rate.min_ratio`"), "{page}");
}

#[test]
fn other_numbers_have_tables_of_their_own() {
    let lines = "        selection_rate: {max_gap: 0.01, min_ratio: {is: 0.99, confidence: 0.8}}\n        accuracy: {max_gap: 0.001}";
    let text = place(lines).run(&["run", "--evidence"]).stdout;
    let heads = text.lines().filter(|line| line.contains("group  ") && line.contains("interval")).count();
    assert_eq!(heads, 3, "{text}");
    // By another reference, the differences are others.
    let lines = "        selection_rate: {max_gap: 0.01, min_ratio: 0.99, max_spread: 0.001}";
    let text = place(lines).run(&["run", "--evidence"]).stdout;
    assert_eq!(text.matches("groups: as under").count(), 2, "{text}");
}

#[test]
fn the_baselines_numbers_are_part_of_the_one_table() {
    let place = Workplace::new();
    let row = |row: usize| {
        format!(
            "{},{},{},{}\n",
            ["a", "b"][row % 2],
            row % 3 / 2,
            u8::from(row % 5 < 2 + row % 2),
            u8::from(row % 5 < 2)
        )
    };
    place.write("p.csv", &format!("group,label,ours,theirs\n{}", (0..400).map(row).collect::<String>())).write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m: {predictions: p.csv, label: label, prediction: ours, baseline: {prediction: theirs}, fairness: {by: [group], rates: {selection_rate: {min_ratio: 0.99, max_gap_growth: 0.01}}}}\n",
    );
    let text = place.run(&["run"]).stdout;
    let heads: Vec<&str> = text.lines().filter(|line| line.contains("group  ") && line.contains("interval")).collect();
    assert_eq!(heads.len(), 1, "{text}");
    assert!(heads[0].contains("baseline") && heads[0].contains("difference") && heads[0].contains("ratio"), "{text}");
    insta::assert_snapshot!(text.split("\nconfig ").next().unwrap());
}
