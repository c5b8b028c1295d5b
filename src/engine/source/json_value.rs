//! A line of JSON, parsed strictly: no duplicate keys, no numbers that would be rounded.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::engine::error::clipped;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Json {
    /// Returns the kind of the value, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Int(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
        }
    }

    /// Returns the kind of the value and the value itself, for messages.
    pub(super) fn shown(&self) -> String {
        let kind = self.kind();
        match self {
            Self::Int(number) => format!("{kind} ({number})"),
            Self::Float(number) => format!("{kind} ({number})"),
            Self::Text(text) => format!("{kind} (`{}`)", clipped(text)),
            _ => kind.to_owned(),
        }
    }

    /// Returns the value of a key, which is probably at this position.
    pub(super) fn get(&self, key: &str, place: usize) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        let is_there = |entry: &&(String, Self)| entry.0 == key;
        entries.get(place).filter(is_there).or_else(|| entries.iter().find(is_there)).map(|(_, value)| value)
    }

    /// Returns the value of a column by its path, such as `address.zip`.
    pub(super) fn find_mut(&mut self, path: &str) -> Option<&mut Self> {
        let Self::Map(entries) = self else { return None };
        for (key, value) in entries {
            if key == path {
                return Some(value);
            }
            if let Some(rest) = path.strip_prefix(key.as_str()).and_then(|rest| rest.strip_prefix('.'))
                && let Some(found) = value.find_mut(rest)
            {
                return Some(found);
            }
        }
        None
    }

    /// Replaces these words by null.
    pub(super) fn without(&mut self, words: &[String]) {
        match self {
            Self::Text(text) if words.contains(text) => *self = Self::Null,
            Self::List(items) => items.iter_mut().for_each(|item| item.without(words)),
            Self::Map(entries) => entries.iter_mut().for_each(|(_, value)| value.without(words)),
            _ => {}
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(JsonReader)
    }
}

struct JsonReader;

impl<'de> Visitor<'de> for JsonReader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        i64::try_from(value)
            .map(Json::Int)
            .map_err(|_| E::custom(format!("{value} does not fit a signed integer of 64 bits; write it as text")))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut map: Vec<(String, Json)> = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        let mut keys: Vec<&str> = map.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        if let Some(pair) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(A::Error::custom(format!("the key `{}` is repeated", pair[0])));
        }
        Ok(Json::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_readers_let_pass_is_an_error() {
        for text in
            [r#"{"a":1,"a":2}"#, r#"{"a":{"b":1,"b":2}}"#, "18446744073709551615", "NaN", "{} {}", "[1", "1e999"]
        {
            assert!(serde_json::from_str::<Json>(text).is_err(), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(serde_json::from_str::<Json>(&deep).is_err());
    }
}
