//! Steps of time series: a season is a length of time, and a missing day does not shift it.

use std::collections::HashMap;

use chrono::{DateTime, Datelike};
use datafusion::arrow::util::display::array_value_to_string;

use super::row_table::{RowTable, Times};
use super::values::NamedValues;
use crate::measurement::MeasureError;
use crate::stats::Series;

/// A day in microseconds.
const DAY: f64 = 86_400e6;
/// The tolerance of a distance in steps: for days of 23 and 25 hours, and months of 28 to 31 days.
const PLAY: f64 = 0.1;

/// Reads the series of the rows, and each row's step in its series. If the times have no regular step, the reason is
/// returned too; only seasons need the step.
pub(crate) fn read(table: &RowTable, series: &str, time: &str) -> Result<(Series, Option<MeasureError>), MeasureError> {
    let column = table.column(series)?;
    let values = NamedValues::of(series, column).and_then(|values| values.complete(series, column));
    let (names, codes) = values.map_err(|error| table.blame(error))?;
    let times = table.times(time)?;
    let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); names.len()];
    for (row, code) in codes.iter().enumerate() {
        rows_of[*code as usize].push(row);
    }
    for rows in &mut rows_of {
        rows.sort_by(|left, right| times.numbers[*left].total_cmp(&times.numbers[*right]));
    }
    let at = |row: usize| {
        let told = table.column(time).ok().and_then(|column| array_value_to_string(column, row).ok());
        told.unwrap_or_default()
    };
    match steps(&times, &rows_of) {
        Ok(steps) => Ok((Series { codes, times: steps }, None)),
        Err(uneven) => {
            let name = &names[codes[uneven.row()] as usize];
            let why = match uneven {
                Uneven::Twice(row) => {
                    format!(
                        "the series `{name}` has several rows at {} in `{time}`; a time may occur only once in a series",
                        at(row)
                    )
                }
                Uneven::Between(before, row) => format!(
                    "the series `{name}` has no regular step in `{time}`: {} is not a whole number of steps after {}, so it is not \
                     known what is a season before; name a column of each row's `naive_error` instead",
                    at(row),
                    at(before)
                ),
                Uneven::Sparse(row) => format!(
                    "the series `{name}` has more gaps than rows in `{time}`, so it is not known what is a season before; name a \
                     column of each row's `naive_error` instead, or fill the gaps ({} is its last time)",
                    at(row)
                ),
            };
            Ok((Series { codes, times: times.numbers }, Some(table.blame(MeasureError(why)))))
        }
    }
}

/// Reason why times have no regular step, with the rows that show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Uneven {
    Twice(usize),
    Between(usize, usize),
    Sparse(usize),
}

impl Uneven {
    fn row(self) -> usize {
        let (Self::Twice(row) | Self::Between(_, row) | Self::Sparse(row)) = self;
        row
    }
}

/// Returns each row's step; the rows of a series are in the order of their times.
fn steps(times: &Times, series: &[Vec<usize>]) -> Result<Vec<f64>, Uneven> {
    let mut steps = vec![0.0; times.numbers.len()];
    let distance = |pair: &[usize]| times.numbers[pair[1]] - times.numbers[pair[0]];
    let twice = series.iter().flat_map(|rows| rows.windows(2)).find(|pair| distance(pair) <= 0.0);
    if let Some(pair) = twice {
        return Err(Uneven::Twice(pair[1]));
    }
    let distances: Vec<f64> = series.iter().flat_map(|rows| rows.windows(2)).map(distance).collect();
    let shortest = distances.iter().copied().fold(f64::INFINITY, f64::min);
    let calendar = times.days.as_deref().and_then(|days| {
        let is_exact = distances.iter().all(|distance| (distance / shortest).fract() == 0.0);
        calendar(days, &distances, shortest, is_exact)
    });
    let usual = most_common(&distances).map(|(step, _)| step);
    for rows in series {
        let own: Vec<f64> = rows.windows(2).map(distance).collect();
        let counted = match &calendar {
            Some(places) => grid(rows, |row| places[row]),
            None => {
                let common = most_common(&own).filter(|(_, count)| *count > 1).map(|(step, _)| step);
                let least = own.iter().copied().fold(f64::INFINITY, f64::min);
                let tried = [common.or(usual), Some(least)].into_iter().flatten();
                let mut counted = Ok(rows.iter().map(|_| 0.0).collect());
                for step in tried {
                    counted = whole(rows, &own, step);
                    if counted.is_ok() {
                        break;
                    }
                }
                counted
            }
        }?;
        #[expect(clippy::cast_precision_loss, reason = "a number of rows")]
        let (first, last, n) = (counted.first().copied(), counted.last().copied(), rows.len() as f64);
        if let (Some(first), Some(last)) = (first, last)
            && last - first + 1.0 > 2.0 * n
        {
            return Err(Uneven::Sparse(rows[rows.len() - 1]));
        }
        rows.iter().zip(counted).for_each(|(row, step)| steps[*row] = step);
    }
    Ok(steps)
}

/// Returns the steps of one series from the distances between its rows.
fn whole(rows: &[usize], distances: &[f64], step: f64) -> Result<Vec<f64>, Uneven> {
    let mut steps = vec![0.0; rows.len()];
    for (index, distance) in distances.iter().enumerate() {
        let count = distance / step;
        if count.round() < 1.0 || (count - count.round()).abs() > PLAY {
            return Err(Uneven::Between(rows[index], rows[index + 1]));
        }
        steps[index + 1] = steps[index] + count.round();
    }
    Ok(steps)
}

/// Returns the steps of one series from positions on a calendar, no two of which may be equal.
fn grid(rows: &[usize], place: impl Fn(usize) -> f64) -> Result<Vec<f64>, Uneven> {
    match rows.windows(2).find(|pair| place(pair[1]) <= place(pair[0])) {
        Some(pair) => Err(Uneven::Between(pair[0], pair[1])),
        None => Ok(rows.iter().map(|row| place(*row)).collect()),
    }
}

/// Returns positions on a calendar whose steps differ in length: months, quarters and years, or the days from Monday to
/// Friday.
#[expect(clippy::cast_precision_loss, reason = "days and months")]
fn calendar(days: &[i64], distances: &[f64], shortest: f64, is_exact: bool) -> Option<Vec<f64>> {
    let weekday = |day: i64| (day + 3).rem_euclid(7);
    if distances.is_empty() {
        return None;
    }
    if shortest > 27.5 * DAY && !is_exact {
        let months: Option<Vec<i64>> = days.iter().map(|day| month(*day)).collect();
        let months = months?;
        let first = months.iter().min().copied().unwrap_or(0);
        // Quarters are steps of three months, and years of twelve.
        let unit = months.iter().fold(0, |unit, month| greatest_common_divisor(unit, month - first)).max(1);
        return Some(months.iter().map(|month| ((month - first) / unit) as f64).collect());
    }
    let is_daily = (shortest / DAY - 1.0).abs() <= PLAY;
    if is_daily && days.iter().all(|day| weekday(*day) < 5) {
        return Some(days.iter().map(|day| ((day + 3).div_euclid(7) * 5 + weekday(*day)) as f64).collect());
    }
    None
}

/// Returns the month of a day since 1970, counted from the year 0.
fn month(day: i64) -> Option<i64> {
    let date = DateTime::from_timestamp(day.checked_mul(86_400)?, 0)?;
    Some(i64::from(date.year()) * 12 + i64::from(date.month0()))
}

fn greatest_common_divisor(left: i64, right: i64) -> i64 {
    if right == 0 { left } else { greatest_common_divisor(right, left % right) }
}

/// Returns the most common of these numbers with its frequency; of equally common ones the smallest.
fn most_common(numbers: &[f64]) -> Option<(f64, usize)> {
    let mut counts: HashMap<u64, usize> = HashMap::new();
    for number in numbers {
        *counts.entry(number.to_bits()).or_default() += 1;
    }
    let counts = counts.into_iter().map(|(bits, count)| (f64::from_bits(bits), count));
    counts.max_by(|left, right| left.1.cmp(&right.1).then(right.0.total_cmp(&left.0)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use chrono::NaiveDate;

    use super::*;

    fn of_days(days: &[i64]) -> Result<Vec<f64>, Uneven> {
        #[expect(clippy::cast_precision_loss, reason = "days")]
        let numbers = days.iter().map(|day| *day as f64 * DAY).collect();
        steps(&Times { numbers, days: Some(days.to_vec()) }, &[(0..days.len()).collect()])
    }

    fn of_numbers(numbers: &[f64]) -> Result<Vec<f64>, Uneven> {
        steps(&Times { numbers: numbers.to_vec(), days: None }, &[(0..numbers.len()).collect()])
    }

    fn day(year: i32, month: u32, day: u32) -> i64 {
        NaiveDate::from_ymd_opt(year, month, day).unwrap().signed_duration_since(NaiveDate::default()).num_days()
    }

    #[test]
    fn a_gap_is_a_step_that_no_row_has() {
        assert_eq!(of_days(&[3, 4, 5, 7, 8]).unwrap(), [0.0, 1.0, 2.0, 4.0, 5.0]);
        assert_eq!(of_numbers(&[10.0, 20.0, 40.0, 50.0]).unwrap(), [0.0, 1.0, 3.0, 4.0]);
        assert_eq!(of_numbers(&[5.0]).unwrap(), [0.0]);
        // Mostly two apart, and once one.
        assert_eq!(of_numbers(&[0.0, 2.0, 4.0, 5.0, 7.0]).unwrap(), [0.0, 2.0, 4.0, 5.0, 7.0]);
    }

    #[test]
    fn months_quarters_and_years_have_no_gaps() {
        let months: Vec<i64> =
            (1..=12).map(|month| day(2025, month, 1)).chain([day(2026, 1, 1), day(2026, 3, 1)]).collect();
        let wanted: Vec<f64> = (0..13).map(f64::from).chain([14.0]).collect();
        assert_eq!(of_days(&months).unwrap(), wanted);
        let ends = [day(2025, 1, 31), day(2025, 2, 28), day(2025, 3, 31), day(2025, 4, 30)];
        assert_eq!(of_days(&ends).unwrap(), [0.0, 1.0, 2.0, 3.0]);
        let quarters = [day(2024, 10, 1), day(2025, 1, 1), day(2025, 4, 1), day(2025, 10, 1)];
        assert_eq!(of_days(&quarters).unwrap(), [0.0, 1.0, 2.0, 4.0]);
        let years = [day(2023, 1, 1), day(2024, 1, 1), day(2025, 1, 1), day(2026, 1, 1)];
        assert_eq!(of_days(&years).unwrap(), [0.0, 1.0, 2.0, 3.0]);
        // Four weeks are not a month.
        assert_eq!(of_days(&[0, 28, 56, 112]).unwrap(), [0.0, 1.0, 2.0, 4.0]);
    }

    #[test]
    fn working_days_step_over_weekends_and_not_over_holidays() {
        // From Thursday to Tuesday, without the Monday.
        let days = [day(2026, 2, 5), day(2026, 2, 6), day(2026, 2, 10), day(2026, 2, 11)];
        let found = of_days(&days).unwrap();
        assert_eq!(found.iter().map(|step| step - found[0]).collect::<Vec<_>>(), [0.0, 1.0, 3.0, 4.0]);
    }

    #[test]
    fn what_keeps_no_step_is_refused() {
        assert_eq!(of_days(&[1, 2, 2, 3]), Err(Uneven::Twice(2)));
        assert_eq!(of_numbers(&[0.0, 1.0, 2.0, 3.5]), Err(Uneven::Between(2, 3)));
        assert_eq!(of_numbers(&[0.0, 1.0, 2.0, 50.0]), Err(Uneven::Sparse(3)));
    }

    #[test]
    fn a_short_series_takes_the_step_of_the_others() {
        let times = Times { numbers: vec![0.0, 1.0, 2.0, 3.0, 0.0, 2.0], days: None };
        assert_eq!(steps(&times, &[vec![0, 1, 2, 3], vec![4, 5]]).unwrap(), [0.0, 1.0, 2.0, 3.0, 0.0, 2.0]);
    }
}
