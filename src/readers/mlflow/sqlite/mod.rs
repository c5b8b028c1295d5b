//! MLflow's SQLite file, from version 1.0 to 3.x.
//!
//! Columns are asked for by name, and those that a version does not have yet are left out. The file may come from a change:
//! its schema is not trusted, and names must be those of tables, because a view could compute for ever.

mod connect;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, ToSql, params};

use super::store::{
    DEFAULT_WORKSPACE, DELETED_STAGE, FoundRun, LatestValue, RunFilter, RunStore, StoredRun, StoredVersion,
    WantedVersion, WriteError, status, stored,
};
use crate::readers::ReadLimits;

pub(super) use connect::MAGIC;
use connect::broken;

/// An open SQLite file.
pub(super) struct SqliteStore {
    path: PathBuf,
    connection: Connection,
    /// The columns of each table that is used.
    columns: BTreeMap<&'static str, BTreeSet<String>>,
    workspace: String,
    most: usize,
}

const TABLES: [&str; 11] = [
    "experiments",
    "runs",
    "metrics",
    "latest_metrics",
    "params",
    "tags",
    "registered_models",
    "model_versions",
    "model_version_tags",
    "registered_model_aliases",
    "logged_models",
];

impl SqliteStore {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// It is not an SQLite file, cannot be read, or is not MLflow's.
    pub(super) fn open(path: &Path, workspace: Option<&str>, limits: &ReadLimits) -> Result<Self, String> {
        let connection = connect::reading(path)?;
        let mut columns = BTreeMap::new();
        for table in TABLES {
            columns.insert(table, columns_of(&connection, table)?);
        }
        let store = Self {
            path: path.to_owned(),
            connection,
            columns,
            workspace: workspace.unwrap_or(DEFAULT_WORKSPACE).to_owned(),
            most: limits.entries,
        };
        if !store.has("runs", "run_uuid") || !store.has("experiments", "name") {
            return Err("it is an SQLite file, but not MLflow's: it has no tables `runs` and `experiments`".to_owned());
        }
        Ok(store)
    }

    fn has(&self, table: &str, column: &str) -> bool {
        self.columns.get(table).is_some_and(|columns| columns.contains(column))
    }

    /// Returns a column, or a constant where the table does not have it.
    fn column(&self, table: &str, column: &str, missing: &str) -> String {
        if self.has(table, column) { format!("{table}.{column}") } else { missing.to_owned() }
    }

    /// Returns the condition that rows of a table belong to the workspace; `?1` is the workspace.
    fn in_workspace(&self, table: &str) -> String {
        format!("{} = ?1", self.column(table, "workspace", &format!("'{DEFAULT_WORKSPACE}'")))
    }

    fn rows<T>(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
        take: impl Fn(&Row<'_>) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let mut statement = self.connection.prepare(sql).map_err(broken)?;
        let mut rows = statement.query(parameters).map_err(broken)?;
        let mut taken = Vec::new();
        while let Some(row) = rows.next().map_err(broken)? {
            if taken.len() >= self.most {
                return Err(format!("it has too many rows of one run or model; limit: {}", self.most));
            }
            taken.push(take(row)?);
        }
        Ok(taken)
    }

    fn metrics(&self, id: &str) -> Result<BTreeMap<String, LatestValue>, String> {
        // `latest_metrics` is what the interface answers with; files from before it are ordered here by its rule.
        let table = if self.columns["latest_metrics"].is_empty() { "metrics" } else { "latest_metrics" };
        let step = self.column(table, "step", "0");
        let is_nan = self.column(table, "is_nan", "0");
        let sql = if table == "metrics" {
            format!(
                "SELECT key, value, {step}, {is_nan} FROM (SELECT *, ROW_NUMBER() OVER \
                 (PARTITION BY key ORDER BY {step} DESC, timestamp DESC, value DESC) AS place FROM metrics WHERE run_uuid = ?1) \
                 AS metrics WHERE place = 1"
            )
        } else {
            format!("SELECT key, value, {step}, {is_nan} FROM {table} WHERE run_uuid = ?1")
        };
        let rows = self.rows(&sql, params![id], |row| {
            let is_nan = whole(row, 3)?.unwrap_or_default() != 0;
            // A NaN is stored as 0 with a mark.
            let value = if is_nan { f64::NAN } else { stored(float(row, 1)?) };
            Ok((
                text(row, 0)?.ok_or("a metric has no name")?,
                LatestValue { value, step: whole(row, 2)?.unwrap_or_default() },
            ))
        })?;
        Ok(rows.into_iter().collect())
    }

    fn pairs(&self, table: &str, id: &str) -> Result<BTreeMap<String, String>, String> {
        if self.columns.get(table).is_none_or(BTreeSet::is_empty) {
            return Ok(BTreeMap::new());
        }
        let rows = self.rows(&format!("SELECT key, value FROM {table} WHERE run_uuid = ?1"), params![id], |row| {
            Ok((text(row, 0)?.unwrap_or_default(), text(row, 1)?.unwrap_or_default()))
        })?;
        Ok(rows.into_iter().collect())
    }
}

impl RunStore for SqliteStore {
    fn run(&self, id: &str) -> Result<Option<StoredRun>, String> {
        let sql = format!(
            "SELECT runs.run_uuid, runs.experiment_id, {name}, runs.status, {stage}, runs.start_time, {artifacts} \
             FROM runs JOIN experiments ON experiments.experiment_id = runs.experiment_id \
             WHERE {workspace} AND runs.run_uuid = ?2",
            name = self.column("runs", "name", "NULL"),
            stage = self.column("runs", "lifecycle_stage", "'active'"),
            artifacts = self.column("runs", "artifact_uri", "NULL"),
            workspace = self.in_workspace("experiments"),
        );
        let found = self.rows(&sql, params![self.workspace, id], |row| {
            Ok(StoredRun {
                id: text(row, 0)?.unwrap_or_default(),
                experiment: text(row, 1)?.unwrap_or_default(),
                name: text(row, 2)?,
                status: text(row, 3)?.as_deref().and_then(status),
                is_deleted: text(row, 4)?.is_some_and(|stage| stage == "deleted"),
                started: whole(row, 5)?,
                artifact_uri: text(row, 6)?,
                ..StoredRun::default()
            })
        })?;
        let Some(mut run) = found.into_iter().next() else { return Ok(None) };
        run.metrics = self.metrics(&run.id)?;
        run.params = self.pairs("params", &run.id)?;
        run.tags = self.pairs("tags", &run.id)?;
        Ok(Some(run))
    }

    fn experiment(&self, name: &str) -> Result<Option<String>, String> {
        let sql = format!(
            "SELECT experiment_id FROM experiments WHERE {workspace} AND {stage} = 'active' \
             AND (name = ?2 OR CAST(experiment_id AS TEXT) = ?2) ORDER BY name = ?2 DESC",
            workspace = self.in_workspace("experiments"),
            stage = self.column("experiments", "lifecycle_stage", "'active'"),
        );
        let found = self.rows(&sql, params![self.workspace, name], |row| Ok(text(row, 0)?.unwrap_or_default()))?;
        Ok(found.into_iter().next())
    }

    fn search(&self, filter: &RunFilter) -> Result<Vec<FoundRun>, String> {
        let mut sql = format!(
            "SELECT runs.run_uuid, runs.status, runs.start_time \
             FROM runs JOIN experiments ON experiments.experiment_id = runs.experiment_id \
             WHERE {workspace} AND {stage} = 'active'",
            workspace = self.in_workspace("experiments"),
            stage = self.column("runs", "lifecycle_stage", "'active'"),
        );
        let mut parameters: Vec<&dyn ToSql> = vec![&self.workspace];
        if let Some(experiment) = &filter.experiment {
            parameters.push(experiment);
            let _ = write!(sql, " AND CAST(runs.experiment_id AS TEXT) = ?{}", parameters.len());
        }
        for (key, value) in &filter.tags {
            parameters.extend([key as &dyn ToSql, value]);
            let at = parameters.len();
            let _ = write!(
                sql,
                " AND EXISTS (SELECT 1 FROM tags WHERE tags.run_uuid = runs.run_uuid \
                 AND tags.key = ?{} AND tags.value = ?{at})",
                at - 1
            );
        }
        sql += " ORDER BY runs.status = 'FINISHED' DESC, runs.start_time DESC, runs.run_uuid LIMIT 1";
        self.rows(&sql, &parameters, |row| {
            let id = text(row, 0)?.unwrap_or_default();
            Ok(FoundRun { id, status: text(row, 1)?.as_deref().and_then(status), started: whole(row, 2)? })
        })
    }

    fn version(&self, model: &str, wanted: &WantedVersion) -> Result<StoredVersion, String> {
        if self.columns["model_versions"].is_empty() {
            return Err("this store is from before MLflow's model registry".to_owned());
        }
        let known = format!(
            "SELECT name FROM registered_models WHERE {} AND name = ?2",
            self.in_workspace("registered_models")
        );
        if self.rows(&known, params![self.workspace, model], |row| text(row, 0))?.is_empty() {
            return Err(format!("there is no registered model `{model}`"));
        }
        let stage = self.column("model_versions", "current_stage", "''");
        let mut sql = format!(
            "SELECT version, run_id, {source}, {storage}, {state} FROM model_versions WHERE {workspace} AND name = ?2 \
             AND COALESCE({stage}, '') <> '{DELETED_STAGE}'",
            source = self.column("model_versions", "source", "NULL"),
            storage = self.column("model_versions", "storage_location", "NULL"),
            state = self.column("model_versions", "status", "NULL"),
            workspace = self.in_workspace("model_versions"),
        );
        let condition = match wanted {
            WantedVersion::Alias(_) if self.columns["registered_model_aliases"].is_empty() => {
                return Err("this store is from before MLflow's aliases; use `version=`".to_owned());
            }
            WantedVersion::Alias(alias) => Some((
                format!(
                    "version = (SELECT version FROM registered_model_aliases WHERE {} AND name = ?2 AND alias = ?3)",
                    self.in_workspace("registered_model_aliases")
                ),
                alias.clone(),
            )),
            WantedVersion::Number(number) => Some(("CAST(version AS TEXT) = ?3".to_owned(), number.to_string())),
            WantedVersion::Stage(name) => Some((format!("LOWER({stage}) = LOWER(?3)"), name.clone())),
            WantedVersion::Latest => None,
        };
        let mut parameters: Vec<&dyn ToSql> = vec![&self.workspace, &model];
        if let Some((condition, value)) = &condition {
            let _ = write!(sql, " AND {condition}");
            parameters.push(value);
        }
        sql += " ORDER BY version DESC LIMIT 1";
        let found = self.rows(&sql, &parameters, |row| {
            Ok(StoredVersion {
                model: model.to_owned(),
                version: u64::try_from(whole(row, 0)?.unwrap_or_default()).unwrap_or_default(),
                run: text(row, 1)?.filter(|id| !id.is_empty()),
                source: text(row, 2)?,
                storage: text(row, 3)?,
                state: text(row, 4)?,
            })
        })?;
        found.into_iter().next().ok_or_else(|| wanted.missing(model))
    }

    fn run_of_logged_model(&self, id: &str) -> Result<Option<String>, String> {
        if !self.has("logged_models", "source_run_id") {
            return Ok(None);
        }
        let sql = "SELECT source_run_id FROM logged_models WHERE model_id = ?1";
        Ok(self.rows(sql, params![id], |row| text(row, 0))?.into_iter().flatten().next())
    }

    fn tag_run(&self, run: &str, key: &str, value: &str) -> Result<(), WriteError> {
        self.replace("tags", &[("key", &key), ("value", &value), ("run_uuid", &run)])
    }

    fn tag_version(&self, version: &StoredVersion, key: &str, value: &str) -> Result<(), WriteError> {
        let number = i64::try_from(version.version).unwrap_or_default();
        let values: [(&str, &dyn ToSql); 4] =
            [("name", &version.model), ("version", &number), ("key", &key), ("value", &value)];
        self.replace("model_version_tags", &values)
    }

    fn set_alias(&self, version: &StoredVersion, alias: &str) -> Result<(), WriteError> {
        let number = i64::try_from(version.version).unwrap_or_default();
        self.replace("registered_model_aliases", &[("name", &version.model), ("version", &number), ("alias", &alias)])
    }
}

fn columns_of(connection: &Connection, table: &str) -> Result<BTreeSet<String>, String> {
    let kind =
        connection.query_row("SELECT type FROM sqlite_master WHERE name = ?1", [table], |row| row.get::<_, String>(0));
    match kind {
        Ok(kind) if kind == "table" => {}
        Ok(kind) => return Err(format!("`{table}` is a {kind} in it, where MLflow has a table")),
        Err(rusqlite::Error::QueryReturnedNoRows) => return Ok(BTreeSet::new()),
        Err(error) => return Err(broken(error)),
    }
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)").map_err(broken)?;
    let names = statement.query_map([table], |row| row.get::<_, String>(0)).map_err(broken)?;
    names.collect::<Result<_, _>>().map_err(broken)
}

fn text(row: &Row<'_>, at: usize) -> Result<Option<String>, String> {
    Ok(match row.get_ref(at).map_err(broken)? {
        ValueRef::Null => None,
        ValueRef::Text(bytes) => Some(String::from_utf8(bytes.to_vec()).map_err(|_| "a text in it is not UTF-8")?),
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Blob(_) => return Err("it has bytes where MLflow has a text".to_owned()),
    })
}

fn whole(row: &Row<'_>, at: usize) -> Result<Option<i64>, String> {
    match row.get_ref(at).map_err(broken)? {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(number) => Ok(Some(number)),
        _ => Err("it has something else where MLflow has a whole number".to_owned()),
    }
}

fn float(row: &Row<'_>, at: usize) -> Result<f64, String> {
    match row.get_ref(at).map_err(broken)? {
        ValueRef::Real(number) => Ok(number),
        #[expect(clippy::cast_precision_loss, reason = "a column of floats holds no larger integers")]
        ValueRef::Integer(number) => Ok(number as f64),
        // SQLite itself stores no NaN, and turns it into NULL.
        ValueRef::Null => Ok(f64::NAN),
        _ => Err("a metric in it is not a number".to_owned()),
    }
}
