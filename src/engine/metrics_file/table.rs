//! Reader of CSV and TSV: a column of names and one of values, or one row with a column for each metric.

use super::numbers::{FoundNumber, add, number};
use crate::plural::counted;

/// Columns of names, and columns of their values, the surest first: if a table has several of them, `name` is that of a
/// run, and `score` one more metric. Other columns are ignored.
const NAMES: [&str; 4] = ["metric", "name", "key", "measure"];
const VALUES: [&str; 3] = ["value", "score", "result"];

/// Returns all numbers.
///
/// # Errors
///
/// The table has neither form, or a row is malformed.
pub(super) fn numbers(text: &str, separator: u8) -> Result<FoundNumber, String> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| format!("it cannot be read: {error}"))?;
        let line = row.position().map_or(0, |position| usize::try_from(position.line()).unwrap_or(usize::MAX));
        rows.push((row, line));
        if rows.len() > super::numbers::MOST_NUMBERS {
            return Err(format!("it has too many rows for a file of metrics; limit: {}", super::numbers::MOST_NUMBERS));
        }
    }
    let Some(((head, _), rows)) = rows.split_first() else { return Err("it is empty".to_owned()) };
    if let Some((row, line)) = rows.iter().find(|(row, _)| row.len() != head.len()) {
        return Err(format!(
            "line {line} has {}, but the first line {}",
            counted(row.len() as u64, "field"),
            head.len()
        ));
    }
    let column = |words: &[&str]| {
        let place = |word: &&str| head.iter().position(|name| name.trim().eq_ignore_ascii_case(word));
        words.iter().find_map(place)
    };
    let mut found = FoundNumber::new();
    match (column(&NAMES), column(&VALUES), rows) {
        (Some(names), Some(values), rows) => {
            for (row, line) in rows {
                add(&mut found, row[names].trim().to_owned(), value(&row[values]), *line)?;
            }
        }
        (_, _, [(row, line)]) => {
            for (name, text) in head.iter().zip(row) {
                add(&mut found, name.trim().to_owned(), value(text), *line)?;
            }
        }
        (_, _, rows) => {
            return Err(format!(
                "it has {} rows below its header; a file of metrics has one row with a column for each metric, or two columns `metric` and `value`",
                rows.len()
            ));
        }
    }
    Ok(found)
}

fn value(text: &str) -> Result<f64, String> {
    match text.trim() {
        "" => Err("empty".to_owned()),
        text => number(text),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn names_and_values() {
        let found = numbers("step,metric,value\n3,accuracy,0.9\n3,\"f1, macro\",nan\n", b',').unwrap();
        assert_eq!(found["accuracy"], Ok(0.9));
        assert_eq!(found["f1, macro"], Err("NaN in line 3".to_owned()));
        let of_runs = numbers("score,name,metric,value\n1,run3,accuracy,0.93\n2,run3,f1,0.8\n", b',').unwrap();
        assert_eq!(of_runs["accuracy"], Ok(0.93));
        assert!(!of_runs.contains_key("run3"));
        let twice = numbers("key\tvalue\nloss\t2\nloss\t1\n", b'\t').unwrap();
        assert_eq!(twice["loss"], Err("repeated in line 3".to_owned()));
    }

    #[test]
    fn a_column_for_each_metric() {
        let found = numbers("run,accuracy,loss\nmain,0.9,\n", b',').unwrap();
        assert_eq!(found["accuracy"], Ok(0.9));
        assert_eq!(found["run"], Err("text (`main`) in line 2".to_owned()));
        assert_eq!(found["loss"], Err("empty in line 2".to_owned()));
    }

    #[test]
    fn what_is_no_list_of_metrics() {
        assert!(numbers("epoch,loss\n1,0.5\n2,0.4\n", b',').unwrap_err().contains("2 rows below its header"));
        assert!(numbers("a,b\n1\n", b',').unwrap_err().contains("line 2 has 1 field,"));
        assert!(numbers("a,b\n", b',').unwrap_err().contains("0 rows"));
        assert_eq!(numbers("", b',').unwrap_err(), "it is empty");
    }
}
