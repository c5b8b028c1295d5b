//! Globs over names: `*` for any characters, `?` for one.

/// A name or a glob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    characters: Vec<char>,
}

impl Pattern {
    /// Every text is a pattern.
    pub fn new(text: &str) -> Self {
        Self { characters: text.chars().collect() }
    }

    /// Whether it is a plain name.
    pub fn is_exact(&self) -> bool {
        !self.characters.iter().any(|character| matches!(character, '*' | '?'))
    }

    /// Whether it matches the whole of `name`; the case counts. Linear in both for one `*`, never exponential.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut at, mut position) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while position < name.len() {
            match self.characters.get(at) {
                Some('*') => {
                    star = Some((at, position));
                    at += 1;
                }
                Some(character) if *character == '?' || *character == name[position] => {
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
        self.characters[at..].iter().all(|character| *character == '*')
    }

    /// What makes one pattern more specific than another: a name before a glob, then the number of plain characters.
    pub fn specificity(&self) -> (bool, usize) {
        let plain = self.characters.iter().filter(|character| !matches!(character, '*' | '?')).count();
        (self.is_exact(), plain)
    }
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
    fn many_stars_do_not_take_forever() {
        let pattern = Pattern::new(&"*a".repeat(50));
        assert!(!pattern.matches(&"a".repeat(49)));
        assert!(!Pattern::new(&format!("{}b", "*a".repeat(30))).matches(&"a".repeat(5000)));
    }
}
