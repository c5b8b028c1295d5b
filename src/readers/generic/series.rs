//! The values of a metric over the steps or epochs of a training.

use super::steps::is_step;
use crate::readers::{FoundPath, MetricReading, ReadError, RunSnapshot};
use crate::stats::{Direction, known_number};

/// A metric's values, of which the last, the least, the largest and the best are kept.
pub(in crate::readers) struct MetricSeries {
    name: String,
    len: usize,
    /// The point with the highest step; of equal steps the latest.
    last: Option<SeriesPoint>,
    least: Option<SeriesPoint>,
    largest: Option<SeriesPoint>,
    has_nan: bool,
    /// The place of the value that was taken last.
    newest: Option<i64>,
}

#[derive(Clone, Copy)]
struct SeriesPoint {
    step: Option<i64>,
    order: i64,
    value: f64,
}

impl MetricSeries {
    pub(in crate::readers) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), len: 0, last: None, least: None, largest: None, has_nan: false, newest: None }
    }

    /// Returns true if the latest value is of this place in the file.
    pub(super) fn has(&self, order: i64) -> bool {
        self.newest == Some(order)
    }

    /// Takes a value at a step, with its place in the file for values without a step.
    pub(in crate::readers) fn push(&mut self, step: Option<i64>, order: i64, value: f64) {
        let point = SeriesPoint { step, order, value };
        self.newest = Some(order);
        self.len += 1;
        let is_later = self.last.is_none_or(|last| (last.step, last.order) <= (step, order));
        if is_later {
            self.last = Some(point);
        }
        if value.is_nan() {
            self.has_nan = true;
            return;
        }
        if self.least.is_none_or(|least| value < least.value) {
            self.least = Some(point);
        }
        if self.largest.is_none_or(|largest| value > largest.value) {
            self.largest = Some(point);
        }
    }

    /// Adds the last value under the name itself, and the others as [`Self::add_extremes`] does.
    ///
    /// # Errors
    ///
    /// A name is taken by another value, or there are too many.
    pub(in crate::readers) fn add(&self, found: &FoundPath, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
        let Some(last) = self.last else { return Ok(()) };
        snapshot.add(found.shown(), self.name.clone(), last.reading(), found.limits())?;
        self.add_extremes(found, snapshot)
    }

    /// Adds `NAME.last` and the others as [`Self::add_extremes`] does.
    ///
    /// # Errors
    ///
    /// A name is taken by another value, or there are too many.
    pub(super) fn add_named(&self, found: &FoundPath, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
        let Some(last) = self.last else { return Ok(()) };
        snapshot.add(found.shown(), format!("{}.last", self.name), last.reading(), found.limits())?;
        self.add_extremes(found, snapshot)
    }

    /// Adds `NAME.min`, `NAME.max` and, for a direction that is known by the name, `NAME.best` of at least two values.
    ///
    /// # Errors
    ///
    /// A name is taken by another value, or there are too many.
    pub(in crate::readers) fn add_extremes(
        &self,
        found: &FoundPath,
        snapshot: &mut RunSnapshot,
    ) -> Result<(), ReadError> {
        if self.len < 2 || is_step(self.name.rsplit('.').next().unwrap_or_default()) {
            return Ok(());
        }
        let direction = known_number(&self.name).map(|known| known.direction);
        let best = match direction {
            Some(Direction::HigherIsBetter) => self.largest,
            Some(Direction::LowerIsBetter) => self.least,
            _ => None,
        };
        for (word, point) in [("min", self.least), ("max", self.largest), ("best", best)] {
            if let Some(point) = point {
                let name = format!("{}.{word}", self.name);
                snapshot.add(found.shown(), name, point.reading(), found.limits())?;
            }
        }
        if self.has_nan {
            snapshot.warn(format!("`{}` is NaN at some steps, which its least and largest value leave out", self.name));
        }
        Ok(())
    }

    /// Returns the value at the highest step.
    pub(in crate::readers) fn last(&self) -> Option<MetricReading> {
        self.last.map(SeriesPoint::reading)
    }
}

impl SeriesPoint {
    fn reading(self) -> MetricReading {
        MetricReading { step: self.step, ..MetricReading::of(self.value) }
    }
}
