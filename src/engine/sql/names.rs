//! Names of expressions and types, as the author of a config knows them.

use std::borrow::Cow;
use std::sync::LazyLock;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::{BinaryExpr, Cast};
use regex::Regex;

use super::exact_function;
use crate::engine::error::clipped;

/// Returns an expression as its author may have written it.
pub(super) fn text(expression: &Expr) -> String {
    clipped(&written(expression))
}

fn written(expression: &Expr) -> String {
    if let Some(text) = exact_function::text_of(expression) {
        return text.to_owned();
    }
    match expression {
        Expr::Column(column) => column.name.clone(),
        Expr::OuterReferenceColumn(_, column) => column.name.clone(),
        Expr::Literal(value, _) => match value {
            ScalarValue::Utf8(Some(text)) | ScalarValue::Utf8View(Some(text)) | ScalarValue::LargeUtf8(Some(text)) => {
                format!("'{text}'")
            }
            ScalarValue::Null => "NULL".to_owned(),
            value => value.to_string(),
        },
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => format!("{} {op} {}", side(left), side(right)),
        Expr::Negative(inner) => format!("-{}", side(inner)),
        Expr::Cast(Cast { expr, .. }) => written(expr),
        Expr::Alias(alias) => written(&alias.expr),
        Expr::ScalarFunction(call) => {
            let args: Vec<String> = call.args.iter().map(written).collect();
            match (call.name(), args.as_slice()) {
                ("canonical" | "instant", [arg]) => arg.clone(),
                (name, args) => format!("{name}({})", args.join(", ")),
            }
        }
        Expr::AggregateFunction(call) => {
            let args: Vec<String> = call.params.args.iter().map(written).collect();
            format!("{}({})", call.func.name(), args.join(", "))
        }
        other => plain(&other.human_display().to_string()).into_owned(),
    }
}

/// Returns an operand, in parentheses if it is an operation itself.
fn side(expression: &Expr) -> String {
    let is_operation = match expression {
        Expr::BinaryExpr(_) => true,
        other => exact_function::text_of(other).is_some_and(|text| text.contains(' ') && !text.ends_with(')')),
    };
    let text = written(expression);
    if is_operation { format!("({text})") } else { text }
}

/// Patterns of the engine's names, with the replacement for each.
static NAMES: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r#""?\?table\?"?\."#, ""),
        (r#"\b(?:Large)?Utf8(?:View)?\("([^"]*)"\)"#, "'$1'"),
        (r"\b(?:Boolean|U?Int(?:8|16|32|64)|Float(?:16|32|64))\(([^()]*)\)", "$1"),
        (r#"\bTimestamp\([^(),"]*(?:, None)?\)"#, "timestamp"),
        (r#"\bTimestamp\([^(),"]*, (?:Some\()?"([^"]*)"\)?\)"#, "timestamp[$1]"),
        (r"\bDecimal(?:32|64|128|256)\(", "decimal("),
        (r"\b(Time|Duration|Interval)(?:32|64)?\([^()]*\)", "${1}\u{0}"),
        (r"\bDate(?:32|64)\b", "date"),
        (r"\b(?:Large)?Utf8(?:View)?\b", "string"),
        (r"\b(?:LargeBinary|BinaryView)\b", "binary"),
        (r"\bBoolean\b", "bool"),
        (r"\bUInt(8|16|32|64)\b", "uint$1"),
        (r"\bInt(8|16|32|64)\b", "int$1"),
        (r"\bFloat(16|32|64)\b", "float$1"),
        ("Time\u{0}", "time"),
        ("Duration\u{0}", "duration"),
        ("Interval\u{0}", "interval"),
    ]
    .into_iter()
    .filter_map(|(pattern, name)| Some((Regex::new(pattern).ok()?, name)))
    .collect()
});

/// Returns a message of the planner with the names of types that a config uses, and without names that the planner
/// generates.
pub(in crate::engine) fn plain(message: &str) -> Cow<'_, str> {
    NAMES.iter().fold(Cow::Borrowed(message), |message, (pattern, name)| match pattern.replace_all(&message, *name) {
        Cow::Borrowed(_) => message,
        Cow::Owned(replaced) => Cow::Owned(replaced),
    })
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::lit;
    use datafusion::prelude::ident;

    use super::*;

    #[test]
    fn types_have_the_names_of_a_config() {
        for (message, wanted) in [
            ("operation Timestamp(µs) > Int64", "operation timestamp > int64"),
            (r#"Timestamp(ms, "America/New_York") = Utf8View"#, "timestamp[America/New_York] = string"),
            ("Timestamp(Nanosecond, None) + Decimal128(10, 2)", "timestamp + decimal(10, 2)"),
            ("Date32 and Boolean and Float16", "date and bool and float16"),
            ("Time64(ns) - Interval(MonthDayNano)", "time - interval"),
            (r#"?table?.x > Int64(5) AND y = Utf8("a b")"#, "x > 5 AND y = 'a b'"),
            (r#"Did you mean '"?table?"."Age"'?"#, r#"Did you mean '"Age"'?"#),
            ("Point64 and anInt8", "Point64 and anInt8"),
        ] {
            assert_eq!(plain(message), wanted);
        }
    }

    #[test]
    fn expressions_are_told_as_they_were_written() {
        assert_eq!(text(&(ident("a") * lit(2_i64) + ident("b"))), "(a * 2) + b");
        assert_eq!(text(&ident("a").eq(lit("x"))), "a = 'x'");
    }
}
