//! Shape of a table, determined before its rows are read: its columns, and how to read each file.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};

use super::csv_layout::CsvLayout;
use super::csv_survey::CsvSurvey;
use super::each_part::each;
use super::format::FileFormat;
use super::guard::guarded;
use super::json_kind::JsonKind;
use super::repetition::refuse_repetition;
use super::row_groups::Footer;
use super::seen::SeenForms;
use super::text_form::Forms;
use super::{arrow_ipc, csv_survey, hive, json, json_columns, nested, row_groups, schema};
use crate::config::{ReadAs, TextType};
use crate::engine::source::file::SourceFile;
use crate::engine::types::type_name;

/// Columns of a table, with the parameters to read its files.
#[derive(Debug)]
pub(super) struct Shape {
    /// The columns in the files.
    pub(super) files: SchemaRef,
    /// The columns in the names of the folders.
    pub(super) folders: Vec<FieldRef>,
    /// The columns of files and folders.
    pub(super) all: SchemaRef,
    /// Nullability of each column as the files declare it, by its path.
    pub(super) nullable: BTreeMap<String, bool>,
    /// A value with leading zeros, for columns of whole numbers without a declared type.
    pub(super) padded: BTreeMap<String, String>,
    /// The reader of the files.
    pub(super) reader: Reader,
}

/// Reader of the files of a table.
#[derive(Debug)]
pub(super) enum Reader {
    /// Reads some row groups at a time, with the footer of each file.
    RowGroups(Arc<[Footer]>),
    /// Reads from the first byte to the last.
    Whole(Arc<WholeFile>),
}

/// Reader of a whole file.
#[derive(Debug)]
pub(super) enum WholeFile {
    /// Reads CSV, with the layout of each file.
    Csv(Vec<CsvLayout>),
    /// Reads JSON lines, with their columns.
    Json(Vec<json_columns::JsonColumn>),
    ArrowIpc,
}

/// Findings about the files of a table.
struct Files {
    schema: SchemaRef,
    nullable: BTreeMap<String, bool>,
    padded: BTreeMap<String, String>,
    reader: Reader,
}

/// Determines the shape of a table, with at most `threads` threads.
///
/// # Errors
///
/// A file cannot be read, or two files differ.
pub(super) async fn find(
    path: &str,
    format: FileFormat,
    parts: &Arc<Vec<SourceFile>>,
    read_as: &Arc<ReadAs>,
    threads: usize,
) -> Result<Shape, String> {
    // WholeFile files are read here, which would block the engine's own threads.
    let (path, of, by) = (path.to_owned(), Arc::clone(parts), Arc::clone(read_as));
    let found = tokio::task::spawn_blocking(move || guarded(|| files(&path, format, &of, &by, threads))).await;
    let Files { schema, nullable, mut padded, reader } =
        found.map_err(|error| format!("cannot be read: {error}"))??;
    let folders = hive::fields(parts, read_as)?;
    padded.extend(hive::padded(parts, &folders, read_as));
    let all = schema::with_folders(&schema, &folders)?;
    Ok(Shape { files: schema, folders, all, nullable, padded, reader })
}

fn files(
    path: &str,
    format: FileFormat,
    parts: &[SourceFile],
    read_as: &ReadAs,
    threads: usize,
) -> Result<Files, String> {
    // With many files, one thread reads each.
    let inside = if parts.len() < 2 { threads } else { 1 };
    match format {
        FileFormat::Csv | FileFormat::Tsv => {
            let found = each(path, parts, threads, |part| csv_file(part, format, read_as, inside))?;
            csv_files(parts, found, read_as)
        }
        FileFormat::JsonLines => {
            let found = each(path, parts, threads, |part| json::survey(part, read_as, inside))?;
            json_files(parts, found, read_as)
        }
        FileFormat::ArrowIpc => {
            let (schemas, rows): (Vec<_>, Vec<u64>) =
                each(path, parts, threads, arrow_ipc::schema)?.into_iter().unzip();
            refuse_repetition(parts, rows.into_iter())?;
            let reader = Reader::Whole(Arc::new(WholeFile::ArrowIpc));
            declared_files(parts, &schemas, format, read_as, reader)
        }
        FileFormat::Parquet => {
            let footers = each(path, parts, threads, row_groups::footer)?;
            refuse_repetition(parts, footers.iter().flat_map(Footer::rows))?;
            let schemas: Vec<SchemaRef> = footers.iter().map(|footer| Arc::clone(footer.schema())).collect();
            declared_files(parts, &schemas, format, read_as, Reader::RowGroups(footers.into()))
        }
    }
}

/// Returns the shape of files that declare the types of their columns.
fn declared_files(
    parts: &[SourceFile],
    schemas: &[SchemaRef],
    format: FileFormat,
    read_as: &ReadAs,
    reader: Reader,
) -> Result<Files, String> {
    let mut schema = schema::declared(parts, schemas)?;
    if !read_as.na.is_empty() {
        return Err(format!(
            "`na` lists words for null in text formats, but {format} has nulls of its own; use the check `missing` to count words"
        ));
    }
    refuse_dialect(read_as, format)?;
    for declared in &read_as.types {
        let name = &declared.column.value;
        let Ok(field) = schema.field_with_name(name) else { continue };
        let found = type_name(field.data_type());
        if declared.is == TextType::Text && found == "binary" {
            schema = Arc::new(with_text(&schema, name));
        } else if found != declared.is.name() {
            return Err(format!(
                "`types` declares `{name}` as {}, but {format} has it as {found}; `types` is for text formats, and for bytes \
                 that are text",
                declared.is
            ));
        }
    }
    Ok(Files { schema, nullable: nested::nullable(schemas), padded: BTreeMap::new(), reader })
}

/// Returns the schema with a column of bytes as text.
fn with_text(schema: &Schema, name: &str) -> Schema {
    let fields = schema.fields().iter().map(|field| {
        if field.name() == name {
            Arc::new(Field::clone(field).with_data_type(DataType::Utf8View))
        } else {
            Arc::clone(field)
        }
    });
    Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone())
}

/// Refuses a dialect of CSV for files of another format.
fn refuse_dialect(read_as: &ReadAs, format: FileFormat) -> Result<(), String> {
    match &read_as.csv {
        Some(_) => Err(format!("`csv` says how CSV and TSV are written, but the files are {format}; remove it")),
        None => Ok(()),
    }
}

/// Result of the first pass over a CSV file.
struct CsvFile {
    layout: CsvLayout,
    /// For each column, the forms of its values, and a value with leading zeros.
    columns: Vec<(Forms, Option<String>)>,
}

fn csv_file(part: &SourceFile, format: FileFormat, read_as: &ReadAs, threads: usize) -> Result<CsvFile, String> {
    let CsvSurvey { layout, columns } = csv_survey::survey(part, format, read_as, threads)?;
    let forms = |(name, seen): (&String, &SeenForms)| {
        let forms = seen.forms(name, read_as.type_of(name), "row")?;
        Ok((forms, seen.padded().map(str::to_owned)))
    };
    let columns = layout.header.iter().zip(&columns).map(forms).collect::<Result<Vec<_>, String>>()?;
    Ok(CsvFile { layout, columns })
}

/// Returns the columns of CSV files, in the order of the first.
fn csv_files(parts: &[SourceFile], files: Vec<CsvFile>, read_as: &ReadAs) -> Result<Files, String> {
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
    let reader = Reader::Whole(Arc::new(WholeFile::Csv(layouts)));
    // Text declares nothing: a file without nulls does not promise that the next one has none.
    Ok(Files { schema, nullable: BTreeMap::new(), padded, reader })
}

/// Returns the columns of JSON lines files, in the order of the first.
fn json_files(parts: &[SourceFile], files: Vec<json::JsonSurvey>, read_as: &ReadAs) -> Result<Files, String> {
    refuse_dialect(read_as, FileFormat::JsonLines)?;
    let names = |kind: &JsonKind| match kind {
        JsonKind::Map(keys) => keys.iter().map(|key| key.name.clone()).collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    let first = files.first().map(|file| names(&file.kind)).unwrap_or_default();
    let (mut all, mut times) = (JsonKind::Null, BTreeMap::<String, Forms>::new());
    for (part, file) in parts.iter().zip(files) {
        schema::same_names(&parts[0], &first, part, &names(&file.kind))?;
        // Keys of later files come later, whatever their lines.
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
    let field = |column: &json_columns::JsonColumn| {
        let field = Field::new(&column.name, column.data_type(), true);
        if column.is_mixed() { field.with_metadata([(MIXED.to_owned(), String::new())].into()) } else { field }
    };
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    let reader = Reader::Whole(Arc::new(WholeFile::Json(columns)));
    Ok(Files { schema, nullable: BTreeMap::new(), padded: BTreeMap::new(), reader })
}

/// The metadata key of a column with values of incompatible types; it exists but cannot be read.
pub(super) const MIXED: &str = "mlgate.mixed";
