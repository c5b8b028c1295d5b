//! What is found out about a table before its rows are read: its columns, and how each file is to be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};

use super::csv_layout::{self, Layout};
use super::format::Format;
use super::guard::guarded;
use super::json_kind::Kind;
use super::part::Part;
use super::row_groups::Footer;
use super::{arrow_ipc, csv, hive, json, nested, row_groups, schema};

/// A table's columns, and what its files are read with.
#[derive(Debug)]
pub(super) struct Shape {
    /// The columns in the files.
    pub(super) files: SchemaRef,
    /// The columns in the names of their folders.
    pub(super) folders: Vec<FieldRef>,
    /// Both.
    pub(super) all: SchemaRef,
    /// Whether the files declare of a column that it may hold nulls, by its path.
    pub(super) nullable: BTreeMap<String, bool>,
    /// How the files are read.
    pub(super) reader: Reader,
}

/// How the files of a table are read.
#[derive(Debug)]
pub(super) enum Reader {
    /// Some row groups at a time, with the end of each file.
    RowGroups(Arc<[Footer]>),
    /// From the first byte to the last.
    Whole(Arc<Whole>),
}

/// How a file is read that is read whole.
#[derive(Debug)]
pub(super) enum Whole {
    /// With the layout of each file.
    Csv(Vec<Layout>),
    /// With the columns.
    Json(Vec<(String, Kind)>),
    ArrowIpc,
}

/// Finds out the shape of a table.
///
/// # Errors
///
/// A file cannot be read, or two of them differ.
pub(super) async fn find(path: &str, format: Format, parts: &Arc<Vec<Part>>) -> Result<Shape, String> {
    // Whole files may be read here, which would hold up the engine's own threads.
    let (path, of) = (path.to_owned(), Arc::clone(parts));
    let found = tokio::task::spawn_blocking(move || guarded(|| files(&path, format, &of))).await;
    let (files, nullable, reader) = found.map_err(|error| format!("cannot be read: {error}"))??;
    let folders = hive::fields(parts)?;
    let all = schema::with_folders(&files, &folders)?;
    Ok(Shape { files, folders, all, nullable, reader })
}

fn files(path: &str, format: Format, parts: &[Part]) -> Result<(SchemaRef, BTreeMap<String, bool>, Reader), String> {
    // Text declares nothing: that a file holds no nulls is no promise that the next one holds none.
    let undeclared = BTreeMap::new();
    let blame = |part: &Part, error: String| part.blame(path, &error);
    match format {
        Format::Csv | Format::Tsv => {
            let mut layouts = Vec::with_capacity(parts.len());
            let mut types = Vec::with_capacity(parts.len());
            for part in parts {
                let layout = csv_layout::check(part, format).map_err(|error| blame(part, error))?;
                types.push(csv::infer(part, &layout).map_err(|error| blame(part, error))?);
                layouts.push(layout);
            }
            let fields = worked_out(parts, &layouts, &types)?;
            Ok((Arc::new(Schema::new(fields)), undeclared, Reader::Whole(Arc::new(Whole::Csv(layouts)))))
        }
        Format::JsonLines => {
            let mut columns: Vec<(String, Kind)> = Vec::new();
            for (at, part) in parts.iter().enumerate() {
                let found = json::infer(part).map_err(|error| blame(part, error))?;
                if at == 0 {
                    columns = found;
                    continue;
                }
                let names =
                    |columns: &[(String, Kind)]| columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
                schema::same_names(&parts[0], &names(&columns), part, &names(&found))?;
                let kinds = found.clone();
                json::merge(&mut columns, found).map_err(|name| {
                    let of = |kinds: &[(String, Kind)]| {
                        let kind = kinds.iter().find(|(other, _)| *other == name);
                        kind.map_or(DataType::Null, |(_, kind)| kind.data_type())
                    };
                    let before = crate::engine::types::type_name(&of(&columns));
                    schema::differ(&parts[0], &before, part, &Field::new(&name, of(&kinds), true))
                })?;
            }
            let fields: Vec<Field> =
                columns.iter().map(|(name, kind)| Field::new(name, kind.data_type(), true)).collect();
            Ok((Arc::new(Schema::new(fields)), undeclared, Reader::Whole(Arc::new(Whole::Json(columns)))))
        }
        Format::ArrowIpc => {
            let schemas = each(path, parts, arrow_ipc::schema)?;
            let reader = Reader::Whole(Arc::new(Whole::ArrowIpc));
            Ok((schema::declared(parts, &schemas)?, nested::nullable(&schemas), reader))
        }
        Format::Parquet => {
            let footers = each(path, parts, row_groups::footer)?;
            let schemas: Vec<SchemaRef> = footers.iter().map(|footer| Arc::clone(footer.schema())).collect();
            let reader = Reader::RowGroups(footers.into());
            Ok((schema::declared(parts, &schemas)?, nested::nullable(&schemas), reader))
        }
    }
}

/// What `read` finds in each file.
fn each<T>(path: &str, parts: &[Part], read: impl Fn(&Part) -> Result<T, String>) -> Result<Vec<T>, String> {
    parts.iter().map(|part| guarded(|| read(part)).map_err(|error| part.blame(path, &error))).collect()
}

/// The columns of CSV files, whose types were worked out file by file.
fn worked_out(parts: &[Part], layouts: &[Layout], types: &[Vec<DataType>]) -> Result<Vec<Field>, String> {
    let Some(first) = layouts.first() else { return Ok(Vec::new()) };
    let mut fields = Vec::with_capacity(first.header.len());
    for (name, data_type) in first.header.iter().zip(&types[0]) {
        fields.push(Field::new(name, data_type.clone(), true));
    }
    for ((part, layout), types) in parts.iter().zip(layouts).zip(types).skip(1) {
        schema::same_names(&parts[0], &first.header, part, &layout.header)?;
        for field in &mut fields {
            let at = layout.header.iter().position(|name| name == field.name()).unwrap_or_default();
            match csv::merged(field.data_type(), &types[at]) {
                Some(merged) => *field = Field::new(field.name(), merged, true),
                None => {
                    let before = crate::engine::types::type_name(field.data_type());
                    let other = Field::new(field.name(), types[at].clone(), true);
                    return Err(schema::differ(&parts[0], &before, part, &other));
                }
            }
        }
    }
    Ok(fields)
}
