//! A metric in MLflow's file store: a file named after it, with a line for each time that it was logged.

use super::number;

/// The last value: that of the highest step, as MLflow itself shows it.
///
/// A line is `timestamp value step`; from before there were steps, `timestamp value`. Newer ones name a data set behind that.
///
/// # Errors
///
/// A line is something else.
pub(super) fn last(text: &str) -> Result<Result<f64, String>, String> {
    let mut latest: Option<((i64, i64, usize), &str)> = None;
    for (line, row) in (1..).zip(text.lines()) {
        let words: Vec<&str> = row.split_whitespace().collect();
        let other =
            || format!("line {line} is not `timestamp value step`, as in a folder of metrics that MLflow wrote");
        let whole = |word: Option<&&str>| word.map_or(Ok(0), |word| word.parse::<i64>().map_err(|_| other()));
        let (Some(value), true) = (words.get(1), words.len() <= 5) else { return Err(other()) };
        let at = (whole(words.get(2))?, whole(words.first())?, line);
        if latest.is_none_or(|(known, _)| known < at) {
            latest = Some((at, value));
        }
    }
    let Some(((_, _, line), value)) = latest else { return Err("it is empty".to_owned()) };
    Ok(number(value).map_err(|what| format!("{what} in line {line}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn the_highest_step_counts() {
        assert_eq!(last("1700000000000 0.5 0\n1700000000002 0.9 2\n1700000000003 0.7 1\n").unwrap(), Ok(0.9));
        assert_eq!(last("1700000000000 0.5\n1700000000001 0.6\n").unwrap(), Ok(0.6));
        assert_eq!(last("1 0.5 0\n2 nan 1\n").unwrap(), Err("NaN in line 2".to_owned()));
    }

    #[test]
    fn other_files_are_no_history() {
        assert!(last("accuracy: 0.9\n").unwrap_err().contains("line 1 is not"));
        assert!(last("").is_err());
    }
}
