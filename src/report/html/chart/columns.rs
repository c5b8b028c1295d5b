//! The chart of a column's bins: the proportion of each side's rows in them.

use super::super::markup::Markup;
use super::pen::{MARGINS, Pen, Plane, SIZE, digits, drawing, ticks};
use crate::report::document::{ColumnBinResult, ColumnBinsResult};

/// The proportion of a bin's width that is left empty.
const GAP: f64 = 0.2;

/// Writes the chart of a column.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
pub(in crate::report::html) fn columns(page: &mut Markup, of: &ColumnBinsResult) {
    let totals = of.totals().map(|rows| rows.max(1) as f64);
    let share = |bin: &ColumnBinResult| [bin.baseline as f64 / totals[0], bin.candidate as f64 / totals[1]];
    let shares: Vec<[f64; 2]> = of.bins.iter().map(share).collect();
    let highest = shares.iter().flatten().copied().filter(|share| share.is_finite()).fold(0.0, f64::max);
    let count = of.bins.len().max(1) as f64;
    let plane = Plane::new([0.0, count], [0.0, highest]);
    let name = format!("{}.{}", of.dataset, of.column);
    let about = format!("Proportion of each side's rows in the bins of {name}; the numbers are in the table below");
    drawing(page, [&name, ""], &about, |svg| {
        let axis = if of.ordered { "bins, ascending" } else { "values, the most frequent first" };
        plane.axes(svg, [axis, "rows"], [&[], &ticks([0.0, highest])]);
        // The baseline is a wide, pale bar behind the candidate's narrow one.
        for (side, pen, margin) in [(0, Pen::Baseline, GAP / 2.0), (1, Pen::Candidate, 0.3)] {
            let class = format!("{} bar", pen.class());
            let fill = [("class", class.as_str()), ("fill", pen.color()), ("fill-opacity", "0.7"), ("stroke", "none")];
            svg.tag("g", &fill, |bars| {
                for (at, shares) in shares.iter().enumerate().filter(|(_, shares)| shares[side] > 0.0) {
                    let [left, top] = plane.at([at as f64 + margin, shares[side]]);
                    let [right, bottom] = plane.at([at as f64 + 1.0 - margin, 0.0]);
                    let [x, y, width, height] = [left, top, right - left, bottom - top].map(digits);
                    bars.void("rect", &[("x", &x), ("y", &y), ("width", &width), ("height", &height)]);
                }
            });
        }
        let ground = format!("M{} {}H{}", MARGINS[0], SIZE[1] - MARGINS[3], SIZE[0] - MARGINS[1]);
        svg.void("path", &[("class", "axis"), ("stroke", "#808080"), ("d", &ground)]);
    });
}
