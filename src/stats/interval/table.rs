//! Estimates of metrics of predicted classes that are not plain proportions: averages over classes, correlations, and
//! all metrics of weighted or clustered rows.

use super::mean::{of_alike, unseen_share};
use super::proportion::{share_interval, wilson_effective};
use super::unseen::Unseen;
use super::value::reach;
use crate::stats::numeric::quantile::float;
use crate::stats::state::influence::class_margins::{MarginForm, fraction};
use crate::stats::state::influence::inequality;
use crate::stats::state::moves::Dispersion;
use crate::stats::state::spread::ClassVariance;
use crate::stats::state::table::{Cell, of_side};
use crate::stats::{Average, ClassTable, Estimate, Measure, Metric, Side, Undefined};

/// Value of one side, with the inputs of its interval.
#[derive(Debug, Clone, Copy)]
struct SideValue {
    value: f64,
    n: u64,
    standard_error: f64,
    /// The value's position between the ends of its scale, and the rows of a plain proportion with the same variance.
    place: f64,
    effective: f64,
    /// The degrees of freedom, with clusters.
    freedom: Option<f64>,
    is_clustered: bool,
    scale: ValueScale,
}

/// With fewer rows in a class than this, an average in which all classes weigh alike hangs on them.
const FEW_OF_A_CLASS: u64 = 30;

/// Conversion from positions between 0 and 1 to values.
#[derive(Debug, Clone, Copy)]
enum ValueScale {
    Range([f64; 2]),
    /// An f1 is 2J / (1 + J) with J = TP / (TP + FP + FN).
    OfJaccard,
    /// A ratio r of two rates, whose place is r / (1 + r).
    Odds,
}

/// The place beyond which a ratio says nothing, and would soon leave the range of a float.
const LARGEST_PLACE: f64 = 1.0 - 1e-12;

impl ValueScale {
    fn at(self, place: f64) -> f64 {
        match self {
            Self::Range([low, high]) => low + place * (high - low),
            Self::OfJaccard => 2.0 * place / (1.0 + place),
            Self::Odds => place.min(LARGEST_PLACE) / (1.0 - place.min(LARGEST_PLACE)),
        }
    }

    /// Returns the scale of a metric that is not a ratio of rows.
    fn of(metric: Metric, n: u64) -> Self {
        match (metric.measure, metric.range()) {
            (Measure::PositiveLikelihoodRatio | Measure::NegativeLikelihoodRatio, _) => Self::Odds,
            (_, (Some(low), Some(high))) => Self::Range([low, high]),
            _ => {
                let most = inequality::order(metric).map_or(1.0, |order| inequality::most(order, float(n.max(2))));
                Self::Range([0.0, most])
            }
        }
    }

    /// Returns what [`Margins::linear`](crate::stats::state::influence::class_margins::Margins::linear) found as a
    /// place, and the width of all places in its unit.
    fn place(self, linear: f64) -> (f64, f64) {
        match self {
            Self::Range([low, high]) => (((linear - low) / (high - low)).clamp(0.0, 1.0), high - low),
            Self::OfJaccard | Self::Odds => (linear.clamp(0.0, 1.0), 1.0),
        }
    }

    /// Returns the value for what [`Margins::linear`](crate::stats::state::influence::class_margins::Margins::linear)
    /// found, and the derivative of the one by the other.
    fn value(self, linear: f64) -> (f64, f64) {
        match self {
            Self::Odds => (self.at(linear), (1.0 - linear.min(LARGEST_PLACE)).powi(-2)),
            Self::Range(_) | Self::OfJaccard => (linear, 1.0),
        }
    }
}

/// A metric on one side, prepared for estimates at any level.
pub(crate) struct Prepared(SideValue);

/// Returns the value on one side with its own denominator.
pub(crate) fn value(metric: Metric, table: &ClassTable, side: Side) -> Result<(f64, u64), Undefined> {
    if let Some((value, n)) = both_sides(metric, table) {
        return if side == Side::Candidate { value.map(|value| (value, n)) } else { Err(Undefined::OfBothSides) };
    }
    if side == Side::Baseline && !table.is_paired() {
        return Err(Undefined::OtherState);
    }
    let (linear, _) = table.margins(metric.measure, side).linear(metric)?;
    let n = denominator(metric, table, side);
    Ok((ValueScale::of(metric, n).value(linear).0, n))
}

/// Returns the rows of the denominator.
fn denominator(metric: Metric, table: &ClassTable, side: Side) -> u64 {
    let class = match metric.average {
        Average::Class(class) => class,
        Average::None if metric.measure.is_of_one_class() => table.classes() - 1,
        _ => return table.rows(),
    };
    table.rows_where(|cell| {
        let (label, predicted) = (cell[0] == class, of_side(cell, side) == class);
        match metric.measure {
            Measure::Precision | Measure::FalseDiscoveryRate => predicted,
            Measure::NegativePredictiveValue | Measure::FalseOmissionRate => !predicted,
            Measure::Recall | Measure::FalseNegativeRate => label,
            Measure::Specificity | Measure::FalsePositiveRate => !label,
            Measure::F1 | Measure::FBeta | Measure::Jaccard => label || predicted,
            _ => true,
        }
    })
}

/// Returns the condition under which a metric of both sides counts a row.
fn flips(measure: Measure) -> Option<fn(&Cell) -> bool> {
    match measure {
        Measure::FlipRate => Some(|cell| cell[1] != cell[2]),
        Measure::BrokenRate => Some(|cell| cell[2] == cell[0] && cell[1] != cell[0]),
        Measure::FixedRate => Some(|cell| cell[1] == cell[0] && cell[2] != cell[0]),
        _ => None,
    }
}

fn both_sides(metric: Metric, table: &ClassTable) -> Option<(Result<f64, Undefined>, u64)> {
    let is_hit = flips(metric.measure)?;
    let n = table.rows();
    if !table.is_paired() {
        return Some((Err(Undefined::NoBaseline), n));
    }
    if n == 0 {
        return Some((Err(Undefined::NoRows), n));
    }
    let weigh = |cell: &Cell| f64::from(u8::from(is_hit(cell)));
    Some((Ok(table.total(&weigh) / table.total(&|_: &Cell| 1.0)), n))
}

impl Prepared {
    /// Prepares a metric on one side.
    pub(crate) fn new(metric: Metric, table: &ClassTable, side: Side) -> Result<Self, Undefined> {
        one_side(metric, table, side).map(Self)
    }

    pub(crate) fn at(&self, level: f64) -> Estimate {
        let SideValue { value, n, standard_error, .. } = self.0;
        let interval = self.0.gate_ends(level);
        let method = if self.0.is_clustered {
            "Wilson on the effective rows, clustered"
        } else {
            "Wilson on the effective rows"
        };
        Estimate { value, interval, standard_error, n, method }
    }
}

impl SideValue {
    /// Returns the interval to compare with a limit.
    fn gate_ends(&self, level: f64) -> [f64; 2] {
        share_interval(self.place, self.effective, self.freedom, level).map(|end| self.scale.at(end))
    }

    /// Returns the interval that the interval of a change is combined from.
    fn ends(&self, level: f64) -> [f64; 2] {
        wilson_effective(self.place, self.effective, self.freedom, level).map(|end| self.scale.at(end))
    }
}

/// Returns numerator and denominator of a metric that is a ratio of rows, with the scale of its value.
#[expect(clippy::type_complexity, reason = "two forms")]
fn fraction_of(
    metric: Metric,
    table: &ClassTable,
    side: Side,
) -> Option<(Box<dyn Fn(&Cell) -> f64>, Box<dyn Fn(&Cell) -> f64>, ValueScale)> {
    let plain = ValueScale::Range([0.0, 1.0]);
    if let Some(is_hit) = flips(metric.measure) {
        return Some((Box::new(move |cell| f64::from(u8::from(is_hit(cell)))), Box::new(|_| 1.0), plain));
    }
    let class = match metric.average {
        Average::None => table.classes().checked_sub(1)?,
        Average::Class(class) => class,
        _ => return None,
    };
    let is_right = move |cell: &Cell| cell[0] == of_side(cell, side);
    let (metric, scale) = match metric.measure {
        Measure::Accuracy => {
            return Some((Box::new(move |cell| f64::from(u8::from(is_right(cell)))), Box::new(|_| 1.0), plain));
        }
        Measure::ZeroOneLoss => {
            return Some((Box::new(move |cell| f64::from(u8::from(!is_right(cell)))), Box::new(|_| 1.0), plain));
        }
        Measure::F1 => (Metric { measure: Measure::Jaccard, ..metric }, ValueScale::OfJaccard),
        _ => (metric, plain),
    };
    let (above, below, _) = fraction(metric)?;
    let of = move |form: MarginForm| {
        move |cell: &Cell| {
            let (label, predicted) = (cell[0] == class, of_side(cell, side) == class);
            let rows = [label, predicted, label && predicted, true].map(|is| f64::from(u8::from(is)));
            form.iter().zip(rows).map(|(part, rows)| part * rows).sum()
        }
    };
    Some((Box::new(of(above)), Box::new(of(below)), scale))
}

fn one_side(metric: Metric, table: &ClassTable, side: Side) -> Result<SideValue, Undefined> {
    if table.cluster_count() == Some(1) {
        return Err(Undefined::OneCluster);
    }
    let (value, n) = value(metric, table, side)?;
    if let Some((above, below, scale)) = fraction_of(metric, table, side) {
        let sums = table.fraction(above, &below);
        let units = float(sums.units);
        let correction = if table.is_clustered() && sums.units > 1 { units / (units - 1.0) } else { 1.0 };
        let rows = float(table.rows_where(|cell| below(cell) != 0.0));
        // A wrong unit counts twice in the denominator of an f1, but a correct one once.
        let is_whole = matches!(metric.measure, Measure::F1 | Measure::FBeta | Measure::Jaccard) && value >= 1.0;
        let worth = if is_whole && table.is_clustered() { 0.5 } else { 1.0 };
        let effective = (worth * sums.effective_rows(correction)).min(rows);
        let is_clustered = table.is_clustered();
        let freedom = is_clustered.then(|| (sums.effective_units() - 1.0).max(1.0));
        let place = sums.value().clamp(0.0, 1.0);
        let slope = match scale {
            ValueScale::Range(_) => 1.0,
            ValueScale::OfJaccard | ValueScale::Odds => 2.0 / ((1.0 + place) * (1.0 + place)),
        };
        let standard_error = slope * (place * (1.0 - place) / effective).sqrt();
        return Ok(SideValue { value, n, standard_error, place, effective, freedom, is_clustered, scale });
    }
    let scale = ValueScale::of(metric, n);
    let (linear, _) = table.margins(metric.measure, side).linear(metric)?;
    let (place, width) = scale.place(linear);
    let unseen = Unseen::of(table, metric);
    let margins = unseen.added_to(&table.margins(metric.measure, side), metric.measure);
    let (careful, slopes) = margins.linear(metric)?;
    let slope = |cell: &Cell| slopes.at(cell[0], of_side(cell, side));
    let mut spread = table.spread(slope, slope);
    let seen = spread.candidate;
    unseen.add_to(&mut spread, &slopes, &slopes);
    let (careful, _) = scale.place(careful);
    let effective = careful * (1.0 - careful) * width * width / spread.candidate;
    // Nothing varies, even with unseen rows: as many rows as there are units.
    let units = table.cluster_count().unwrap_or(n);
    let is_alike = table.is_clustered() && (seen <= 1e-3 * spread.candidate || place <= 0.0 || place >= 1.0);
    let effective = if effective.is_finite() && !is_alike { effective } else { effective.min(float(units)) };
    let plain = place * (1.0 - place) / effective;
    let of_clusters = table.cluster_count().map(|count| (float(count) - 1.0).max(1.0));
    let of_class = smallest_class(metric, table, side)
        .filter(|rows| *rows < FEW_OF_A_CLASS)
        .map(|rows| (float(rows) - 1.0).max(1.0));
    let freedom = of_clusters.into_iter().chain(of_class).reduce(f64::min);
    Ok(SideValue {
        value,
        n,
        standard_error: plain.sqrt() * width * scale.value(linear).1,
        place,
        effective,
        freedom,
        is_clustered: table.is_clustered(),
        scale,
    })
}

/// The labels of the smallest class of an average in which all classes weigh alike.
fn smallest_class(metric: Metric, table: &ClassTable, side: Side) -> Option<u64> {
    let is_ratio = matches!(metric.measure, Measure::PositiveLikelihoodRatio | Measure::NegativeLikelihoodRatio);
    let is_balanced = metric.measure.is_of_recalls() || is_ratio;
    if metric.average != Average::Macro && !is_balanced {
        return None;
    }
    let rows = |class: u32| table.rows_where(|cell| cell[0] == class);
    let is_there =
        |class: &u32| rows(*class) > 0 || (!is_balanced && table.rows_where(|cell| of_side(cell, side) == *class) > 0);
    (0..table.classes()).filter(is_there).map(rows).min()
}

/// A change, candidate − weight · baseline, on the same rows, prepared for estimates at any level.
pub(crate) struct PreparedChange {
    value: f64,
    n: u64,
    standard_error: f64,
    how: How,
    /// The largest possible change.
    width: f64,
}

enum How {
    /// Both intervals, joined by the correlation of the sides (Newcombe 1998, Zou and Donner 2008).
    Joined { ours: SideValue, theirs: SideValue, weight: f64, correlation: f64 },
    /// The t interval of the clusters' differences; if no cluster differs, clusters that do have not been seen.
    Clusters { dispersion: Dispersion, is_still: bool, size: f64 },
}

impl PreparedChange {
    pub(crate) fn new(metric: Metric, table: &ClassTable, weight: f64) -> Result<Self, Undefined> {
        let (ours, theirs) = (one_side(metric, table, Side::Candidate)?, one_side(metric, table, Side::Baseline)?);
        let value = ours.value - weight * theirs.value;
        let n = ours.n.min(theirs.n);
        let width = match ours.scale {
            ValueScale::Range([low, high]) => (high - low) * weight.max(1.0),
            ValueScale::OfJaccard => weight.max(1.0),
            ValueScale::Odds => f64::INFINITY,
        };
        let slope = |side: &SideValue| match side.scale {
            ValueScale::Odds => side.scale.value(side.place).1,
            ValueScale::Range(_) | ValueScale::OfJaccard => 1.0,
        };
        let (of_ours, of_theirs) = (slope(&ours), slope(&theirs));
        if !table.is_clustered() {
            let spread = joint_spread(metric, table)?;
            let correlation = spread.covariance / (spread.candidate * spread.baseline).sqrt();
            let correlation = if correlation.is_finite() { correlation } else { 0.0 };
            let variance = of_ours * of_ours * spread.candidate + (weight * of_theirs).powi(2) * spread.baseline
                - 2.0 * weight * of_ours * of_theirs * spread.covariance;
            let how = How::Joined { ours, theirs, weight, correlation };
            return Ok(Self { value, n, standard_error: variance.max(0.0).sqrt(), how, width });
        }
        let slopes = |side| table.margins(metric.measure, side).linear(metric).map(|(_, slopes)| slopes);
        let (along_ours, along_theirs) = (slopes(Side::Candidate)?, slopes(Side::Baseline)?);
        let moves = table.moves(
            |cell| of_ours * along_ours.at(cell[0], cell[1]),
            |cell| of_theirs * along_theirs.at(cell[0], cell[2]),
        );
        let dispersion = moves.along(1.0, 1.0 - weight);
        // The change of a ratio has no largest one, and is measured by the ratios.
        let size = if width.is_finite() { width } else { ours.value.max(theirs.value) };
        let nothing = 1e-9 * size;
        let still = moves.along(1.0, 0.0);
        let is_still = (ours.value - theirs.value).abs() <= nothing && still.standard_error() <= nothing;
        let how = How::Clusters { dispersion, is_still, size };
        Ok(Self { value, n, standard_error: dispersion.standard_error(), how, width })
    }

    pub(crate) fn at(&self, level: f64) -> Estimate {
        let Self { value, n, standard_error, width, .. } = *self;
        let (reaches, method) = match self.how {
            How::Joined { ours, theirs, weight, correlation } => {
                let (at, before) = (ours.ends(level), theirs.ends(level));
                let (down, up) = (ours.value - at[0], at[1] - ours.value);
                let (their_down, their_up) = (weight * (theirs.value - before[0]), weight * (before[1] - theirs.value));
                ([reach(down, their_up, correlation), reach(up, their_down, correlation)], "Newcombe, paired")
            }
            How::Clusters { dispersion, is_still, size } => {
                let units = dispersion.effective;
                let [down, up] = if dispersion.standard_error() * units.sqrt() <= 1e-6 * value.abs() {
                    let [low, high] = of_alike(value, value, units, level);
                    [value - low, high - value]
                } else {
                    dispersion.reaches(level)
                };
                let unseen = if is_still { size * unseen_share(units, level) } else { 0.0 };
                ([down.hypot(unseen), up.hypot(unseen)], "t of the clusters' differences")
            }
        };
        let interval = [(value - reaches[0]).max(-width), (value + reaches[1]).min(width)];
        Estimate { value, interval, standard_error, n, method }
    }
}

fn joint_spread(metric: Metric, table: &ClassTable) -> Result<ClassVariance, Undefined> {
    let unseen = Unseen::of(table, metric);
    let slopes = |side| {
        let margins = unseen.added_to(&table.margins(metric.measure, side), metric.measure);
        margins.linear(metric).map(|(_, slopes)| slopes)
    };
    let (ours, theirs) = (slopes(Side::Candidate)?, slopes(Side::Baseline)?);
    let mut spread = table.spread(|cell| ours.at(cell[0], cell[1]), |cell| theirs.at(cell[0], cell[2]));
    unseen.add_to(&mut spread, &ours, &theirs);
    Ok(spread)
}
