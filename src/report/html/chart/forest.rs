//! Intervals of groups on one scale, as small drawings in the rows of a table.

use super::super::markup::Markup;
use super::pen::dot;
use super::pen::{Pen, line, penned};
use crate::report::document::{EstimateResult, GroupEstimate};

/// The size of a drawing.
const SIZE: [f64; 2] = [180.0, 18.0];
/// The room for the mark at an end.
const MARGIN: f64 = 5.0;

/// The scale of a table's drawings.
#[derive(Debug, Clone, Copy)]
pub(in crate::report::html) struct Forest {
    pub(in crate::report::html) range: [f64; 2],
    /// The number of the group that the others are compared with.
    reference: Option<f64>,
}

impl Forest {
    /// Returns the scale of these groups; `None` if fewer than two numbers could be compared.
    pub(in crate::report::html) fn of(groups: &[GroupEstimate]) -> Option<Self> {
        let sides = groups.iter().flat_map(|group| std::iter::once(&group.candidate).chain(&group.baseline));
        let numbers = sides.flat_map(|side| side.value.into_iter().chain(side.interval.into_iter().flatten()));
        let numbers: Vec<f64> = numbers.filter(|number| number.is_finite()).collect();
        let [low, high] = [numbers.iter().copied().reduce(f64::min)?, numbers.iter().copied().reduce(f64::max)?];
        let compares = groups.iter().any(|group| group.against.is_some());
        let is_reference = |group: &&GroupEstimate| group.against.is_none() && group.left_out.is_none();
        let reference = groups.iter().find(is_reference).and_then(|group| group.candidate.value).filter(|_| compares);
        (high > low).then_some(Self { range: [low, high], reference })
    }

    /// Writes the drawing of a group. The row of the table has its numbers, so it is hidden from those who do not see it.
    pub(in crate::report::html) fn draw(self, cell: &mut Markup, group: &GroupEstimate) {
        let attributes = [
            ("class", "forest"),
            ("viewBox", "0 0 180 18"),
            ("width", "180"),
            ("height", "18"),
            ("aria-hidden", "true"),
            ("fill", "none"),
            ("stroke", "currentColor"),
        ];
        cell.tag("svg", &attributes, |svg| {
            if let Some(reference) = self.reference {
                let x = self.at(reference);
                svg.tag("g", &[("class", "axis"), ("stroke", "#808080")], |marks| line(marks, [x, 0.0], [x, SIZE[1]]));
            }
            if let Some(baseline) = &group.baseline {
                self.estimate(svg, Pen::Baseline, baseline, if group.candidate.value.is_some() { 13.0 } else { 9.0 });
            }
            let height = if group.baseline.is_some() { 6.0 } else { 9.0 };
            self.estimate(svg, Pen::Candidate, &group.candidate, height);
        });
    }

    fn estimate(self, svg: &mut Markup, pen: Pen, estimate: &EstimateResult, y: f64) {
        let Some(value) = estimate.value.filter(|value| value.is_finite()) else { return };
        penned(svg, pen, false, |marks| {
            if let Some([low, high]) = estimate.interval {
                line(marks, [self.at(low), y], [self.at(high), y]);
            }
            dot(marks, pen, [self.at(value), y]);
        });
    }

    fn at(self, value: f64) -> f64 {
        let share = (value - self.range[0]) / (self.range[1] - self.range[0]);
        MARGIN + share.clamp(0.0, 1.0) * (SIZE[0] - 2.0 * MARGIN)
    }
}
