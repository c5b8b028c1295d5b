//! Limit on the length of SQL.
//!
//! The parser builds a tree, and code that works on it recurses for every level. A chain of thousands of operators is a
//! tree with as many levels, which would exhaust the stack and end the process without a report.

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

/// The most words, values and operators in a chain.
const LONGEST: usize = 1_000;

/// Rejects SQL with a chain that is too long.
///
/// # Errors
///
/// A chain has more than [`LONGEST`] words, values and operators. Text that is not SQL is left to the parser.
pub(crate) fn refuse_long(sql: &str) -> Result<(), String> {
    let longest = longest_chain(sql);
    if longest <= LONGEST {
        return Ok(());
    }
    Err(format!(
        "{longest} words, values and operators are in one chain; limit: {LONGEST}; write `x IN (…)` for \
         `x = … OR x = …`, or split it"
    ))
}

/// The part of a text between two parentheses.
#[derive(Default)]
struct NestingLevel {
    /// The number of words, values and operators since the last comma.
    chain: usize,
    /// The largest number between two commas.
    longest: usize,
    /// True inside a query, where commas between tables join them instead of listing values.
    is_query: bool,
}

impl NestingLevel {
    fn end(self) -> usize {
        self.longest.max(self.chain)
    }
}

/// Returns the number of words, values and operators in the longest chain, at least the depth of the tree that the
/// parser builds. Names count as words, because many of them are keywords elsewhere.
fn longest_chain(sql: &str) -> usize {
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize().unwrap_or_default();
    let mut outer: Vec<NestingLevel> = Vec::new();
    let mut level = NestingLevel::default();
    for token in &tokens {
        match token {
            Token::Whitespace(_) | Token::Period => {}
            Token::Comma if !level.is_query => {
                level.longest = level.longest.max(level.chain);
                level.chain = 0;
            }
            Token::LParen | Token::LBracket | Token::LBrace => outer.push(std::mem::take(&mut level)),
            Token::RParen | Token::RBracket | Token::RBrace => {
                let inside = std::mem::replace(&mut level, outer.pop().unwrap_or_default());
                level.chain += 1 + inside.end();
            }
            other => {
                let keyword = if let Token::Word(word) = other { word.keyword } else { Keyword::NoKeyword };
                level.is_query |= matches!(keyword, Keyword::SELECT | Keyword::FROM | Keyword::WITH | Keyword::VALUES);
                level.chain += 1;
            }
        }
    }
    outer.into_iter().map(NestingLevel::end).sum::<usize>() + level.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_as_long_as_its_operators() {
        for (sql, longest) in [
            ("a", 1),
            ("a = 1", 3),
            ("a = 1 OR b = 'OR'", 7),
            ("a IN (1, -2, -3, +4)", 5),
            ("f(a, b + 1) > -c", 8),
            ("((a))", 3),
            ("((a + b", 3),
            ("a))", 3),
            ("SELECT x FROM t", 4),
            ("SELECT x, y FROM t, u", 8),
            ("FROM t, u", 4),
            ("no 'end", 0),
        ] {
            assert_eq!(longest_chain(sql), longest, "{sql}");
        }
    }

    #[test]
    fn long_lists_are_read_and_long_chains_are_not() {
        let list = (0..50_000).map(|value| (-value).to_string()).collect::<Vec<_>>().join(", ");
        assert_eq!(refuse_long(&format!("a IN ({list})")), Ok(()));
        assert_eq!(refuse_long(&vec!["a"; 500].join(" + ")), Ok(()));
        for chain in [
            vec!["a"; 501].join(" + "),
            vec!["1"; 501].join(" + "),
            format!("{}a", "NOT ".repeat(1_001)),
            format!("{}a{}", "(".repeat(1_001), ")".repeat(1_001)),
            vec!["SELECT a, b FROM t"; 130].join(" UNION ALL "),
            format!("SELECT 1 FROM {}", vec!["t"; 500].join(", ")),
        ] {
            assert!(refuse_long(&chain).is_err(), "{chain}");
        }
    }
}
