//! Builds the states of a model's metrics from its rows.

use std::borrow::Cow;

use crate::config::did_you_mean;
use crate::engine::predictions::model_rows::ModelRows;
use crate::measurement::MeasureError;
use crate::stats;
use crate::stats::{ClassName, Lacking, Measure, Rows, StateKind};

/// The most classes that a message lists.
const LISTED: usize = 8;

impl ModelRows {
    /// Builds the state of these rows.
    pub(crate) fn of_kind(&self, kind: StateKind, rows: &Rows) -> Result<stats::State, MeasureError> {
        self.refused(kind)?;
        self.blame(kind.build(&*self.of_its_class(kind, rows)?))
    }

    /// Builds the state of a slice or group; for an undefined metric it keeps the reason.
    pub(crate) fn of_part(&self, kind: StateKind, rows: &Rows) -> Result<stats::State, MeasureError> {
        self.refused(kind)?;
        self.blame(kind.build_part(&*self.of_its_class(kind, rows)?))
    }

    /// Returns the rows as those of two classes, if the state is of one class against all others.
    fn of_its_class<'a>(&self, kind: StateKind, rows: &'a Rows) -> Result<Cow<'a, Rows>, MeasureError> {
        let Some(class) = kind.class() else { return Ok(Cow::Borrowed(rows)) };
        let place = self.named.iter().position(|known| known == class.as_str());
        let code = place.and_then(|place| u32::try_from(place).ok());
        code.and_then(|code| rows.one_class(code)).map(Cow::Owned).ok_or_else(|| self.no_class(class))
    }

    /// Tells that no row is of a class.
    pub(crate) fn no_class(&self, class: ClassName) -> MeasureError {
        let known: Vec<&str> = self.named.iter().map(String::as_str).collect();
        let help = did_you_mean(class.as_str(), known.iter().copied())
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let more = if known.len() > LISTED { ", …" } else { "" };
        let listed: Vec<String> = known.iter().take(LISTED).map(|class| format!("`{class}`")).collect();
        MeasureError(format!("{}: there is no class `{class}`, only {}{more}{help}", self.path, listed.join(", ")))
    }

    /// Rejects scores that are not probabilities, and times without regular steps, for metrics that need them.
    fn refused(&self, kind: StateKind) -> Result<(), MeasureError> {
        let why = match kind {
            StateKind::Own(metric)
                if matches!(metric.measure, Measure::ScaledError | Measure::RootMeanSquaredScaledError) =>
            {
                &self.uneven
            }
            kind if kind.needs_probabilities() => &self.improper,
            _ => &None,
        };
        why.clone().map_or(Ok(()), Err)
    }

    fn blame(&self, built: Result<stats::State, Lacking>) -> Result<stats::State, MeasureError> {
        built.map_err(|lacking| match (&lacking, &self.unpredicted) {
            (Lacking::Predictions, Some(why)) => why.clone(),
            _ => MeasureError(format!("{}: {lacking}", self.path)),
        })
    }
}
