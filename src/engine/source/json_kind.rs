//! Type of a column of JSON values, and its conversion to Arrow.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, NullArray, StringArray, StructArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, Field, Fields};

use super::json_value::Json;
use crate::engine::error::clipped;

/// Common type of JSON values.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum JsonKind {
    /// All values are null.
    #[default]
    Null,
    Bool,
    Int,
    Float,
    Text,
    List(Box<Self>),
    Map(JsonKeys),
    /// Values without a common type.
    Mixed,
}

/// JsonKeys of objects.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct JsonKeys {
    keys: Vec<JsonKey>,
    places: HashMap<String, usize>,
}

/// A key with the type of its values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct JsonKey {
    pub(super) name: String,
    /// The line and the position at which the key first appears.
    first: (u64, usize),
    pub(super) kind: JsonKind,
}

impl JsonKeys {
    pub(super) fn iter(&self) -> std::slice::Iter<'_, JsonKey> {
        self.keys.iter()
    }

    fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    fn at(&mut self, name: &str, place: usize, first: (u64, usize)) -> &mut JsonKey {
        // Writers keep an order, so a key is nearly always at its usual position.
        let at = match self.keys.get(place) {
            Some(key) if key.name == name => place,
            _ => match self.places.get(name) {
                Some(at) => *at,
                None => {
                    self.places.insert(name.to_owned(), self.keys.len());
                    self.keys.push(JsonKey { name: name.to_owned(), first, kind: JsonKind::Null });
                    self.keys.len() - 1
                }
            },
        };
        &mut self.keys[at]
    }

    fn has(&self, name: &str, place: usize) -> bool {
        self.keys.get(place).is_some_and(|key| key.name == name) || self.places.contains_key(name)
    }

    fn fields(&self) -> Fields {
        self.keys.iter().map(|key| Field::new(&key.name, key.kind.data_type(), true)).collect()
    }
}

impl JsonKind {
    /// Widens the type to include this value of this line.
    pub(super) fn widen(&mut self, value: &Json, line: u64) {
        self.widen_at(value, line, &mut 0);
    }

    fn widen_at(&mut self, value: &Json, line: u64, place: &mut usize) {
        match (&mut *self, value) {
            (_, Json::Null)
            | (Self::Mixed, _)
            | (Self::Bool, Json::Bool(_))
            | (Self::Int | Self::Float, Json::Int(_))
            | (Self::Float, Json::Float(_))
            | (Self::Text, Json::Text(_)) => {}
            (Self::Null | Self::Int, Json::Float(_)) => *self = Self::Float,
            (Self::Null, Json::Bool(_)) => *self = Self::Bool,
            (Self::Null, Json::Int(_)) => *self = Self::Int,
            (Self::Null, Json::Text(_)) => *self = Self::Text,
            (Self::Null, Json::List(_)) => {
                *self = Self::List(Box::default());
                self.widen_at(value, line, place);
            }
            (Self::Null, Json::Map(_)) => {
                *self = Self::Map(JsonKeys::default());
                self.widen_at(value, line, place);
            }
            (Self::List(kind), Json::List(items)) => items.iter().for_each(|item| kind.widen_at(item, line, place)),
            (Self::Map(keys), Json::Map(entries)) => {
                for (at, (name, value)) in entries.iter().enumerate() {
                    *place += 1;
                    keys.at(name, at, (line, *place)).kind.widen_at(value, line, place);
                }
            }
            _ => *self = Self::Mixed,
        }
    }

    /// Widens the type to include another one, in any order.
    pub(super) fn merge(&mut self, other: Self) {
        match (&mut *self, other) {
            (_, Self::Null) | (Self::Mixed, _) => {}
            (Self::Null, other) => *self = other,
            (Self::Int | Self::Float, Self::Float) => *self = Self::Float,
            (Self::Bool, Self::Bool) | (Self::Int | Self::Float, Self::Int) | (Self::Text, Self::Text) => {}
            (Self::List(left), Self::List(right)) => left.merge(*right),
            (Self::Map(left), Self::Map(right)) => {
                for (at, theirs) in right.keys.into_iter().enumerate() {
                    let key = left.at(&theirs.name, at, theirs.first);
                    key.first = key.first.min(theirs.first);
                    key.kind.merge(theirs.kind);
                }
            }
            _ => *self = Self::Mixed,
        }
    }

    /// Widens the type to include that of a later file, whose keys come after those of this one.
    pub(super) fn append(&mut self, mut later: Self) {
        fn behind(kind: &mut JsonKind) {
            match kind {
                JsonKind::List(kind) => behind(kind),
                JsonKind::Map(keys) => {
                    for key in &mut keys.keys {
                        key.first = (u64::MAX, 0);
                        behind(&mut key.kind);
                    }
                }
                _ => {}
            }
        }
        if *self != Self::Null {
            behind(&mut later);
        }
        self.merge(later);
    }

    /// Sorts the keys by their first appearance.
    pub(super) fn sort(&mut self) {
        match self {
            Self::List(kind) => kind.sort(),
            Self::Map(keys) => {
                keys.keys.sort_by_key(|key| key.first);
                keys.keys.iter_mut().for_each(|key| key.kind.sort());
                keys.places = keys.keys.iter().enumerate().map(|(at, key)| (key.name.clone(), at)).collect();
            }
            _ => {}
        }
    }

    /// Returns true if values have types that do not fit, here or inside lists.
    pub(super) fn is_mixed(&self) -> bool {
        match self {
            Self::Mixed => true,
            Self::List(kind) => kind.is_mixed(),
            Self::Map(keys) => keys.iter().any(|key| key.kind.is_mixed()),
            _ => false,
        }
    }

    /// Returns the engine's type; text for a mixed type, which is never read.
    pub(super) fn data_type(&self) -> DataType {
        match self {
            Self::Null => DataType::Null,
            Self::Bool => DataType::Boolean,
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Text | Self::Mixed => DataType::Utf8,
            Self::List(kind) => DataType::List(item(kind)),
            Self::Map(keys) => DataType::Struct(keys.fields()),
        }
    }

    /// Returns the reason why this value does not fit the type of the values before it. If it fits, the type is
    /// widened.
    pub(super) fn misfit(&mut self, value: &Json) -> Option<String> {
        let before = self.clone();
        self.widen(value, 0);
        self.is_mixed().then(|| before.told(value))
    }

    fn told(&self, value: &Json) -> String {
        match (self, value) {
            (Self::List(kind), Json::List(items)) => {
                let mut kind = kind.as_ref().clone();
                items.iter().find_map(|item| kind.misfit(item)).unwrap_or_else(|| self.plainly(value))
            }
            (Self::Map(keys), Json::Map(entries)) => {
                let mut keys = keys.clone();
                let inside = entries.iter().enumerate().find_map(|(at, (name, value))| {
                    keys.at(name, at, (0, 0)).kind.misfit(value).map(|why| within(name, &why))
                });
                inside.unwrap_or_else(|| self.plainly(value))
            }
            (Self::Null, Json::List(_)) => Self::List(Box::default()).told(value),
            (Self::Null, Json::Map(_)) => Self::Map(JsonKeys::default()).told(value),
            _ => self.plainly(value),
        }
    }

    fn plainly(&self, value: &Json) -> String {
        let before = match self {
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Int => "whole numbers",
            Self::Float => "numbers",
            Self::Text => "text",
            Self::List(_) => "lists",
            Self::Map(_) => "objects",
            Self::Mixed => "values of several types",
        };
        format!("holds {}, but {before} before", value.shown())
    }

    /// Returns these values as a column; a missing value is null.
    ///
    /// # Errors
    ///
    /// A value is of another type; the error has its index and the reason.
    pub(super) fn column(&self, values: &[Option<&Json>]) -> Result<ArrayRef, (usize, String)> {
        Ok(match self {
            Self::Null => {
                self.all::<()>(values, |_| None)?;
                Arc::new(NullArray::new(values.len()))
            }
            Self::Bool => {
                let of = |value: &Json| if let Json::Bool(value) = value { Some(*value) } else { None };
                Arc::new(BooleanArray::from(self.all(values, of)?))
            }
            Self::Int => {
                let of = |value: &Json| if let Json::Int(value) = value { Some(*value) } else { None };
                Arc::new(Int64Array::from(self.all(values, of)?))
            }
            Self::Float => {
                #[expect(clippy::cast_precision_loss, reason = "what every reader of JSON does in a column of floats")]
                let of = |value: &Json| match value {
                    Json::Int(value) => Some(*value as f64),
                    Json::Float(value) => Some(*value),
                    _ => None,
                };
                Arc::new(Float64Array::from(self.all(values, of)?))
            }
            Self::Text => {
                let of = |value: &Json| if let Json::Text(value) = value { Some(value.clone()) } else { None };
                Arc::new(StringArray::from(self.all(values, of)?))
            }
            Self::Mixed => return Err((0, "holds values of several types".to_owned())),
            Self::List(kind) => {
                let mut items = Vec::new();
                let (mut lengths, mut owners) = (Vec::with_capacity(values.len()), Vec::new());
                for (row, value) in values.iter().enumerate() {
                    let list = match value {
                        None | Some(Json::Null) => &[][..],
                        Some(Json::List(list)) => list.as_slice(),
                        Some(other) => return Err((row, self.plainly(other))),
                    };
                    lengths.push(list.len());
                    owners.extend(std::iter::repeat_n(row, list.len()));
                    items.extend(list.iter().map(Some));
                }
                let inner = kind.column(&items).map_err(|(at, why)| (owners[at], why))?;
                Arc::new(ListArray::new(item(kind), OffsetBuffer::from_lengths(lengths), inner, nulls(values)))
            }
            Self::Map(keys) => {
                let mut columns = Vec::with_capacity(keys.len());
                for (row, value) in values.iter().enumerate() {
                    let stranger = match value {
                        None | Some(Json::Null) => None,
                        Some(Json::Map(entries)) => {
                            let mut places = entries.iter().enumerate();
                            places.find(|(place, (name, _))| !keys.has(name, *place)).map(|(_, entry)| entry)
                        }
                        Some(other) => return Err((row, self.plainly(other))),
                    };
                    if let Some((name, _)) = stranger {
                        return Err((row, format!("the key `{}` is new in this row", clipped(name))));
                    }
                }
                for (place, key) in keys.iter().enumerate() {
                    let inner: Vec<Option<&Json>> =
                        values.iter().map(|value| value.and_then(|value| value.get(&key.name, place))).collect();
                    columns.push(key.kind.column(&inner).map_err(|(at, why)| (at, within(&key.name, &why)))?);
                }
                let made = StructArray::try_new_with_length(keys.fields(), columns, nulls(values), values.len());
                Arc::new(made.map_err(|error| (0, error.to_string()))?)
            }
        })
    }

    fn all<T>(
        &self,
        values: &[Option<&Json>],
        of: impl Fn(&Json) -> Option<T>,
    ) -> Result<Vec<Option<T>>, (usize, String)> {
        let one = |(row, value): (usize, &Option<&Json>)| match value {
            None | Some(Json::Null) => Ok(None),
            Some(value) => of(value).map(Some).ok_or_else(|| (row, self.plainly(value))),
        };
        values.iter().enumerate().map(one).collect()
    }
}

/// Prepends a key to a message about a value below it.
pub(super) fn within(key: &str, why: &str) -> String {
    let key = clipped(key);
    match why.strip_prefix('`') {
        Some(rest) => format!("`{key}.{rest}"),
        None => format!("`{key}` {why}"),
    }
}

fn item(kind: &JsonKind) -> Arc<Field> {
    Arc::new(Field::new_list_field(kind.data_type(), true))
}

fn nulls(values: &[Option<&Json>]) -> Option<NullBuffer> {
    Some(values.iter().map(|value| !matches!(value, None | Some(Json::Null))).collect::<Vec<_>>().into())
}
