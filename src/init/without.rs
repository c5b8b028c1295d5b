//! Failing lines of a draft, turned into comments.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::quote::comment;

/// Returns the draft with some of its lines as comments, each with the reason; `None` if one of them is required.
///
/// Lines are counted from 1. Only a line with a whole entry of one dataset can be left out; lines with a nested block,
/// and those that name files, are required.
pub fn without(text: &str, lines: &BTreeMap<usize, String>) -> Option<String> {
    let mut kept = String::new();
    let mut left = lines.len();
    for (line, number) in text.lines().zip(1..) {
        match lines.get(&number) {
            Some(why) if can_go(line) => {
                let (entry, indent) = (line.trim_start(), line.len() - line.trim_start().len());
                let entry = entry.split_once("   # ").map_or(entry, |(entry, _)| entry);
                let _ = writeln!(kept, "{}# {}   # left out: {}", " ".repeat(indent), comment(entry), comment(why));
                left -= 1;
            }
            _ => {
                kept.push_str(line);
                kept.push('\n');
            }
        }
    }
    (left == 0 && !lines.is_empty()).then_some(kept)
}

fn can_go(line: &str) -> bool {
    let entry = line.trim_start();
    let named = ["path:", "baseline_path:", "predictions:", "baseline_predictions:", "label:", "#"];
    line.starts_with("    ") && !entry.is_empty() && !named.iter().any(|name| entry.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAFT: &str =
        "data:\n  a:\n    path: a.csv\n    rows: \">= 1\"\n    columns:\n      x: {type: int64}   # 3 values\n";

    #[test]
    fn a_line_that_does_not_hold_becomes_a_comment() {
        let lines = BTreeMap::from([(6, "no such\nluck".to_owned())]);
        let text = without(DRAFT, &lines).unwrap_or_default();
        assert!(text.ends_with("\n    columns:\n      # x: {type: int64}   # left out: no such luck\n"), "{text}");
    }

    #[test]
    fn what_names_the_file_stays() {
        for number in [1, 2, 3, 7] {
            assert_eq!(without(DRAFT, &BTreeMap::from([(number, String::new())])), None);
        }
        assert_eq!(without(DRAFT, &BTreeMap::new()), None);
    }
}
