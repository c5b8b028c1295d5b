//! The differences between two baselines, for a terminal.

use super::number::{Style, rows};
use super::text::layout::{fit, left, width};
use super::{document::Unit, safe};
use crate::baseline::{Area, BaselineStamp, Changed, Difference, Shown};
use crate::plural::noun;

/// The width of a terminal of unknown width, in columns.
const WIDTH: usize = 80;
/// Maximum columns of a subject, and of a number's name.
const SUBJECT: usize = 34;
const WHAT: usize = 22;
/// Maximum number of listed changes of each kind.
const LISTED: usize = 40;

/// Renders the differences, a few lines for each kind of entry; `before` and `after` name the two sides.
pub fn difference(found: &Difference, before: &str, after: &str) -> String {
    let mut lines = vec![fit(&safe::line(0, &format!("{before} → {after}")), WIDTH)];
    let [old, new] = &found.of;
    lines.push(fit(&format!("  {}", stamp(old)), WIDTH));
    lines.push(fit(&format!("→ {}", stamp(new)), WIDTH));
    if found.is_other_config {
        lines.push("  the config has changed in between".to_owned());
    }
    if old.tool != new.tool {
        lines.push(fit(&safe::line(2, &format!("{} → {}", old.tool, new.tool)), WIDTH));
    }
    for (area, title) in
        [(Area::Schema, "data"), (Area::Drift, "drift"), (Area::Metrics, "metrics"), (Area::Fairness, "groups")]
    {
        let changes: Vec<&Changed> = found.changes.iter().filter(|change| change.area == area).collect();
        if changes.is_empty() && !(area == Area::Drift && found.moved_little > 0) {
            continue;
        }
        lines.push(String::new());
        lines.push(title.to_owned());
        let columns = columns(&changes);
        lines.extend(changes.iter().take(LISTED).map(|change| line(change, columns)));
        if changes.len() > LISTED {
            lines.push(format!("  and {} more", changes.len() - LISTED));
        }
        if area == Area::Drift && found.moved_little > 0 {
            let columns = noun(found.moved_little, "column");
            lines.push(format!("  {} {columns} moved by less than 0.01", found.moved_little));
        }
    }
    if found.is_empty() {
        lines.push("  nothing that is stored is different".to_owned());
    }
    for excused in &found.despite {
        lines.push(String::new());
        lines.push(fit(&format!("despite {}", safe::terminal(&excused.gate)), WIDTH));
        for text in [excused.finding.clone(), format!("{}, {}: {}", excused.owner, excused.date, excused.reason)] {
            lines.push(fit(&safe::line(2, &safe::sentence(&text)), WIDTH));
        }
    }
    lines.join("\n") + "\n"
}

/// Returns the widths of the subjects' and the names' columns.
fn columns(changes: &[&Changed]) -> (usize, usize) {
    let widest = |text: fn(&Changed) -> &str, most: usize| {
        let widths = changes.iter().take(LISTED).map(|change| width(&safe::terminal(text(change))));
        widths.max().unwrap_or(0).min(most)
    };
    (widest(|change| &change.subject, SUBJECT), widest(|change| &change.what, WHAT))
}

/// Returns a change in one line of plain text: `income roc_auc: 0.90 → 0.85`.
pub fn moved(change: &Changed) -> String {
    format!("{} {}: {}", change.subject, change.what, values(change))
}

fn line(change: &Changed, (of_subject, of_what): (usize, usize)) -> String {
    let subject = left(&fit(&safe::terminal(&change.subject), of_subject), of_subject);
    let what = left(&fit(&safe::terminal(&change.what), of_what), of_what);
    let head = safe::line(2, &format!("{subject}  {what}  "));
    let values = values(change);
    // A new entry is shown with its interval if there is space.
    let interval = match &change.after {
        Shown::Number(_, Some(ends)) => format!(" {}", Style::of(Unit::Metric).interval(*ends)),
        _ => String::new(),
    };
    let whole = format!("{head}{values}{interval}");
    if width(&whole) <= WIDTH {
        whole.trim_end().to_owned()
    } else {
        fit(&format!("{head}{values}"), WIDTH).trim_end().to_owned()
    }
}

fn values(change: &Changed) -> String {
    match (&change.before, &change.after) {
        (Shown::Nothing, Shown::AtLeast(distance, name)) => format!("{name} at least {}", number(*distance, None)),
        (before, after) if change.what == "values" => {
            let gone = (*before != Shown::Nothing).then(|| format!("gone: {}", shown(before, None)));
            let new = (*after != Shown::Nothing).then(|| format!("new: {}", shown(after, None)));
            gone.into_iter().chain(new).collect::<Vec<_>>().join("; ")
        }
        (Shown::Nothing, after) => format!("new: {}", shown(after, None)),
        (before, Shown::Nothing) => format!("gone: {}", shown(before, None)),
        (before, after) => format!("{} → {}", shown(before, Some(after)), shown(after, Some(before))),
    }
}

/// Renders one side's number, with enough digits to differ visibly from the other side's.
fn shown(side: &Shown, other: Option<&Shown>) -> String {
    match (side, other) {
        (Shown::Nothing, _) => "nothing".to_owned(),
        (Shown::Text(text), _) => safe::terminal(text),
        (Shown::Rows(count), _) => rows(*count),
        (Shown::Share(share), Some(Shown::Share(other))) => {
            Style::of(Unit::Share).telling_apart(&[(*share, *other)]).value(*share)
        }
        (Shown::Share(share), _) => Style::of(Unit::Share).value(*share),
        (Shown::AtLeast(distance, name), _) => format!("{name} at least {}", number(*distance, None)),
        (Shown::Number(value, _), Some(Shown::Number(other, _))) => number(*value, Some(*other)),
        (Shown::Number(value, _), _) => number(*value, None),
    }
}

fn number(value: f64, other: Option<f64>) -> String {
    let style = Style::of(Unit::Metric);
    other.map_or(style, |other| style.telling_apart(&[(value, other)])).value(value)
}

fn stamp(of: &BaselineStamp) -> String {
    let Some(commit) = &of.commit else { return "no commit".to_owned() };
    let id: String = commit.id.chars().take(12).collect();
    let day: String = commit.time.chars().take(10).collect();
    let dirty = if commit.dirty { ", with changes" } else { "" };
    format!("commit {} of {}{dirty}", safe::terminal(&id), safe::terminal(&day))
}
