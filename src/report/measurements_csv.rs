//! The measurements as a table of comma-separated values (RFC 4180), for a spreadsheet or a data frame.

use super::RenderError;
use super::document::Report;

/// The roles of a subject, each a column; a measurement has some of them.
const ROLES: [&str; 7] = ["dataset", "column", "model", "metric", "slice", "rate", "by"];
/// The columns after those of the roles.
const REST: [&str; 8] = ["group", "side", "measure", "value", "lower", "upper", "n", "undefined"];

/// Renders the measurements, one in each row.
pub(super) fn render(report: &Report) -> Result<String, RenderError> {
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    table.write_record(ROLES.iter().chain(&REST))?;
    for measured in &report.measurements {
        let subject = |role: &str| text(measured.subject.get(role).map_or("", String::as_str));
        let number = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
        let [lower, upper] = [0, 1].map(|end| number(measured.interval.map(|interval| interval[end])));
        let row = ROLES.iter().map(|role| subject(role)).chain([
            subject("group"),
            text(&measured.side),
            text(&measured.measure),
            number(measured.value),
            lower,
            upper,
            measured.n.map(|n| n.to_string()).unwrap_or_default(),
            text(measured.undefined.as_deref().unwrap_or_default()),
        ]);
        table.write_record(row)?;
    }
    let bytes = table.into_inner().map_err(csv::IntoInnerError::into_error).map_err(csv::Error::from)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns a text that no spreadsheet reads as a formula: behind an apostrophe, where it could be one.
fn text(text: &str) -> String {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r', '\n', '|', '%']);
    // A null or a bare return could end the cell for one reader and not for another.
    let text = text.replace(['\0', '\r'], "\u{fffd}");
    if is_formula { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula() {
        for hostile in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1"] {
            assert!(text(hostile).starts_with('\''), "{hostile:?}");
        }
        assert_eq!((text("roc_auc"), text("a-b")), ("roc_auc".to_owned(), "a-b".to_owned()));
    }
}
