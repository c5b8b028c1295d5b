//! Globs over names: `*` for any characters, `?` for one; `\*`, `\?` and `\\` for the characters themselves.

use std::fmt;

/// A name or a glob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<PatternPart>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PatternPart {
    Many,
    One,
    Plain(char),
}

impl fmt::Display for Pattern {
    /// Writes the pattern as a text that parses to it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            PatternPart::Many => formatter.write_str("*"),
            PatternPart::One => formatter.write_str("?"),
            PatternPart::Plain(character @ ('*' | '?' | '\\')) => write!(formatter, "\\{character}"),
            PatternPart::Plain(character) => write!(formatter, "{character}"),
        })
    }
}

impl Pattern {
    /// Parses a pattern; every text is valid. A backslash before anything but `*`, `?` and a backslash stands for
    /// itself.
    pub fn new(text: &str) -> Self {
        let mut characters = text.chars().peekable();
        let mut parts = Vec::new();
        while let Some(character) = characters.next() {
            parts.push(match character {
                '*' => PatternPart::Many,
                '?' => PatternPart::One,
                '\\' => PatternPart::Plain(characters.next_if(|next| matches!(next, '*' | '?' | '\\')).unwrap_or('\\')),
                plain => PatternPart::Plain(plain),
            });
        }
        Self { parts }
    }

    /// Returns the name if this pattern contains no wildcard.
    pub fn name(&self) -> Option<String> {
        let plain = |part: &PatternPart| if let PatternPart::Plain(character) = part { Some(*character) } else { None };
        self.parts.iter().map(plain).collect()
    }

    /// Returns true if this pattern contains no wildcard.
    pub fn is_exact(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, PatternPart::Plain(_)))
    }

    /// Returns true if this pattern matches the whole of `name`, case-sensitively. Linear in both lengths for one `*`,
    /// and never exponential.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut at, mut position) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while position < name.len() {
            match self.parts.get(at) {
                Some(PatternPart::Many) => {
                    star = Some((at, position));
                    at += 1;
                }
                Some(part) if *part == PatternPart::One || *part == PatternPart::Plain(name[position]) => {
                    at += 1;
                    position += 1;
                }
                _ => match star {
                    Some((back, from)) => {
                        star = Some((back, from + 1));
                        at = back + 1;
                        position = from + 1;
                    }
                    None => return false,
                },
            }
        }
        self.parts[at..].iter().all(|part| *part == PatternPart::Many)
    }

    /// Returns the pattern's rank of specificity: a name ranks above a glob, then the number of plain characters
    /// counts.
    pub fn specificity(&self) -> (bool, usize) {
        let plain = self.parts.iter().filter(|part| matches!(part, PatternPart::Plain(_))).count();
        (self.is_exact(), plain)
    }
}

/// Returns the pattern that matches exactly `name`.
pub fn escaped(name: &str) -> String {
    let mut pattern = String::new();
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let is_read = match character {
            '*' | '?' => true,
            '\\' => characters.peek().is_some_and(|next| matches!(next, '*' | '?' | '\\')),
            _ => false,
        };
        if is_read {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        let matches = |pattern: &str, name: &str| Pattern::new(pattern).matches(name);
        assert!(matches("*", ""));
        assert!(matches("*_id", "user_id"));
        assert!(matches("a*b*c", "a--b--b-c"));
        assert!(matches("age?", "ages"));
        assert!(!matches("age?", "age"));
        assert!(!matches("*_id", "user_ids"));
        assert!(!matches("Age", "age"));
    }

    #[test]
    fn a_name_is_more_specific_than_a_long_glob() {
        let specificity = |pattern: &str| Pattern::new(pattern).specificity();
        assert!(specificity("a") > specificity("a_very_long_*"));
        assert!(specificity("user_*") > specificity("*"));
    }

    #[test]
    fn a_backslash_takes_the_next_sign_as_it_is() {
        assert!(Pattern::new(r"ok\?").matches("ok?"));
        assert!(!Pattern::new(r"ok\?").matches("okx"));
        assert_eq!(Pattern::new(r"rate\*").name().as_deref(), Some("rate*"));
        assert_eq!(Pattern::new(r"C:\data").name().as_deref(), Some(r"C:\data"));
        assert_eq!(Pattern::new("rate*").name(), None);
    }

    proptest::proptest! {
        #[test]
        fn a_name_that_is_escaped_matches_itself_alone(name in r"[a*?\\]{0,6}", other in r"[a*?\\]{0,6}") {
            let pattern = Pattern::new(&escaped(&name));
            proptest::prop_assert_eq!(pattern.name(), Some(name.clone()));
            proptest::prop_assert_eq!(pattern.matches(&other), name == other);
        }
    }

    #[test]
    fn many_stars_do_not_take_forever() {
        let pattern = Pattern::new(&"*a".repeat(50));
        assert!(!pattern.matches(&"a".repeat(49)));
        assert!(!Pattern::new(&format!("{}b", "*a".repeat(30))).matches(&"a".repeat(5000)));
    }
}
