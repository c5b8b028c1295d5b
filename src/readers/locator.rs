//! Locators: `PATH`, or `KIND:PLACE`, either with `?key=value&…`.

use super::ReadError;

/// A parsed locator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::readers) struct Locator {
    /// The kind before the colon; without one the content decides.
    pub(in crate::readers) kind: Option<String>,
    /// The path or address, as written.
    pub(in crate::readers) place: String,
    pub(in crate::readers) query: SourceQuery,
}

/// Keys and percent-decoded values behind a question mark, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::readers) struct SourceQuery {
    locator: String,
    pairs: Vec<(String, String)>,
}

impl Locator {
    /// Parses a locator; `is_path` says that a text is a path at which something lies.
    ///
    /// A text before a colon is a kind only if it is one of `kinds`, so that `C:\runs` and `c:/runs` are paths. A question
    /// mark starts the query unless a path contains it.
    ///
    /// # Errors
    ///
    /// The locator is empty, its kind is unknown, or its query is malformed.
    pub(in crate::readers) fn parse(
        text: &str,
        kinds: &[&str],
        is_path: &dyn Fn(&str) -> bool,
    ) -> Result<Self, ReadError> {
        let wrong = |why: String| ReadError::Locator { locator: text.to_owned(), why };
        if text.is_empty() {
            return Err(wrong("it is empty; write a path, or KIND:PLACE".to_owned()));
        }
        if text.contains('\0') {
            return Err(wrong("it contains a null character".to_owned()));
        }
        let named = text.split_once(':').filter(|(kind, _)| kinds.contains(kind));
        let (kind, rest) = named.map_or((None, text), |(kind, rest)| (Some(kind.to_owned()), rest));
        let whole = |place: &str| Self { kind: kind.clone(), place: place.to_owned(), query: SourceQuery::default() };
        let parsed = match rest.split_once('?') {
            Some((place, query)) if !is_path(rest) => Self { query: SourceQuery::parse(text, query)?, ..whole(place) },
            _ => whole(rest),
        };
        if parsed.kind.is_none()
            && !is_path(&parsed.place)
            && let Some(kind) = unknown_kind(&parsed.place)
        {
            let near = kinds.iter().map(|known| (strsim::damerau_levenshtein(known, kind), *known)).min();
            let near = near.filter(|(edits, _)| *edits <= 2).map(|(_, known)| format!("; did you mean `{known}`?"));
            let near = near.unwrap_or_else(|| format!("; the kinds are {}", kinds.join(", ")));
            return Err(wrong(format!("there is no file of this name and no kind `{kind}`{near}")));
        }
        Ok(parsed)
    }
}

/// Returns the text before a colon if it looks like a kind, and not like a Windows drive or a part of a path.
fn unknown_kind(place: &str) -> Option<&str> {
    let (kind, _) = place.split_once(':')?;
    let is_word = kind.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '+'));
    (kind.len() > 1 && is_word).then_some(kind)
}

impl SourceQuery {
    fn parse(locator: &str, text: &str) -> Result<Self, ReadError> {
        let wrong = |why: String| ReadError::Locator { locator: locator.to_owned(), why };
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) =
                pair.split_once('=').ok_or_else(|| wrong(format!("`{pair}` in its query is not `key=value`")))?;
            let key = decoded(key).map_err(&wrong)?;
            if pairs.iter().any(|(known, _)| *known == key) {
                return Err(wrong(format!("its query has `{key}` twice")));
            }
            pairs.push((key, decoded(value).map_err(&wrong)?));
        }
        Ok(Self { locator: locator.to_owned(), pairs })
    }

    /// Returns the value of a key.
    pub(in crate::readers) fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// Returns the keys with their values.
    pub(in crate::readers) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Checks that a kind knows all keys, so that a misspelt one is not ignored. A known key that ends in a dot stands for
    /// all keys that start with it.
    ///
    /// # Errors
    ///
    /// A key is unknown.
    pub(in crate::readers) fn only(&self, known: &[&str]) -> Result<(), ReadError> {
        let is_known = |key: &str| {
            known.iter().any(|name| match name.strip_suffix('.') {
                Some(_) => key.len() > name.len() && key.starts_with(name),
                None => *name == key,
            })
        };
        match self.pairs().find(|(key, _)| !is_known(key)) {
            None => Ok(()),
            Some((key, _)) => {
                let can = if known.is_empty() { "none".to_owned() } else { format!("`{}`", known.join("`, `")) };
                let why = format!("its query has the key `{key}`; this kind of source takes {can}");
                Err(ReadError::Locator { locator: self.locator.clone(), why })
            }
        }
    }
}

/// Decodes `%41`; a plus sign stands for itself.
fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else {
            return Err(format!("`{text}` in its query has a `%` without two hexadecimal digits; write it as `%25`"));
        };
        bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
    }
    let decoded = String::from_utf8(bytes).map_err(|_| format!("`{text}` in its query is not UTF-8"))?;
    if decoded.contains('\0') { Err(format!("`{text}` in its query contains a null character")) } else { Ok(decoded) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    const KINDS: [&str; 4] = ["json", "mlflow", "dvc", "prometheus"];

    fn parse(text: &str) -> Locator {
        Locator::parse(text, &KINDS, &|path| path == "odd?name.json" || path == "a:b.json").unwrap()
    }

    fn parts(text: &str) -> (Option<String>, String, Vec<(String, String)>) {
        let parsed = parse(text);
        (parsed.kind, parsed.place, parsed.query.pairs)
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn paths_and_kinds() {
        assert_eq!(parts("m.json"), (None, "m.json".to_owned(), vec![]));
        assert_eq!(parts("json:m.txt"), (Some("json".to_owned()), "m.txt".to_owned(), vec![]));
        assert_eq!(parts("dvc:"), (Some("dvc".to_owned()), String::new(), vec![]));
        assert_eq!(parts("dvc:HEAD~1:eval/metrics.json").1, "HEAD~1:eval/metrics.json");
        for path in ["C:\\runs\\m.json", "c:/runs/m.json", "./json:m.json", "a:b.json", "runs/dvc:x"] {
            assert_eq!(parts(path), (None, path.to_owned(), vec![]), "{path}");
        }
    }

    #[test]
    fn queries_are_decoded_and_paths_are_not() {
        assert_eq!(
            parts("mlflow:sqlite:////tmp/a%20b.db?model=ranker%20v2&alias=champion&tag.a%26b=%C3%A9%3D+"),
            (
                Some("mlflow".to_owned()),
                "sqlite:////tmp/a%20b.db".to_owned(),
                vec![pair("model", "ranker v2"), pair("alias", "champion"), pair("tag.a&b", "é=+")]
            )
        );
        assert_eq!(parts("mlflow:?run=1").1, "");
        assert_eq!(parts("prometheus:http://h:9090?query=a%7Bb%3D%22c%22%7D").2, [pair("query", "a{b=\"c\"}")]);
        assert_eq!(parts("odd?name.json"), (None, "odd?name.json".to_owned(), vec![]));
        assert_eq!(parts("wandb/?run=x").2, [pair("run", "x")]);
    }

    #[test]
    fn malformed_locators_are_refused() {
        let refused = |text: &str| match Locator::parse(text, &KINDS, &|_| false) {
            Err(ReadError::Locator { why, .. }) => why,
            other => panic!("{text}: {other:?}"),
        };
        assert!(refused("").contains("empty"));
        assert!(refused("mlfow:x").contains("did you mean `mlflow`"));
        assert!(refused("zenml:x").contains("the kinds are json, mlflow"));
        for query in ["mlflow:?a", "mlflow:?a=%4", "mlflow:?a=%zz", "mlflow:?a=%ff", "mlflow:?a=%00", "mlflow:?a=1&a=2"]
        {
            assert!(!refused(query).is_empty());
        }
        let query = parse("mlflow:?aliases=x").query;
        assert!(query.only(&["alias", "tag."]).unwrap_err().to_string().contains("`aliases`"));
        assert!(parse("mlflow:?tag.a=x").query.only(&["tag."]).is_ok());
        assert!(parse("mlflow:?tag.=x").query.only(&["tag."]).is_err());
    }
}
