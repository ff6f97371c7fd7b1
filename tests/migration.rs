//! Migrations: down and up again gives the same tables, and indexes and foreign keys include the tenant.

use migration::{Migrator, MigratorTrait};
use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use store::registry::TABLES;

use crate::world::{DatabaseKind, Postgres, Sqlite, database::TestDatabase, each_database};

/// Indexes that do not start with the tenant, each with its reason.
const ACROSS_TENANTS: &[(&str, &str)] = &[
    ("tenant(slug)", "a slug names a tenant before any tenant is known; it is unique in the installation"),
    ("change(id)", "the linker looks for what is not linked yet, in all tenants"),
];

/// The table of applied migrations.
const HISTORY: &str = "seaql_migrations";

/// Every table, column, constraint and index, one per line.
async fn catalogue(db: &DatabaseConnection, database: DatabaseKind) -> Vec<String> {
    let sql = match database {
        Sqlite => {
            "SELECT type || ' ' || name || ' ' || COALESCE(sql, '') AS line FROM sqlite_master \
             WHERE tbl_name <> 'seaql_migrations' ORDER BY line"
        }
        Postgres => {
            "SELECT line FROM ( \
             SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' \
             || COALESCE(collation_name, '') || ' ' || COALESCE(column_default, '') AS line \
             FROM information_schema.columns WHERE table_schema = 'public' \
             UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' \
             UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) \
             FROM pg_constraint WHERE connamespace = 'public'::regnamespace) AS lines \
             WHERE line NOT LIKE '%seaql_migrations%' ORDER BY line"
        }
    };
    texts(db, sql, "line").await
}

async fn tables(db: &DatabaseConnection, database: DatabaseKind) -> Vec<String> {
    let sql = match database {
        Sqlite => "SELECT name AS line FROM sqlite_master WHERE type = 'table' ORDER BY name",
        Postgres => "SELECT tablename AS line FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
    };
    let all = texts(db, sql, "line").await;
    all.into_iter().filter(|table| table != HISTORY).collect()
}

async fn texts(db: &DatabaseConnection, sql: &str, column: &str) -> Vec<String> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get("", column).unwrap()).collect()
}

/// The columns of every index of a table in their order, including primary keys.
async fn indexes(db: &DatabaseConnection, database: DatabaseKind, table: &str) -> Vec<Vec<String>> {
    let list = match database {
        Sqlite => {
            let mut list = Vec::new();
            for index in texts(db, &format!("SELECT name FROM pragma_index_list('{table}')"), "name").await {
                list.push(
                    texts(db, &format!("SELECT name FROM pragma_index_info('{index}') ORDER BY seqno"), "name").await,
                );
            }
            return list;
        }
        Postgres => {
            let sql = format!(
                "SELECT (SELECT string_agg(a.attname, ',' ORDER BY k.place) \
                   FROM unnest(i.indkey::int[]) WITH ORDINALITY k(number, place) \
                   JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number) AS columns \
                 FROM pg_index i WHERE i.indrelid = '\"{table}\"'::regclass"
            );
            texts(db, &sql, "columns").await
        }
    };
    list.iter().map(|columns| columns.split(',').map(str::to_owned).collect()).collect()
}

/// The columns of every foreign key of a table, with the table and columns that it refers to.
async fn foreign_keys(db: &DatabaseConnection, database: DatabaseKind, table: &str) -> Vec<String> {
    let sql = match database {
        Sqlite => format!(
            "SELECT GROUP_CONCAT(\"from\", ',') || ' -> ' || \"table\" || ' ' || GROUP_CONCAT(\"to\", ',') AS line \
             FROM (SELECT * FROM pragma_foreign_key_list('{table}') ORDER BY id, seq) GROUP BY id ORDER BY line"
        ),
        Postgres => format!(
            "SELECT (SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY k(number, place) \
               JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) || ' -> ' || c.confrelid::regclass || ' ' || \
               (SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest(c.confkey) WITH ORDINALITY k(number, place) \
               JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number) AS line \
             FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = '\"{table}\"'::regclass ORDER BY line"
        ),
    };
    texts(db, &sql, "line").await
}

/// The command drops no table unless it is told so twice.
#[tokio::test]
async fn migrate_down_asks_for_a_second_word() {
    let folder = tempfile::tempdir().unwrap();
    let migrate = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_fieldgate"));
        command.args(["--data-dir", folder.path().to_str().unwrap(), "migrate"]).args(arguments).output().unwrap()
    };
    assert!(migrate(&["up"]).status.success());
    let refused = migrate(&["down"]);
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && message.contains("fieldgate migrate down --yes"), "{message}");
    assert!(String::from_utf8_lossy(&migrate(&["status"]).stdout).contains("applied"), "the tables are still there");
    assert!(migrate(&["down", "--yes"]).status.success());
    assert!(!String::from_utf8_lossy(&migrate(&["status"]).stdout).contains("applied"));
}

#[apply(each_database)]
async fn migrating_down_and_up_gives_the_same_tables(database: DatabaseKind) {
    let home = TestDatabase::empty(database).await;
    let db = home.db.connection();
    Migrator::up(db, None).await.unwrap();
    let (first, created) = (catalogue(db, database).await, tables(db, database).await);
    assert!(created.len() >= TABLES.len(), "{created:?}");
    Migrator::down(db, None).await.unwrap();
    assert_eq!(tables(db, database).await, Vec::<String>::new(), "the way down leaves these tables");
    // SQLite refuses the name of an index that a connection still has in its copy of the dropped schema.
    let db = &sea_orm::Database::connect(&home.url).await.unwrap();
    Migrator::up(db, None).await.unwrap();
    let again = catalogue(db, database).await;
    let differs: Vec<_> = first.iter().zip(&again).filter(|(first, again)| first != again).collect();
    assert_eq!(differs, Vec::new());
    assert_eq!(first.len(), again.len());
}

#[apply(each_database)]
async fn every_index_starts_with_the_tenant(database: DatabaseKind) {
    let home = TestDatabase::isolated(database).await;
    let db = home.db.connection();
    let mut wrong = Vec::new();
    let mut checked = 0;
    for table in tables(db, database).await {
        for columns in indexes(db, database, &table).await {
            checked += 1;
            let index = format!("{table}({})", columns.join(", "));
            let listed = ACROSS_TENANTS.iter().any(|(known, _)| *known == index);
            if columns[0] != "tenant_id" && !listed {
                wrong.push(index);
            }
        }
    }
    assert!(checked > TABLES.len(), "only {checked} indexes were seen");
    assert_eq!(
        wrong,
        Vec::<String>::new(),
        "begin the index with tenant_id, or list it in ACROSS_TENANTS with a reason"
    );
}

#[apply(each_database)]
async fn every_foreign_key_includes_the_tenant(database: DatabaseKind) {
    let home = TestDatabase::isolated(database).await;
    let db = home.db.connection();
    let mut wrong = Vec::new();
    let mut checked = 0;
    for table in tables(db, database).await {
        for key in foreign_keys(db, database, &table).await {
            checked += 1;
            let (from, to) = key.split_once(" -> ").unwrap();
            if !from.starts_with("tenant_id,") || !to.ends_with(" tenant_id,id") {
                wrong.push(format!("{table}: {key}"));
            }
        }
    }
    assert!(checked > 20, "only {checked} foreign keys were seen");
    assert_eq!(wrong, Vec::<String>::new(), "a reference is (tenant_id, x_id) -> x (tenant_id, id)");
}

#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let (sqlite, postgres) = (TestDatabase::isolated(Sqlite).await, TestDatabase::isolated(Postgres).await);
    let mut columns = Vec::new();
    for (home, database) in [(&sqlite, Sqlite), (&postgres, Postgres)] {
        let db = home.db.connection();
        let mut all = Vec::new();
        for table in tables(db, database).await {
            let sql = match database {
                Sqlite => format!(
                    "SELECT name || CASE \"notnull\" WHEN 0 THEN ' may be null' ELSE '' END AS line \
                     FROM pragma_table_info('{table}') ORDER BY cid"
                ),
                Postgres => format!(
                    "SELECT column_name || CASE is_nullable WHEN 'YES' THEN ' may be null' ELSE '' END AS line \
                     FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}' \
                     ORDER BY ordinal_position"
                ),
            };
            all.extend(texts(db, &sql, "line").await.iter().map(|column| format!("{table}.{column}")));
        }
        columns.push(all);
    }
    assert!(columns[0].len() > 100);
    let only = |here: usize, there: usize| {
        columns[here].iter().filter(|column| !columns[there].contains(*column)).cloned().collect::<Vec<_>>()
    };
    assert_eq!((only(0, 1), only(1, 0)), (Vec::new(), Vec::new()), "only on SQLite, only on PostgreSQL");
    for table in TABLES {
        assert!(columns[0].iter().any(|column| column.starts_with(&format!("{}.", table.name))), "{}", table.name);
    }
}
