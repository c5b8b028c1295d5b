//! What is found out about a table before its rows are read: its columns, and how each file is to be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::config::TableParquetOptions;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::object_store::path::Path as ObjectPath;
use datafusion::object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use super::csv_layout::{self, Layout};
use super::format::Format;
use super::json_kind::Kind;
use super::part::Part;
use super::{arrow_ipc, csv, hive, json, nested, schema};
use crate::engine::error::sentence;

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
    /// With what the store says of each file.
    Parquet(Vec<ObjectMeta>),
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
pub(super) async fn find(
    session: &dyn Session,
    path: &str,
    format: Format,
    parts: &Arc<Vec<Part>>,
) -> Result<Shape, String> {
    let (files, nullable, reader) = if format == Format::Parquet {
        let (schemas, metas) = parquet(session, path, parts).await?;
        (schema::declared(parts, &schemas)?, nested::nullable(&schemas), Reader::Parquet(metas))
    } else {
        // Whole files are read here, which would hold up the engine's own threads.
        let (path, parts) = (path.to_owned(), Arc::clone(parts));
        let found = tokio::task::spawn_blocking(move || text_or_ipc(&path, format, &parts)).await;
        found.map_err(|_| "cannot be read: the reader stopped unexpectedly; the file is broken".to_owned())??
    };
    let folders = hive::fields(parts)?;
    let all = schema::with_folders(&files, &folders)?;
    Ok(Shape { files, folders, all, nullable, reader })
}

fn text_or_ipc(
    path: &str,
    format: Format,
    parts: &[Part],
) -> Result<(SchemaRef, BTreeMap<String, bool>, Reader), String> {
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
            Ok((Arc::new(Schema::new(fields)), undeclared, Reader::Csv(layouts)))
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
            Ok((Arc::new(Schema::new(fields)), undeclared, Reader::Json(columns)))
        }
        Format::ArrowIpc | Format::Parquet => {
            let schemas = parts
                .iter()
                .map(|part| {
                    // Its reader was not made for files that mean ill.
                    let found = std::panic::catch_unwind(|| arrow_ipc::schema(part));
                    let found = found.unwrap_or_else(|_| Err("cannot be read: it is no Arrow file".to_owned()));
                    found.map_err(|error| blame(part, error))
                })
                .collect::<Result<Vec<_>, _>>()?;
            Ok((schema::declared(parts, &schemas)?, nested::nullable(&schemas), Reader::ArrowIpc))
        }
    }
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

/// Parquet as this engine reads it, in every plan.
pub(super) fn parquet_format() -> ParquetFormat {
    let mut options = TableParquetOptions::default();
    // Statistics are what the writer of a file says of it. Nothing is left unread because of them.
    options.global.pruning = false;
    options.global.enable_page_index = false;
    options.global.bloom_filter_on_read = false;
    // Spark's old timestamps reach years that nanoseconds cannot.
    options.global.coerce_int96 = Some("us".to_owned());
    options.global.skip_metadata = true;
    ParquetFormat::new().with_options(options)
}

async fn parquet(
    session: &dyn Session,
    path: &str,
    parts: &[Part],
) -> Result<(Vec<SchemaRef>, Vec<ObjectMeta>), String> {
    let store = session.runtime_env().object_store(ObjectStoreUrl::local_filesystem()).map_err(|e| sentence(&e))?;
    let format = parquet_format();
    let (mut schemas, mut metas) = (Vec::with_capacity(parts.len()), Vec::with_capacity(parts.len()));
    for part in parts {
        let blame = |error: String| part.blame(path, &format!("cannot be read: {error}"));
        let meta = meta(&store, part).await.map_err(blame)?;
        let schema = format.infer_schema(session, &store, std::slice::from_ref(&meta)).await;
        schemas.push(schema.map_err(|error| blame(sentence(&error)))?);
        metas.push(meta);
    }
    Ok((schemas, metas))
}

async fn meta(store: &Arc<dyn ObjectStore>, part: &Part) -> Result<ObjectMeta, String> {
    // Without `..` and links, which the store knows nothing of.
    let place = std::fs::canonicalize(&part.file).map_err(|error| error.to_string())?;
    let place = ObjectPath::from_absolute_path(place);
    store.head(&place.map_err(|error| error.to_string())?).await.map_err(|error| error.to_string())
}
