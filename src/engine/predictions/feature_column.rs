//! The values of a feature for people, and as conditions that a config may hold.

use datafusion::arrow::datatypes::DataType;
use datafusion::sql::sqlparser::ast::Expr;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::decode::MISSING;
use super::slices::bin_name;
use super::values::value_type;
use crate::stats::slice_search::SliceTerm;

/// The column of a feature.
#[derive(Debug)]
pub(crate) struct FeatureColumn {
    pub(crate) name: String,
    pub(crate) kind: DataType,
    pub(crate) parts: FeatureParts,
}

/// The parts that a feature divides the rows into. Behind them is that of missing values.
#[derive(Debug)]
pub(crate) enum FeatureParts {
    /// These values, by name.
    Values(Vec<String>),
    /// The bins between these edges, of which there is at least one.
    Bins(Vec<f64>),
}

impl FeatureColumn {
    /// Returns the value of a term for people, and the SQL condition that selects its rows.
    pub(crate) fn text(&self, term: &SliceTerm) -> (String, String) {
        let name = identifier(&self.name);
        match &self.parts {
            FeatureParts::Values(values) => match values.get(term.from as usize) {
                Some(value) => (value.clone(), self.is_value(&name, value)),
                None => (MISSING.to_owned(), self.is_missing(&name)),
            },
            FeatureParts::Bins(edges) if term.from as usize > edges.len() => {
                (MISSING.to_owned(), self.is_missing(&name))
            }
            FeatureParts::Bins(edges) => {
                let low = term.from.checked_sub(1).and_then(|edge| edges.get(edge as usize)).copied();
                let high = edges.get(term.to as usize).copied();
                let at_least = low.map(|low| format!("{name} >= {low}"));
                // SQL takes NaN for larger than any number.
                let below = match high {
                    Some(high) => Some(format!("{name} < {high}")),
                    None => value_type(&self.kind).is_floating().then(|| format!("NOT isnan({name})")),
                };
                let both: Vec<String> = [at_least, below].into_iter().flatten().collect();
                let condition = if both.is_empty() { format!("{name} IS NOT NULL") } else { both.join(" AND ") };
                (bin_name(low, high), condition)
            }
        }
    }

    fn is_value(&self, name: &str, value: &str) -> String {
        let kind = value_type(&self.kind);
        if kind.is_floating() && value.ends_with("inf") {
            return format!("{name} = CAST('{value}' AS DOUBLE)");
        }
        if kind.is_numeric() || kind == &DataType::Boolean {
            return format!("{name} = {value}");
        }
        let text = format!("'{}'", value.replace('\'', "''"));
        match kind {
            DataType::Date32 | DataType::Date64 => format!("{name} = DATE {text}"),
            DataType::Timestamp(..) => format!("{name} = TIMESTAMP {text}"),
            _ => format!("{name} = {text}"),
        }
    }

    fn is_missing(&self, name: &str) -> String {
        // NaN is a missing number, and no null.
        if value_type(&self.kind).is_floating() {
            format!("({name} IS NULL OR isnan({name}))")
        } else {
            format!("{name} IS NULL")
        }
    }
}

/// Returns a name as an identifier of SQL: as it stands if it is read as that column, in quotes otherwise.
fn identifier(name: &str) -> String {
    // Unquoted names are read in lower case.
    let is_lower = !name.chars().any(|character| character.is_ascii_uppercase());
    let parsed = Parser::new(&GenericDialect {}).try_with_sql(&format!("{name} IS NULL")).and_then(|mut parser| {
        let expression = parser.parse_expr()?;
        parser.expect_token(&datafusion::sql::sqlparser::tokenizer::Token::EOF)?;
        Ok(expression)
    });
    let is_read = match parsed {
        Ok(Expr::IsNull(inner)) => {
            matches!(*inner, Expr::Identifier(found) if found.value == name && found.quote_style.is_none())
        }
        _ => false,
    };
    if is_lower && is_read { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_sql_reads_something_else() {
        for name in ["age", "hours", "hours_per_week", "education", "region", "x2"] {
            assert_eq!(identifier(name), name);
        }
        for (name, quoted) in [
            ("a b", "\"a b\""),
            ("Age", "\"Age\""),
            ("A\"B", "\"A\"\"B\""),
            ("null", "\"null\""),
            ("1st", "\"1st\""),
            ("a IS NULL OR b", "\"a IS NULL OR b\""),
            ("x -- y", "\"x -- y\""),
        ] {
            assert_eq!(identifier(name), quoted);
        }
    }

    #[test]
    fn texts_are_literals() {
        let column = FeatureColumn {
            name: "a b".to_owned(),
            kind: DataType::Utf8,
            parts: FeatureParts::Values(vec!["o'clock".to_owned()]),
        };
        let term = SliceTerm { feature: 0, from: 0, to: 0 };
        assert_eq!(column.text(&term), ("o'clock".to_owned(), "\"a b\" = 'o''clock'".to_owned()));
    }
}
