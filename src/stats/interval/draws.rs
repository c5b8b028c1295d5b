//! Draws of units: with replacement, and all but one group of them.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Uniform};

use crate::stats::Undefined;

/// Returns the number of times that a unit is in a sample.
pub(super) type ResampleCounts<'a> = &'a dyn Fn(u32) -> f64;

/// Returns the statistic without each group of units in turn.
pub(super) fn leave_out(
    units: u32,
    groups: u32,
    random: &mut ChaCha8Rng,
    statistic: &impl Fn(ResampleCounts) -> Result<f64, Undefined>,
) -> Result<Vec<f64>, Undefined> {
    let mut group: Vec<u32> = (0..units).map(|unit| unit % groups).collect();
    for at in (1..group.len()).rev() {
        let other = uniform(at as u64 + 1).map_or(0, |uniform| uniform.sample(random));
        group.swap(at, usize::try_from(other).unwrap_or(0));
    }
    let without = |left_out| statistic(&|unit| f64::from(u8::from(group[unit as usize] != left_out)));
    (0..groups).map(|left_out| or_nothing_recalled(without(left_out))).collect()
}

/// Replaces a recall that is undefined, because no threshold reaches the precision, by 0.
fn or_nothing_recalled(value: Result<f64, Undefined>) -> Result<f64, Undefined> {
    if value == Err(Undefined::PrecisionNotReached) { Ok(0.0) } else { value }
}

fn uniform(below: u64) -> Option<Uniform<u64>> {
    Uniform::new(0, below).ok()
}

/// Returns the statistic of samples drawn with replacement. Draws in which it is undefined are left out if they are
/// few.
pub(super) fn draws(
    units: u32,
    seed: u64,
    count: u64,
    statistic: &impl Fn(ResampleCounts) -> Result<f64, Undefined>,
) -> Result<Vec<f64>, Undefined> {
    let unit = uniform(u64::from(units)).ok_or(Undefined::NoRows)?;
    let mut times = vec![0_u32; units as usize];
    let mut found = Vec::new();
    for draw in 0..count {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(draw + 1);
        times.fill(0);
        for _ in 0..units {
            times[usize::try_from(unit.sample(&mut random)).unwrap_or(0)] += 1;
        }
        found.extend(or_nothing_recalled(statistic(&|unit| f64::from(times[unit as usize]))));
    }
    if (found.len() as u64) * 20 < count * 19 { Err(Undefined::Unstable) } else { Ok(found) }
}
