//! Numbers of things in words: "1 row", "2,000 rows".

/// Words after a number that end in `s` and are not plurals.
const VERBS: [&str; 5] = ["does", "less", "this", "plus", "versus"];

/// Returns the noun for this many things: `row` for one, `rows` for any other number.
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

/// Verbs of messages, after many things and after one.
const AGREEING: [(&str, &str); 10] = [
    ("are", "is"),
    ("were", "was"),
    ("have", "has"),
    ("do", "does"),
    ("break", "breaks"),
    ("differ", "differs"),
    ("repeat", "repeats"),
    ("match", "matches"),
    ("look", "looks"),
    ("name", "names"),
];

/// Returns a verb as it follows this number of things: `is` for one, `are` for any other number.
pub(crate) fn verb<N: PartialEq + From<u8>>(count: N, many: &'static str) -> &'static str {
    let one = AGREEING.iter().find(|(known, _)| *known == many).filter(|_| count == N::from(1));
    one.map_or(many, |(_, one)| one)
}

/// Returns a text with its first verb as it follows one thing: ` of 5 rows is null` for ` of 5 rows are null`.
pub(crate) fn verb_after_one(text: &str) -> String {
    let mut words = text.split_inclusive(' ');
    let mut agreed = String::new();
    for word in words.by_ref() {
        match AGREEING.iter().find(|(many, _)| *many == word.trim_end()) {
            Some((many, one)) => {
                agreed += one;
                agreed += &word[many.len()..];
                break;
            }
            None => agreed += word,
        }
    }
    words.for_each(|word| agreed += word);
    agreed
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
    fn a_verb_agrees_with_its_number() {
        assert_eq!((verb(1_u64, "have"), verb(0_u64, "have"), verb(2_usize, "are")), ("has", "have", "are"));
        for (many, one) in [
            (" of 5 rows are null", " of 5 rows is null"),
            (" of 5 rows that must be right are wrong", " of 5 rows that must be right is wrong"),
            (" of 5 rows have what others have", " of 5 rows has what others have"),
            (" of {n} values do not match `are`", " of {n} values does not match `are`"),
            (" of 5 rows fail", " of 5 rows fail"),
            ("", ""),
        ] {
            assert_eq!(verb_after_one(many), one);
        }
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
