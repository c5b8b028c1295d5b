//! The type of a column of JSON values, and the column itself.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, NullArray, StringArray, StructArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, Field, Fields};

use super::json_value::Json;
use crate::engine::error::clipped;

/// The type of some values.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// All of them are null.
    Null,
    Bool,
    Int,
    Float,
    Text,
    List(Box<Self>),
    Map(Vec<(String, Self)>),
}

impl Kind {
    /// Widens the type so that it holds this value too.
    ///
    /// # Errors
    ///
    /// No type holds both.
    pub(super) fn widen(&mut self, value: &Json) -> Result<(), String> {
        match (&mut *self, value) {
            (_, Json::Null)
            | (Self::Bool, Json::Bool(_))
            | (Self::Int | Self::Float, Json::Int(_))
            | (Self::Float, Json::Float(_))
            | (Self::Text, Json::Text(_)) => {}
            (Self::Null | Self::Int, Json::Float(_)) => *self = Self::Float,
            (Self::Null, Json::Bool(_)) => *self = Self::Bool,
            (Self::Null, Json::Int(_)) => *self = Self::Int,
            (Self::Null, Json::Text(_)) => *self = Self::Text,
            (Self::Null, Json::List(_)) => {
                *self = Self::List(Box::new(Self::Null));
                return self.widen(value);
            }
            (Self::Null, Json::Map(_)) => {
                *self = Self::Map(Vec::new());
                return self.widen(value);
            }
            (Self::List(kind), Json::List(items)) => {
                for item in items {
                    kind.widen(item)?;
                }
            }
            (Self::Map(fields), Json::Map(entries)) => {
                for (place, (key, value)) in entries.iter().enumerate() {
                    let at = match find(fields, place, key) {
                        Some(at) => at,
                        None => {
                            fields.push((key.clone(), Self::Null));
                            fields.len() - 1
                        }
                    };
                    fields[at].1.widen(value).map_err(|error| within(key, &error))?;
                }
            }
            (kind, value) => return Err(kind.misfit(value)),
        }
        Ok(())
    }

    /// The type that holds the values of both.
    pub(super) fn merged(self, other: Self) -> Option<Self> {
        Some(match (self, other) {
            (left, right) if left == right => left,
            (Self::Null, other) | (other, Self::Null) => other,
            (Self::Int, Self::Float) | (Self::Float, Self::Int) => Self::Float,
            (Self::List(left), Self::List(right)) => Self::List(Box::new(left.merged(*right)?)),
            (Self::Map(mut left), Self::Map(right)) => {
                for (key, kind) in right {
                    match left.iter_mut().find(|(name, _)| *name == key) {
                        Some((_, known)) => *known = known.clone().merged(kind)?,
                        None => left.push((key, kind)),
                    }
                }
                Self::Map(left)
            }
            _ => return None,
        })
    }

    /// The engine's type.
    pub(super) fn data_type(&self) -> DataType {
        match self {
            Self::Null => DataType::Null,
            Self::Bool => DataType::Boolean,
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Text => DataType::Utf8,
            Self::List(kind) => DataType::List(item(kind)),
            Self::Map(fields) => DataType::Struct(self::fields(fields)),
        }
    }

    /// These values as a column; a value that is missing is null.
    ///
    /// # Errors
    ///
    /// A value is of another type: its place among the values, and why.
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
            Self::List(kind) => {
                let mut items = Vec::new();
                let (mut lengths, mut owners) = (Vec::with_capacity(values.len()), Vec::new());
                for (row, value) in values.iter().enumerate() {
                    let list = match value {
                        None | Some(Json::Null) => &[][..],
                        Some(Json::List(list)) => list.as_slice(),
                        Some(other) => return Err((row, self.misfit(other))),
                    };
                    lengths.push(list.len());
                    owners.extend(std::iter::repeat_n(row, list.len()));
                    items.extend(list.iter().map(Some));
                }
                let inner = kind.column(&items).map_err(|(at, why)| (owners[at], why))?;
                Arc::new(ListArray::new(item(kind), OffsetBuffer::from_lengths(lengths), inner, nulls(values)))
            }
            Self::Map(known) => {
                let mut columns = Vec::with_capacity(known.len());
                for (row, value) in values.iter().enumerate() {
                    let stranger = match value {
                        None | Some(Json::Null) => None,
                        Some(Json::Map(entries)) => {
                            let mut places = entries.iter().enumerate();
                            places.find(|(place, (key, _))| find(known, *place, key).is_none()).map(|(_, entry)| entry)
                        }
                        Some(other) => return Err((row, self.misfit(other))),
                    };
                    if let Some((key, _)) = stranger {
                        return Err((row, format!("the key `{}` is in none of the first rows", clipped(key))));
                    }
                }
                for (place, (name, kind)) in known.iter().enumerate() {
                    let inner: Vec<Option<&Json>> = values.iter().map(|value| get(*value, place, name)).collect();
                    columns.push(kind.column(&inner).map_err(|(at, why)| (at, within(name, &why)))?);
                }
                let fields = fields(known);
                let made = StructArray::try_new_with_length(fields, columns, nulls(values), values.len());
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
            Some(value) => of(value).map(Some).ok_or_else(|| (row, self.misfit(value))),
        };
        values.iter().enumerate().map(one).collect()
    }

    fn misfit(&self, value: &Json) -> String {
        let before = match self {
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Int => "whole numbers",
            Self::Float => "numbers",
            Self::Text => "text",
            Self::List(_) => "lists",
            Self::Map(_) => "objects",
        };
        let shown = match value {
            Json::Int(number) => format!(" ({number})"),
            Json::Float(number) => format!(" ({number})"),
            Json::Text(text) => format!(" (`{}`)", clipped(text)),
            _ => String::new(),
        };
        format!("holds {}{shown}, and held {before} before", value.kind())
    }
}

/// A message about what lies below a key.
fn within(key: &str, why: &str) -> String {
    let key = clipped(key);
    match why.strip_prefix('`') {
        Some(rest) => format!("`{key}.{rest}"),
        None => format!("`{key}` {why}"),
    }
}

fn get<'a>(value: Option<&'a Json>, place: usize, key: &str) -> Option<&'a Json> {
    match value {
        Some(Json::Map(entries)) => find(entries, place, key).map(|at| &entries[at].1),
        _ => None,
    }
}

/// Where a key is. Writers keep to an order, so that it is nearly always where it was in the lines before.
fn find<T>(entries: &[(String, T)], place: usize, key: &str) -> Option<usize> {
    if entries.get(place).is_some_and(|(name, _)| name == key) {
        return Some(place);
    }
    entries.iter().position(|(name, _)| name == key)
}

fn item(kind: &Kind) -> Arc<Field> {
    Arc::new(Field::new_list_field(kind.data_type(), true))
}

fn fields(known: &[(String, Kind)]) -> Fields {
    known.iter().map(|(name, kind)| Field::new(name, kind.data_type(), true)).collect()
}

fn nulls(values: &[Option<&Json>]) -> Option<NullBuffer> {
    Some(values.iter().map(|value| !matches!(value, None | Some(Json::Null))).collect::<Vec<_>>().into())
}
