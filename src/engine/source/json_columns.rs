//! Columns of JSON lines: keys of the lines, and of the objects in them, each named by its path.

use std::collections::BTreeSet;

use datafusion::arrow::datatypes::DataType;

use super::json_kind::{JsonKeys, JsonKind};
use super::json_lines::JsonLines;
use super::json_value::Json;
use super::text_form::Forms;
use crate::config::{ReadAs, TextType};
use crate::engine::error::clipped;
use crate::engine::source::file::SourceFile;

/// The deepest nesting of objects.
const DEEPEST: usize = 32;

/// A column of JSON lines.
#[derive(Debug, Clone)]
pub(super) struct JsonColumn {
    pub(super) name: String,
    /// The keys of the path, each with its usual position in its object.
    path: Vec<(String, usize)>,
    pub(super) kind: JsonKind,
    pub(super) declared: Option<TextType>,
    /// The forms of declared dates and times.
    pub(super) forms: Forms,
}

impl JsonColumn {
    /// Returns the engine's type.
    pub(super) fn data_type(&self) -> DataType {
        self.declared.map_or_else(|| self.kind.data_type(), |declared| self.forms.declared(declared))
    }

    /// Returns true if the values have types that do not fit, so that they cannot be read.
    pub(super) fn is_mixed(&self) -> bool {
        self.declared.is_none() && self.kind.is_mixed()
    }

    /// Returns true if the values are of the declared type, as far as JSON's own types show.
    pub(super) fn is_as_declared(&self) -> bool {
        self.declared.is_none_or(|declared| match &self.kind {
            JsonKind::Null => true,
            JsonKind::Bool => declared == TextType::Bool,
            JsonKind::Int => matches!(declared, TextType::Int | TextType::Float),
            JsonKind::Float => declared == TextType::Float,
            JsonKind::Text => matches!(declared, TextType::Text | TextType::Date | TextType::Timestamp),
            JsonKind::List(_) | JsonKind::Map(_) | JsonKind::Mixed => false,
        })
    }

    /// Returns the column's value in a line.
    pub(super) fn of<'a>(&self, line: &'a Json) -> Option<&'a Json> {
        self.path.iter().try_fold(line, |around, (key, place)| around.get(key, *place))
    }

    /// Returns a message about the first value that is not of the declared type.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub(super) fn undeclared(&self, part: &SourceFile, read_as: &ReadAs) -> Result<String, String> {
        let (mut lines, declared) = (JsonLines::of(part)?, self.declared.unwrap_or(TextType::Text));
        while let Some((line, _, mut object)) = lines.next()? {
            conform(&mut object, read_as);
            let mut one = Self { kind: JsonKind::Null, ..self.clone() };
            let Some(value) = self.of(&object) else { continue };
            one.kind.widen(value, line);
            if !one.is_as_declared() {
                let name = clipped(&self.name);
                return Ok(format!("line {line}: `{name}` holds {}, but `types` declares {declared}", value.shown()));
            }
        }
        Ok(format!("`{}` does not hold what `types` declares", clipped(&self.name)))
    }

    /// Returns a message about the first value whose type differs from that of the values before it.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub(super) fn misfit(&self, parts: &[SourceFile], read_as: &ReadAs) -> Result<String, String> {
        let mut kind = JsonKind::Null;
        for (at, part) in parts.iter().enumerate() {
            let mut lines = JsonLines::of(part)?;
            let before = kind.clone();
            while let Some((line, _, mut object)) = lines.next()? {
                conform(&mut object, read_as);
                let Some(why) = self.of(&object).and_then(|value| kind.misfit(value)) else { continue };
                let why = super::json_kind::within(&self.name, &why);
                let is_other_file =
                    at > 0 && self.of(&object).is_some_and(|value| before.clone().misfit(value).is_some());
                let of = if parts.len() == 1 { String::new() } else { format!("`{}`: ", part.name) };
                let hint = if is_other_file { " in other files" } else { "" };
                return Ok(format!("{of}line {line}: {why}{hint}"));
            }
        }
        Ok(format!("`{}` holds values of several types", clipped(&self.name)))
    }
}

/// Applies the config to a line: words for null become null, and whole numbers declared as text become text.
pub(super) fn conform(line: &mut Json, read_as: &ReadAs) {
    if !read_as.na.is_empty() {
        line.without(&read_as.na);
    }
    for declared in read_as.types.iter().filter(|declared| declared.is == TextType::Text) {
        if let Some(value) = line.find_mut(&declared.column.value)
            && let Json::Int(number) = value
        {
            *value = Json::Text(number.to_string());
        }
    }
}

/// Returns the columns of these lines, in the order in which they first appear.
///
/// # Errors
///
/// Two columns have the same name, or objects are nested too deeply.
pub(super) fn columns(lines: &JsonKind, read_as: &ReadAs) -> Result<Vec<JsonColumn>, String> {
    let mut found = Vec::new();
    if let JsonKind::Map(keys) = lines {
        below("", keys, &mut Vec::new(), read_as, &mut found)?;
    }
    let mut names = BTreeSet::new();
    match found.iter().find(|column| !names.insert(&column.name)) {
        Some(twice) => Err(format!(
            "cannot be read: there are two columns `{}`: one at the top, and a field of a struct; rename one of them",
            clipped(&twice.name)
        )),
        None => Ok(found),
    }
}

fn below(
    prefix: &str,
    keys: &JsonKeys,
    path: &mut Vec<(String, usize)>,
    read_as: &ReadAs,
    found: &mut Vec<JsonColumn>,
) -> Result<(), String> {
    for (place, key) in keys.iter().enumerate() {
        let name = if path.is_empty() { key.name.clone() } else { format!("{prefix}.{}", key.name) };
        path.push((key.name.clone(), place));
        let declared = read_as.type_of(&name);
        match &key.kind {
            JsonKind::Map(inside) if !inside.is_empty() && declared.is_none() => {
                if path.len() > DEEPEST {
                    return Err(format!(
                        "cannot be read: `{}` holds structs that are nested too deep; limit: {DEEPEST}",
                        clipped(&name)
                    ));
                }
                below(&name, inside, path, read_as, found)?;
            }
            kind => {
                let (path, kind, forms) = (path.clone(), kind.clone(), Forms::NONE);
                found.push(JsonColumn { name, path, kind, declared, forms });
            }
        }
        path.pop();
    }
    Ok(())
}
