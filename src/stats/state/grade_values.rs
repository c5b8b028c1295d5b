//! The values that grades may have.

use crate::stats::Predictions;

/// The number of different grades above which two sides with equal grades are one model. Passes and fails, or the
/// steps of a judge's scale, are often equal by chance.
pub(super) const COARSE: usize = 10;

/// Returns true if one side's grades have so many different values that another model would not repeat all of them.
pub(crate) fn are_fine(side: &Predictions) -> bool {
    let plain = side.scores.iter().flatten();
    let all = plain.chain(side.samples.iter().flatten().flatten());
    let mut seen: Vec<u64> = Vec::with_capacity(COARSE + 1);
    for grade in all {
        let bits = (grade + 0.0).to_bits();
        if !seen.contains(&bits) {
            seen.push(bits);
            if seen.len() > COARSE {
                return true;
            }
        }
    }
    false
}
