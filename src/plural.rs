//! Numbers of things in words: "1 row", "2,000 rows".

/// Words after a number that end in `s` and are no plurals.
const VERBS: [&str; 5] = ["does", "less", "this", "plus", "versus"];

/// Returns the noun for so many things: `row` for one, `rows` for any other number.
pub(crate) fn noun<N: PartialEq + From<u8>>(count: N, one: &str) -> String {
    if count == N::from(1) {
        return one.to_owned();
    }
    match one.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{one}s"),
    }
}

/// Returns a number with its noun: `1 row`, `2,000 rows`.
pub(crate) fn counted(count: u64, one: &str) -> String {
    format!("{} {}", grouped(&count.to_string()), noun(count, one))
}

/// Returns a text that follows the number 1, its first word in the singular where it is a plural: ` row` for ` rows`.
pub(crate) fn after_one(text: &str) -> String {
    let word = text.strip_prefix(' ').and_then(|rest| rest.split(|c: char| !c.is_alphabetic()).next()).unwrap_or("");
    let singular = match (word.strip_suffix("ies"), word.strip_suffix('s')) {
        _ if word.len() < 4 || VERBS.contains(&word) => return text.to_owned(),
        (Some(stem), _) => format!("{stem}y"),
        (None, Some(stem)) => stem.to_owned(),
        (None, None) => return text.to_owned(),
    };
    format!(" {singular}{}", &text[1 + word.len()..])
}

/// Puts commas between the thousands of a number.
pub(crate) fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_no_plural() {
        assert_eq!((counted(1, "row"), counted(0, "row")), ("1 row".to_owned(), "0 rows".to_owned()));
        assert_eq!((counted(1, "query"), counted(2000, "query")), ("1 query".to_owned(), "2,000 queries".to_owned()));
        assert_eq!((noun(3_usize, "key"), noun(1_i64, "hour")), ("keys".to_owned(), "hour".to_owned()));
    }

    #[test]
    fn a_page_writes_its_message_for_many() {
        assert_eq!(after_one(" numbers is 4"), " number is 4");
        assert_eq!(after_one(" queries fail"), " query fail");
        for same in [" is 4", " was 4", " of 4 rows", "", "%", " different", "rows"] {
            assert_eq!(after_one(same), same);
        }
    }
}
