//! What is found out about a table before its rows are read: its columns, and how each file is to be read.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};

use super::csv_layout::Layout;
use super::csv_survey::{self, Survey};
use super::each_part::each;
use super::format::Format;
use super::guard::guarded;
use super::json_kind::Kind;
use super::part::Part;
use super::row_groups::Footer;
use super::seen::Seen;
use super::text_form::Forms;
use super::{arrow_ipc, hive, json, json_columns, nested, row_groups, schema};
use crate::config::ReadAs;
use crate::engine::types::type_name;

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
    /// A value with zeros before it, of columns of whole numbers that have one where no type is declared.
    pub(super) padded: BTreeMap<String, String>,
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
    Json(Vec<json_columns::Column>),
    ArrowIpc,
}

/// What is found out about the files of a table.
struct Files {
    schema: SchemaRef,
    nullable: BTreeMap<String, bool>,
    padded: BTreeMap<String, String>,
    reader: Reader,
}

/// Finds out the shape of a table, with at most so many threads.
///
/// # Errors
///
/// A file cannot be read, or two of them differ.
pub(super) async fn find(
    path: &str,
    format: Format,
    parts: &Arc<Vec<Part>>,
    read_as: &Arc<ReadAs>,
    threads: usize,
) -> Result<Shape, String> {
    // Whole files are read here, which would hold up the engine's own threads.
    let (path, of, by) = (path.to_owned(), Arc::clone(parts), Arc::clone(read_as));
    let found = tokio::task::spawn_blocking(move || guarded(|| files(&path, format, &of, &by, threads))).await;
    let Files { schema, nullable, mut padded, reader } =
        found.map_err(|error| format!("cannot be read: {error}"))??;
    let folders = hive::fields(parts, read_as)?;
    padded.extend(hive::padded(parts, &folders, read_as));
    let all = schema::with_folders(&schema, &folders)?;
    Ok(Shape { files: schema, folders, all, nullable, padded, reader })
}

fn files(path: &str, format: Format, parts: &[Part], read_as: &ReadAs, threads: usize) -> Result<Files, String> {
    // Where there are many files, each is read by one thread.
    let inside = if parts.len() < 2 { threads } else { 1 };
    match format {
        Format::Csv | Format::Tsv => {
            let found = each(path, parts, threads, |part| csv_file(part, format, read_as, inside))?;
            csv_files(parts, found, read_as)
        }
        Format::JsonLines => {
            let found = each(path, parts, threads, |part| json::survey(part, read_as, inside))?;
            json_files(parts, found, read_as)
        }
        Format::ArrowIpc => {
            let schemas = each(path, parts, threads, arrow_ipc::schema)?;
            let reader = Reader::Whole(Arc::new(Whole::ArrowIpc));
            declared_files(parts, &schemas, format, read_as, reader)
        }
        Format::Parquet => {
            let footers = each(path, parts, threads, row_groups::footer)?;
            let schemas: Vec<SchemaRef> = footers.iter().map(|footer| Arc::clone(footer.schema())).collect();
            declared_files(parts, &schemas, format, read_as, Reader::RowGroups(footers.into()))
        }
    }
}

/// Files that declare the types of their columns.
fn declared_files(
    parts: &[Part],
    schemas: &[SchemaRef],
    format: Format,
    read_as: &ReadAs,
    reader: Reader,
) -> Result<Files, String> {
    let schema = schema::declared(parts, schemas)?;
    if !read_as.na.is_empty() {
        return Err(format!(
            "`na` lists words for null in text formats, but {format} has nulls of its own; use the check `missing` to count words"
        ));
    }
    for declared in &read_as.types {
        let name = &declared.column.value;
        let Ok(field) = schema.field_with_name(name) else { continue };
        let found = type_name(field.data_type());
        if found != declared.is.name() {
            return Err(format!(
                "`types` declares `{name}` as {}, but {format} has it as {found}; `types` is only for text formats",
                declared.is
            ));
        }
    }
    Ok(Files { schema, nullable: nested::nullable(schemas), padded: BTreeMap::new(), reader })
}

/// A CSV file after its first reading.
struct CsvFile {
    layout: Layout,
    /// Of each column the forms of its values, and one that begins with zeros.
    columns: Vec<(Forms, Option<String>)>,
}

fn csv_file(part: &Part, format: Format, read_as: &ReadAs, threads: usize) -> Result<CsvFile, String> {
    let Survey { layout, columns } = csv_survey::survey(part, format, read_as, threads)?;
    let forms = |(name, seen): (&String, &Seen)| {
        let forms = seen.forms(name, read_as.type_of(name), "row")?;
        Ok((forms, seen.padded().map(str::to_owned)))
    };
    let columns = layout.header.iter().zip(&columns).map(forms).collect::<Result<Vec<_>, String>>()?;
    Ok(CsvFile { layout, columns })
}

/// The columns of CSV files, in the order of the first.
fn csv_files(parts: &[Part], files: Vec<CsvFile>, read_as: &ReadAs) -> Result<Files, String> {
    let Some(first) = files.first() else { return Err("there are no files".to_owned()) };
    let header = &first.layout.header;
    let mut forms: Vec<Forms> = first.columns.iter().map(|(forms, _)| *forms).collect();
    let mut padded: Vec<Option<&String>> = first.columns.iter().map(|(_, padded)| padded.as_ref()).collect();
    for (part, file) in parts.iter().zip(&files).skip(1) {
        schema::same_names(&parts[0], header, part, &file.layout.header)?;
        let places: HashMap<&String, usize> = file.layout.header.iter().zip(0..).collect();
        for (at, name) in header.iter().enumerate() {
            let Some((theirs, zeros)) = places.get(name).map(|place| &file.columns[*place]) else { continue };
            let both =
                if read_as.type_of(name).is_some() { Some(forms[at].with(*theirs)) } else { forms[at].merged(*theirs) };
            forms[at] = both.ok_or_else(|| {
                let other = Field::new(name, theirs.data_type(), true);
                schema::differ(&parts[0], &forms[at].data_type(), part, &other)
            })?;
            padded[at] = padded[at].or(zeros.as_ref());
        }
    }
    let field = |(name, forms): (&String, &Forms)| {
        let data_type = read_as.type_of(name).map_or_else(|| forms.data_type(), |declared| forms.declared(declared));
        Field::new(name, data_type, true)
    };
    let schema = Arc::new(Schema::new(header.iter().zip(&forms).map(field).collect::<Vec<_>>()));
    let whole = header
        .iter()
        .zip(padded)
        .zip(&forms)
        .filter(|((name, _), forms)| forms.are_whole() && read_as.type_of(name).is_none());
    let padded = whole.filter_map(|((name, padded), _)| Some((name.clone(), padded?.clone()))).collect();
    let layouts = files.into_iter().map(|file| file.layout).collect();
    let reader = Reader::Whole(Arc::new(Whole::Csv(layouts)));
    // Text declares nothing: that a file holds no nulls is no promise that the next one holds none.
    Ok(Files { schema, nullable: BTreeMap::new(), padded, reader })
}

/// The columns of files of JSON lines, in the order of the first.
fn json_files(parts: &[Part], files: Vec<json::Survey>, read_as: &ReadAs) -> Result<Files, String> {
    let names = |kind: &Kind| match kind {
        Kind::Map(keys) => keys.iter().map(|key| key.name.clone()).collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    let first = files.first().map(|file| names(&file.kind)).unwrap_or_default();
    let (mut all, mut times) = (Kind::Null, BTreeMap::<String, Forms>::new());
    for (part, file) in parts.iter().zip(files) {
        schema::same_names(&parts[0], &first, part, &names(&file.kind))?;
        // The keys of later files come later, whatever their lines.
        all.append(file.kind);
        for (name, forms) in file.times {
            let known = times.entry(name).or_default();
            *known = known.with(forms);
        }
    }
    let mut columns = json_columns::columns(&all, read_as)?;
    for column in &mut columns {
        column.forms = times.get(&column.name).copied().unwrap_or_default();
    }
    let field = |column: &json_columns::Column| {
        let field = Field::new(&column.name, column.data_type(), true);
        if column.is_mixed() { field.with_metadata([(MIXED.to_owned(), String::new())].into()) } else { field }
    };
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    let reader = Reader::Whole(Arc::new(Whole::Json(columns)));
    Ok(Files { schema, nullable: BTreeMap::new(), padded: BTreeMap::new(), reader })
}

/// The mark of a column whose values are of types that do not fit; it is there, and cannot be read.
pub(super) const MIXED: &str = "mlgate.mixed";
