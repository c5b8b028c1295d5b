//! The flipped rows of all requested models.

use super::super::{Gates, Observed};
use crate::measurement::flips::ListedFlips;
use crate::measurement::{Measured, Measurement, Measurements, PredictionMeasure};

/// Returns the flips, in the order of the models.
pub fn flips(gates: &Gates, measurements: &Measurements) -> Vec<ListedFlips> {
    let wanted = gates.observations.iter().filter(|observation| observation.what == Observed::Flips);
    let listed = wanted.filter_map(|observation| {
        let Measurement::Predictions(model, PredictionMeasure::Flips(_)) = &observation.state else { return None };
        let found = match measurements.get(&observation.state) {
            Some(Ok(Measured::Flips(flips))) => Ok(flips.clone()),
            Some(Err(error)) => Err(error.0.clone()),
            _ => Err("internal error: the flipped rows were not measured".to_owned()),
        };
        Some(ListedFlips { model: model.clone(), found })
    });
    listed.collect()
}
