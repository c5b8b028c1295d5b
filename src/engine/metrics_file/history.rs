//! A metric in MLflow's file store: a file named after it, with a line for each logged value.

use super::numbers::number;

/// Returns the last value by MLflow's own rule: that of the highest step, of these the latest, and of these the
/// largest.
///
/// A line is `timestamp value step`; old versions wrote `timestamp value`. New versions append a data set.
///
/// # Errors
///
/// A line has another form.
pub(super) fn last(text: &str) -> Result<Result<f64, String>, String> {
    let mut latest: Option<(i64, i64, &str, usize)> = None;
    for (line, row) in (1..).zip(text.lines()) {
        let words: Vec<&str> = row.split_whitespace().collect();
        let other = || format!("line {line} is not `timestamp value step`, as in MLflow's folder of metrics");
        let whole = |word: Option<&&str>| word.map_or(Ok(0), |word| word.parse::<i64>().map_err(|_| other()));
        let (Some(value), true) = (words.get(1), words.len() <= 5) else { return Err(other()) };
        let (step, time) = (whole(words.get(2))?, whole(words.first())?);
        // A value that is not a number counts as the largest, so that it is not skipped.
        let size = |value: &str| match value.parse::<f64>() {
            Ok(number) if !number.is_nan() => number,
            _ => f64::INFINITY,
        };
        let is_later = |(known_step, known_time, known, _): (i64, i64, &str, usize)| {
            (step, time).cmp(&(known_step, known_time)).then(size(value).total_cmp(&size(known))).is_gt()
        };
        if latest.is_none_or(is_later) {
            latest = Some((step, time, value, line));
        }
    }
    let Some((_, _, value, line)) = latest else { return Err("it is empty".to_owned()) };
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
        assert_eq!(last("1 0.5 3\n1 0.9 3\n1 0.6 3\n").unwrap(), Ok(0.9));
        assert_eq!(last("1 nan 3\n1 0.9 3\n").unwrap(), Err("NaN in line 1".to_owned()));
        assert_eq!(last("1 0.5 0\n2 nan 1\n").unwrap(), Err("NaN in line 2".to_owned()));
    }

    #[test]
    fn other_files_are_no_history() {
        assert!(last("accuracy: 0.9\n").unwrap_err().contains("line 1 is not"));
        assert!(last("").is_err());
    }
}
