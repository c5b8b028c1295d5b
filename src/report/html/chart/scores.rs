//! The charts of a model's scores: curves of both sides, and distributions.

use super::super::curves::{Curve, ScoredSide};
use super::super::markup::Markup;
use super::pen::dot;
use super::pen::{Pen, Plane, drawing, label, line, path, penned, ticks};
use crate::plural::counted;
use crate::report::document::{ScoreBinResult, ScoreScale, ScoresResult};

/// Marks of an axis of proportions.
const QUARTERS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// Returns both sides of a metric as the report has them: `0.8177 → 0.7951`; empty if it has none.
type Reported<'a> = &'a dyn Fn(&str) -> String;

/// Writes all charts of a class's scores.
pub(in crate::report::html) fn scores(page: &mut Markup, of: &ScoresResult, confidence: f64, reported: Reported<'_>) {
    let sides = [(Pen::Baseline, of.baseline.as_deref()), (Pen::Candidate, Some(of.candidate.as_slice()))];
    let sides: Vec<(Pen, ScoredSide<'_>)> = sides
        .into_iter()
        .filter_map(|(pen, bins)| {
            let bins = bins.filter(|bins| !bins.is_empty())?;
            Some((pen, ScoredSide::new(bins, of.independent, confidence)))
        })
        .collect();
    page.tag("div", &[("class", "charts")], |charts| {
        if of.scale == ScoreScale::Number {
            numbers(charts, of, &sides);
            return;
        }
        let noted = |name: &'static str, metric: &str| (name, reported(metric));
        let (roc, recall) = (noted("ROC", "roc_auc"), noted("Precision and recall", "average_precision"));
        curves(charts, &roc, ["false positive rate", "true positive rate"], &sides, |side| side.roc());
        curves(charts, &recall, ["recall", "precision"], &sides, |side| side.precision_recall());
        if of.scale == ScoreScale::Probability {
            calibration(charts, &reported("brier_score"), &sides);
        }
        distributions(charts, &sides);
    });
}

/// Writes curves in the unit square.
fn curves(
    page: &mut Markup,
    (name, note): &(&'static str, String),
    axes: [&str; 2],
    sides: &[(Pen, ScoredSide<'_>)],
    curve: impl Fn(&ScoredSide<'_>) -> Option<Curve>,
) {
    let plane = Plane::new([0.0, 1.0], [0.0, 1.0]);
    let found: Vec<(Pen, Curve)> = sides.iter().filter_map(|(pen, side)| Some((*pen, curve(side)?))).collect();
    if found.is_empty() {
        return;
    }
    let about = format!("{name}: {} over {} of {}; the numbers are in the table below", axes[1], axes[0], named(sides));
    drawing(page, [name, note], &about, |svg| {
        plane.axes(svg, axes, [&QUARTERS, &QUARTERS]);
        if *name == "ROC" {
            diagonal(svg, plane);
        }
        for (pen, curve) in found.iter().filter(|(_, curve)| !curve.band.is_empty()) {
            penned(svg, *pen, true, |marks| path(marks, &format!("{}Z", plane.path(&curve.band))));
        }
        for (pen, curve) in &found {
            penned(svg, *pen, false, |marks| path(marks, &plane.path(&curve.points)));
        }
    });
}

fn diagonal(svg: &mut Markup, plane: Plane) {
    let attributes = [("class", "axis"), ("stroke", "#808080"), ("stroke-dasharray", "2 3")];
    svg.tag("g", &attributes, |marks| line(marks, plane.at([0.0, 0.0]), plane.at([1.0, 1.0])));
}

/// Writes observed rates over mean scores, with their intervals.
fn calibration(page: &mut Markup, note: &str, sides: &[(Pen, ScoredSide<'_>)]) {
    let plane = Plane::new([0.0, 1.0], [0.0, 1.0]);
    let about =
        format!("Calibration: observed rate over mean score of {}; the numbers are in the table below", named(sides));
    drawing(page, ["Calibration", note], &about, |svg| {
        plane.axes(svg, ["mean score", "observed rate"], [&QUARTERS, &QUARTERS]);
        diagonal(svg, plane);
        for (pen, side) in sides {
            let points = side.calibration();
            penned(svg, *pen, false, |marks| {
                let centres: Vec<[f64; 2]> = points.iter().map(|(point, _)| *point).collect();
                path(marks, &plane.path(&centres));
            });
            let solid = [("class", pen.class()), ("stroke", pen.color()), ("stroke-width", "1.6")];
            svg.tag("g", &solid, |marks| {
                for (point, ends) in points {
                    let [x, y] = plane.at(point);
                    if let Some([low, high]) = ends {
                        line(marks, plane.at([point[0], low]), plane.at([point[0], high]));
                    }
                    dot(marks, *pen, [x, y]);
                }
            });
        }
    });
}

/// Writes the distributions of the positive class's scores upwards, and of the negative class's downwards.
fn distributions(page: &mut Markup, sides: &[(Pen, ScoredSide<'_>)]) {
    let Some(range) = range(sides.iter().map(|(_, side)| side.bins)) else { return };
    let found: Vec<(Pen, [Vec<[f64; 3]>; 2])> =
        sides.iter().map(|(pen, side)| (*pen, [0, 1].map(|class| side.density(Some(class), range)))).collect();
    let highest = |class: usize| {
        let bars = found.iter().flat_map(|(_, of)| of[class].iter().map(|bar| bar[2]));
        bars.fold(f64::MIN_POSITIVE, f64::max)
    };
    let highest = [highest(0), highest(1)];
    let plane = Plane::new(range, [-1.05, 1.05]);
    let about = format!(
        "Distribution of scores of {}: positives upwards, negatives downwards; the numbers are in the table below",
        named(sides)
    );
    drawing(page, ["Scores by label", ""], &about, |svg| {
        plane.axes(svg, ["score", ""], [&ticks(range), &[]]);
        let words = [("class", "label"), ("fill", "currentColor"), ("stroke", "none")];
        svg.tag("g", &words, |labels| {
            let [x, top] = plane.at([range[0], 0.94]);
            label(labels, [x - 4.0, top], "end", "pos.");
            let [_, bottom] = plane.at([range[0], -0.99]);
            label(labels, [x - 4.0, bottom], "end", "neg.");
        });
        svg.tag("g", &[("class", "axis"), ("stroke", "#808080")], |marks| {
            line(marks, plane.at([range[0], 0.0]), plane.at([range[1], 0.0]));
        });
        for (pen, bars) in &found {
            for (class, sign) in [(1, 1.0), (0, -1.0)] {
                outline(svg, plane, *pen, &bars[class], sign / highest[class]);
            }
        }
    });
}

/// Writes the distributions of labels and of predicted numbers.
fn numbers(page: &mut Markup, of: &ScoresResult, sides: &[(Pen, ScoredSide<'_>)]) {
    let labels = of.labels.as_deref().filter(|bins| !bins.is_empty());
    let labels = labels.map(|bins| (Pen::Labels, ScoredSide::new(bins, false, 0.0)));
    let all: Vec<(Pen, ScoredSide<'_>)> = labels.into_iter().chain(sides.iter().copied()).collect();
    let Some(range) = range(all.iter().map(|(_, side)| side.bins)) else { return };
    let found: Vec<(Pen, Vec<[f64; 3]>)> = all.iter().map(|(pen, side)| (*pen, side.density(None, range))).collect();
    let highest = found.iter().flat_map(|(_, bars)| bars.iter().map(|bar| bar[2])).fold(f64::MIN_POSITIVE, f64::max);
    let plane = Plane::new(range, [0.0, 1.05]);
    let about = format!(
        "Distribution of labels and of the numbers predicted by {}; the numbers are in the table below",
        named(sides)
    );
    drawing(page, ["Labels and predictions", ""], &about, |svg| {
        plane.axes(svg, ["label or prediction", "rows"], [&ticks(range), &[]]);
        for (pen, bars) in &found {
            outline(svg, plane, *pen, bars, 1.0 / highest);
        }
    });
}

/// Writes bars: filled of the candidate and of the labels, as an outline of the baseline.
fn outline(svg: &mut Markup, plane: Plane, pen: Pen, bars: &[[f64; 3]], scale: f64) {
    let mut data = String::new();
    let mut end = f64::NAN;
    let mut points: Vec<[f64; 2]> = Vec::new();
    for [from, to, height] in bars {
        // A gap without rows is on the ground.
        if !(*from - end).abs().le(&1e-9) && !points.is_empty() {
            points.push([end, 0.0]);
            data.push_str(&plane.path(&points));
            points.clear();
        }
        if points.is_empty() {
            points.push([*from, 0.0]);
        }
        points.extend([[*from, height * scale], [*to, height * scale]]);
        end = *to;
    }
    if !points.is_empty() {
        points.push([end, 0.0]);
        data.push_str(&plane.path(&points));
    }
    if pen != Pen::Baseline {
        penned(svg, pen, true, |marks| path(marks, &data));
    }
    penned(svg, pen, false, |marks| path(marks, &data));
}

fn range<'a>(sides: impl Iterator<Item = &'a [ScoreBinResult]>) -> Option<[f64; 2]> {
    let ends = sides.filter_map(|bins| Some([bins.first()?.from, bins.last()?.to]));
    let range = ends.reduce(|one, other| [one[0].min(other[0]), one[1].max(other[1])])?;
    // Most of the unit interval is shown as all of it.
    if range[0] >= 0.0 && range[1] <= 1.0 && range[1] - range[0] > 0.5 {
        return Some([0.0, 1.0]);
    }
    range.iter().all(|end| end.is_finite()).then_some(range)
}

fn named(sides: &[(Pen, ScoredSide<'_>)]) -> String {
    let name = |(pen, side): &(Pen, ScoredSide<'_>)| {
        let rows = side.bins.iter().fold(0_u64, |all, bin| all.saturating_add(bin.rows));
        let name = if *pen == Pen::Baseline { "the baseline" } else { "the candidate" };
        format!("{name} ({})", counted(rows, "row"))
    };
    sides.iter().rev().map(name).collect::<Vec<_>>().join(" and ")
}
