//! The function `regexp_like(text, 'pattern')`, with the pattern compiled once instead of for every batch.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{Array, AsArray, BooleanArray, StringViewArray};
use datafusion::arrow::buffer::{BooleanBuffer, Buffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use regex_automata::Input;
use regex_automata::meta::{Cache, Regex};

use super::automaton::{Automaton, LANES, LONGEST};

/// Replaces a `regexp_like` of two arguments whose pattern is a literal by this function.
///
/// # Errors
///
/// The pattern is not a regular expression.
pub(crate) fn compiled(expression: Expr) -> Result<Expr> {
    let Expr::ScalarFunction(call) = &expression else { return Ok(expression) };
    let [text, Expr::Literal(ScalarValue::Utf8(Some(pattern)), _)] = call.args.as_slice() else {
        return Ok(expression);
    };
    if call.func.name() != "regexp_like" {
        return Ok(expression);
    }
    Ok(ScalarUDF::from(Matches::new(pattern)?).call(vec![text.clone()]))
}

/// A compiled pattern, as a function of the engine.
#[derive(Debug)]
pub(crate) struct Matches {
    signature: Signature,
    pattern: String,
    /// The automaton for short ASCII texts, if the pattern is small.
    automaton: Option<Automaton>,
    regex: Regex,
    /// The scratch space of searches; a batch takes one.
    caches: Mutex<Vec<Cache>>,
}

impl Matches {
    fn new(pattern: &str) -> Result<Self> {
        let regex = Regex::new(pattern)
            .map_err(|error| DataFusionError::Plan(format!("`{pattern}` is not a regular expression: {error}")))?;
        let signature = Signature::string(1, Volatility::Immutable);
        let automaton = Automaton::new(pattern);
        Ok(Self { signature, pattern: pattern.to_owned(), automaton, regex, caches: Mutex::default() })
    }

    fn are_in(&self, texts: &StringViewArray) -> BooleanArray {
        let caches = || self.caches.lock().unwrap_or_else(PoisonError::into_inner);
        let mut cache = caches().pop().unwrap_or_else(|| self.regex.create_cache());
        let mut has_match =
            |text: &str| self.regex.search_half_with(&mut cache, &Input::new(text).earliest(true)).is_some();
        let found = match &self.automaton {
            Some(automaton) => walk(automaton, texts, has_match),
            None => BooleanBuffer::collect_bool(texts.len(), |row| texts.is_valid(row) && has_match(texts.value(row))),
        };
        caches().push(cache);
        BooleanArray::new(found, texts.nulls().cloned())
    }
}

/// Returns the results of an automaton, and of the regular expression where the automaton has none.
fn walk(automaton: &Automaton, texts: &StringViewArray, mut has_match: impl FnMut(&str) -> bool) -> BooleanBuffer {
    let mut found = Vec::with_capacity(texts.len().div_ceil(LANES));
    for first in (0..texts.len()).step_by(LANES) {
        // The text of a null does not matter.
        let mut lanes: [&str; LANES] =
            std::array::from_fn(|lane| if first + lane < texts.len() { texts.value(first + lane) } else { "" });
        let all = lanes;
        let mut is_long = 0;
        for (lane, text) in lanes.iter_mut().enumerate().filter(|(_, text)| text.len() > LONGEST) {
            *text = "";
            is_long |= 1 << lane;
        }
        let mut answers = automaton.matches(lanes.map(str::as_bytes));
        let open = answers.is_unknown | is_long;
        if open != 0 {
            answers.has_match &= !open;
            for lane in (0..LANES).filter(|lane| open >> lane & 1 == 1 && texts.is_valid(first + lane)) {
                answers.has_match |= u8::from(has_match(all[lane])) << lane;
            }
        }
        found.push(answers.has_match);
    }
    BooleanBuffer::new(Buffer::from_vec(found), 0, texts.len())
}

impl PartialEq for Matches {
    fn eq(&self, other: &Self) -> bool {
        self.pattern == other.pattern
    }
}

impl Eq for Matches {}

impl Hash for Matches {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.pattern.hash(state);
    }
}

impl ScalarUDFImpl for Matches {
    fn name(&self) -> &'static str {
        "matches"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let wrong = || DataFusionError::Internal("`matches` takes one text".to_owned());
        let text = args.args.into_iter().next().ok_or_else(wrong)?;
        let texts = cast(&text.into_array(args.number_rows)?, &DataType::Utf8View)?;
        Ok(ColumnarValue::Array(Arc::new(self.are_in(texts.as_string_view()))))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_null_has_no_answer_and_an_empty_text_has_one() {
        let texts = StringViewArray::from(vec![Some("user12@example.com"), Some("user@example.com"), None, Some("")]);
        let found = Matches::new(r"^user\d+@example\.com$").unwrap().are_in(&texts);
        assert_eq!(found.iter().collect::<Vec<_>>(), [Some(true), Some(false), None, Some(false)]);
        let found = Matches::new("").unwrap().are_in(&texts);
        assert_eq!(found.iter().collect::<Vec<_>>(), [Some(true), Some(true), None, Some(true)]);
    }

    #[test]
    fn it_finds_what_the_crate_regex_finds() {
        let texts =
            ["ünïcödé 12", "a\nb", "٣", "word boundary", "xx", "tail\n", "", "\u{212a}elvin", "kilo K", "-", "\u{7f}"];
        let array = StringViewArray::from_iter_values(texts);
        let patterns = [
            r"\bword\b",
            r"(?i)ÜN",
            r"\d",
            r"^b",
            r"(?m)^b",
            r"l$",
            r"\pL+ \d{2}",
            r"x{3}",
            "^$",
            // K has a second lower case beside k: the Kelvin sign.
            r"(?i)K",
            r"[^a-z\s]",
            r"^\W",
            r"\B.\B",
            r"(?-u:\w+)\s",
            r"é|word",
            r"^.{7}$",
        ];
        for pattern in patterns {
            let expected: Vec<bool> =
                texts.iter().map(|text| regex::Regex::new(pattern).unwrap().is_match(text)).collect();
            let found = Matches::new(pattern).unwrap().are_in(&array);
            assert_eq!(found.iter().flatten().collect::<Vec<_>>(), expected, "{pattern}");
        }
    }

    #[test]
    fn long_texts_stand_among_short_ones_and_nulls() {
        let long = |letters: usize| format!("{}7", "a".repeat(letters - 1));
        let lengths = [1, LONGEST - 1, LONGEST, LONGEST + 1, 3 * LONGEST];
        let texts = lengths.iter().flat_map(|letters| [Some(long(*letters)), None, Some("é".repeat(*letters))]);
        let array: StringViewArray = texts.collect();
        let found = Matches::new(r"\d$").unwrap().are_in(&array);
        let expected = [Some(true), None, Some(false)].repeat(lengths.len());
        assert_eq!(found.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_no_pattern_is_an_error() {
        assert!(Matches::new("a(").is_err());
    }
}
