//! Lines and labels on a plane.

use std::fmt::Write as _;

use super::super::markup::Markup;
use crate::report::document::Unit;
use crate::report::number::Style;

/// The size of a chart, in its own units.
pub(super) const SIZE: [f64; 2] = [320.0, 240.0];

/// The margins for labels: left, right, top, bottom.
pub(super) const MARGINS: [f64; 4] = [40.0, 10.0, 8.0, 36.0];

/// The number of marks on an axis, about.
pub(super) const TICKS: f64 = 4.0;

/// The sides of a comparison, by the class of their marks and the attributes where there is no style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report::html) enum Pen {
    Candidate,
    Baseline,
    Labels,
}

impl Pen {
    pub(in crate::report::html) fn class(self) -> &'static str {
        match self {
            Self::Candidate => "c",
            Self::Baseline => "b",
            Self::Labels => "l",
        }
    }

    pub(in crate::report::html) fn color(self) -> &'static str {
        match self {
            Self::Candidate => "#3d7de0",
            Self::Baseline => "#c4660f",
            Self::Labels => "#808890",
        }
    }

    pub(in crate::report::html) fn dashes(self) -> &'static str {
        match self {
            Self::Baseline => "5 3",
            Self::Candidate | Self::Labels => "none",
        }
    }
}

/// The plane of a chart.
#[derive(Debug, Clone, Copy)]
pub(in crate::report::html) struct Plane {
    pub(in crate::report::html) x: [f64; 2],
    pub(in crate::report::html) y: [f64; 2],
}

impl Plane {
    /// Returns a plane with these ranges; an empty or absurd range becomes one of length 1.
    pub(in crate::report::html) fn new(x: [f64; 2], y: [f64; 2]) -> Self {
        let range = |[low, high]: [f64; 2]| match high - low {
            length if length.is_finite() && length > 0.0 => [low, high],
            _ if low.is_finite() && low.abs() < 1e15 => [low, low + 1.0],
            _ => [0.0, 1.0],
        };
        Self { x: range(x), y: range(y) }
    }

    /// Returns the place of a point, kept inside of the plane.
    pub(in crate::report::html) fn at(self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [left, right, top, bottom] = MARGINS;
        let share = |value: f64, [low, high]: [f64; 2]| ((value - low) / (high - low)).clamp(0.0, 1.0);
        [
            left + share(x, self.x) * (SIZE[0] - left - right),
            SIZE[1] - bottom - share(y, self.y) * (SIZE[1] - top - bottom),
        ]
    }

    /// Returns straight lines through the points, as the data of a path.
    pub(in crate::report::html) fn path(self, points: &[[f64; 2]]) -> String {
        let mut path = String::with_capacity(points.len() * 12);
        for (at, point) in points.iter().enumerate() {
            let [x, y] = self.at(*point);
            path.push_str(if at == 0 { "M" } else { "L" });
            let _ = write!(path, "{} {}", digits(x), digits(y));
        }
        path
    }

    /// Writes both axes with their marks and names.
    pub(in crate::report::html) fn axes(self, svg: &mut Markup, names: [&str; 2], ticks: [&[f64]; 2]) {
        let style = |values: &[f64]| {
            let pairs: Vec<(f64, f64)> = values.windows(2).map(|pair| (pair[0], pair[1])).collect();
            Style::of(Unit::Number).telling_apart(&pairs)
        };
        svg.tag("g", &[("class", "axis"), ("stroke", "#80808066")], |axis| {
            for value in ticks[0] {
                let ([x, bottom], [_, top]) = (self.at([*value, self.y[0]]), self.at([*value, self.y[1]]));
                line(axis, [x, bottom], [x, top]);
            }
            for value in ticks[1] {
                let ([left, y], [right, _]) = (self.at([self.x[0], *value]), self.at([self.x[1], *value]));
                line(axis, [left, y], [right, y]);
            }
        });
        let plain = [("class", "label"), ("fill", "currentColor"), ("stroke", "none")];
        svg.tag("g", &plain, |labels| {
            let style_x = style(ticks[0]);
            for value in ticks[0] {
                let [x, bottom] = self.at([*value, self.y[0]]);
                label(labels, [x, bottom + 13.0], "middle", &style_x.value(*value));
            }
            let style_y = style(ticks[1]);
            for value in ticks[1] {
                let [left, y] = self.at([self.x[0], *value]);
                label(labels, [left - 5.0, y + 3.5], "end", &style_y.value(*value));
            }
            label(labels, [SIZE[0] - MARGINS[1], SIZE[1] - 5.0], "end", names[0]);
            let turned = format!("rotate(-90 10 {})", digits(MARGINS[2]));
            let place = [("x", "10"), ("y", "8"), ("text-anchor", "end"), ("transform", turned.as_str())];
            labels.tag("text", &place, |text| text.text(names[1]));
        });
    }
}

/// Writes a drawing with a name and a description for those who do not see it.
///
/// `note` stands beside the name, such as the number of the curve.
pub(super) fn drawing(page: &mut Markup, [name, note]: [&str; 2], about: &str, inside: impl FnOnce(&mut Markup)) {
    let (width, height) = (digits(SIZE[0]), digits(SIZE[1]));
    let space = format!("0 0 {width} {height}");
    let attributes = [
        ("class", "chart"),
        ("viewBox", space.as_str()),
        ("width", width.as_str()),
        ("height", height.as_str()),
        ("role", "img"),
        ("aria-label", about),
        ("fill", "none"),
        ("stroke", "currentColor"),
        ("font-size", "11"),
        ("font-family", "sans-serif"),
    ];
    page.tag("figure", &[], |figure| {
        figure.tag("figcaption", &[], |caption| {
            caption.told("b", "", name);
            if !note.is_empty() {
                caption.text(" ");
                caption.told("small", "", note);
            }
        });
        figure.tag("svg", &attributes, inside);
    });
}

/// Writes marks in the colours of a side.
pub(super) fn penned(svg: &mut Markup, pen: Pen, is_band: bool, marks: impl FnOnce(&mut Markup)) {
    let class = if is_band { format!("{} band", pen.class()) } else { pen.class().to_owned() };
    if is_band {
        let band = [("class", class.as_str()), ("fill", pen.color()), ("fill-opacity", "0.15"), ("stroke", "none")];
        svg.tag("g", &band, marks);
    } else {
        let lines = [("class", class.as_str()), ("stroke", pen.color()), ("stroke-dasharray", pen.dashes())];
        svg.tag("g", &[lines.as_slice(), &[("stroke-width", "1.6")]].concat(), marks);
    }
}

/// Writes the mark of a side, for a legend.
pub(in crate::report::html) fn key(page: &mut Markup, pen: Pen) {
    let attributes = [
        ("viewBox", "0 0 24 10"),
        ("width", "24"),
        ("height", "10"),
        ("aria-hidden", "true"),
        ("fill", "none"),
        ("stroke", "currentColor"),
    ];
    page.tag("svg", &attributes, |svg| {
        penned(svg, pen, false, |marks| line(marks, [0.0, 5.0], [24.0, 5.0]));
        let solid = [("class", pen.class()), ("stroke", pen.color())];
        svg.tag("g", &solid, |marks| dot(marks, pen, [12.0, 5.0]));
    });
}

/// Writes a path.
pub(super) fn path(svg: &mut Markup, data: &str) {
    svg.void("path", &[("d", data)]);
}

pub(super) fn line(svg: &mut Markup, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) {
    let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(digits);
    svg.void("line", &[("x1", &x1), ("y1", &y1), ("x2", &x2), ("y2", &y2)]);
}

pub(super) fn label(svg: &mut Markup, [x, y]: [f64; 2], anchor: &str, words: &str) {
    let [x, y] = [x, y].map(digits);
    svg.tag("text", &[("x", &x), ("y", &y), ("text-anchor", anchor)], |text| text.text(words));
}

/// Returns a coordinate with one decimal.
pub(super) fn digits(place: f64) -> String {
    let text = format!("{place:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Returns round numbers inside of a range.
pub(super) fn ticks([low, high]: [f64; 2]) -> Vec<f64> {
    let rough = (high - low) / TICKS;
    if !rough.is_finite() || rough <= 0.0 {
        return Vec::new();
    }
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|step| step * power).find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * power);
    let first = (low / step).ceil();
    let marks = (0..=10).map(|index| (first + f64::from(index)) * step);
    // The product of a round step may have another last digit.
    let round = |mark: f64| format!("{mark:.*}", decimals(step)).parse().unwrap_or(mark);
    marks.map(round).take_while(|mark| *mark <= high + step * 1e-9).collect()
}

pub(super) fn decimals(step: f64) -> usize {
    (0..20).find(|decimals| ((step * 10_f64.powi(*decimals)).fract()).abs() < 1e-6).map_or(20, |found| found as usize)
}

/// Writes the mark of a point: a dot of the candidate, a circle of the baseline.
pub(super) fn dot(svg: &mut Markup, pen: Pen, [x, y]: [f64; 2]) {
    let [x, y] = [x, y].map(digits);
    let class = if pen == Pen::Candidate { "dot" } else { "ring" };
    let fill = if pen == Pen::Candidate { pen.color() } else { "none" };
    svg.void("circle", &[("class", class), ("cx", &x), ("cy", &y), ("r", "3"), ("fill", fill)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks([0.0, 1.0]), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(ticks([0.0, 0.3]), [0.0, 0.1, 0.2, 0.3]);
        assert_eq!(ticks([-7.0, 45.0]), [0.0, 20.0, 40.0]);
        assert_eq!(ticks([180_000.0, 1_250_000.0]), [500_000.0, 1_000_000.0]);
        assert_eq!(ticks([1.0, 1.0]), [0.0; 0]);
        assert_eq!(ticks([0.0, f64::INFINITY]), [0.0; 0]);
    }

    #[test]
    fn marks_stay_inside_of_the_plane() {
        let plane = Plane::new([0.0, 1.0], [0.0, 0.0]);
        assert_eq!(plane.at([0.0, 0.0]), [40.0, 204.0]);
        assert_eq!(plane.at([9.0, 9.0]), [310.0, 8.0]);
        assert_eq!(plane.path(&[[0.0, 0.0], [0.5, 1.0]]), "M40 204L175 8");
        let absurd = Plane::new([f64::NAN, f64::INFINITY], [f64::MAX, f64::MIN]);
        assert!(!absurd.path(&[[0.5, 0.5]]).contains("NaN"));
    }
}
