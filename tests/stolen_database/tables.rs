//! Tables as a thief has them: the copied files of SQLite, or a dump of PostgreSQL, without any key.

use std::process::Command;

use sea_orm::{ConnectionTrait, Database as SeaDatabase, DatabaseConnection, Statement};

use crate::{stored_bytes::pg_dump, world::World};

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// No value.
    Null,
    /// Bytes or an id, as hexadecimal digits.
    Bytes(String),
    /// Anything else, as text.
    Text(String),
}

/// A table with its rows in the order in which they are stored.
pub struct StolenTable {
    /// Its name.
    pub name: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
}

impl StolenTable {
    /// The value of a row in a column.
    pub fn cell<'a>(&self, row: &'a [Cell], column: &str) -> &'a Cell {
        let index = self.columns.iter().position(|name| name == column);
        &row[index.unwrap_or_else(|| panic!("{} has no {column}", self.name))]
    }
}

/// Every table of the database of a running server.
pub async fn steal(world: &World) -> Vec<StolenTable> {
    match &world.database.folder {
        Some(folder) => {
            let copy = tempfile::tempdir().unwrap();
            for file in std::fs::read_dir(folder.path()).unwrap() {
                let file = file.unwrap();
                std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
            }
            let url = format!("sqlite://{}", copy.path().join("fieldgate.sqlite").display());
            read_sqlite(&SeaDatabase::connect(url).await.unwrap()).await
        }
        None => {
            let dump = Command::new(pg_dump()).args(["--data-only", "--dbname", &world.database.url]).output().unwrap();
            assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
            read_dump(&String::from_utf8(dump.stdout).unwrap())
        }
    }
}

async fn read_sqlite(db: &DatabaseConnection) -> Vec<StolenTable> {
    let texts = async |sql: String| {
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect::<Vec<_>>()
    };
    let mut tables = Vec::new();
    for name in texts("SELECT name FROM sqlite_master WHERE type = 'table'".to_owned()).await {
        let columns = texts(format!("SELECT name FROM pragma_table_info('{name}') ORDER BY cid")).await;
        // One text for each row: the literals of its values, separated by a character that no literal has.
        let literals: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
        let sql = format!("SELECT {} FROM \"{name}\" ORDER BY rowid", literals.join(" || char(31) || "));
        let rows = texts(sql).await;
        let rows = rows.iter().map(|row| row.split('\u{1f}').map(sqlite_cell).collect()).collect();
        tables.push(StolenTable { name, columns, rows });
    }
    tables
}

fn sqlite_cell(literal: &str) -> Cell {
    match literal.strip_prefix("X'") {
        Some(digits) => Cell::Bytes(digits.trim_end_matches('\'').to_lowercase()),
        None if literal == "NULL" => Cell::Null,
        None => Cell::Text(literal.trim_matches('\'').to_owned()),
    }
}

/// The rows of a dump: `COPY public.name (columns) FROM stdin;`, a line for each row, and `\.`.
fn read_dump(dump: &str) -> Vec<StolenTable> {
    let mut tables = Vec::new();
    let mut lines = dump.lines();
    while let Some(line) = lines.next() {
        let Some((name, columns)) = line.strip_prefix("COPY public.").and_then(|rest| rest.split_once(" (")) else {
            continue;
        };
        let columns = columns.trim_end_matches(") FROM stdin;").split(", ");
        let columns = columns.map(|column| column.trim_matches('"').to_owned()).collect();
        let rows = lines.by_ref().take_while(|line| *line != "\\.");
        let rows = rows.map(|row| row.split('\t').map(postgres_cell).collect()).collect();
        tables.push(StolenTable { name: name.trim_matches('"').to_owned(), columns, rows });
    }
    tables
}

fn postgres_cell(text: &str) -> Cell {
    match (text.strip_prefix("\\\\x"), uuid::Uuid::parse_str(text)) {
        (Some(digits), _) => Cell::Bytes(digits.to_owned()),
        (None, Ok(id)) => Cell::Bytes(id.simple().to_string()),
        (None, Err(_)) if text == "\\N" => Cell::Null,
        (None, Err(_)) => Cell::Text(text.to_owned()),
    }
}
