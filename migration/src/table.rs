//! How a table of Fieldgate is written down: tenant first in every key, so that the database holds the tenancy.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// A table and its indexes, on their way to both databases.
pub struct NewTable {
    name: &'static str,
    create: TableCreateStatement,
    indexes: Vec<String>,
    backend: DbBackend,
}

/// Begins a table of rows that belong to a tenant, with the primary key `(tenant_id, id)`.
pub fn rows(manager: &SchemaManager<'_>, name: &'static str) -> NewTable {
    let mut table = bare(manager, name);
    table.column(ColumnDef::new("tenant_id").uuid().not_null());
    table.column(ColumnDef::new("id").uuid().not_null());
    table.create.primary_key(Index::create().col("tenant_id").col("id"));
    table
}

/// Begins a table that says its own key.
pub fn bare(manager: &SchemaManager<'_>, name: &'static str) -> NewTable {
    let backend = manager.get_database_backend();
    NewTable { name, create: Table::create().table(name).to_owned(), indexes: Vec::new(), backend }
}

impl NewTable {
    /// A column with its type and constraints.
    pub fn column(&mut self, column: impl IntoColumnDef) -> &mut Self {
        self.create.col(column);
        self
    }

    /// A primary key other than `(tenant_id, id)`.
    pub fn primary_key(&mut self, columns: &[&'static str]) -> &mut Self {
        let mut key = Index::create();
        for column in columns {
            key.col(*column);
        }
        self.create.primary_key(&mut key);
        self
    }

    /// Text columns that are always there.
    pub fn text(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, |column| column.text().not_null())
    }

    /// Text columns that may be null.
    pub fn text_null(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, ColumnDef::text)
    }

    /// Text that is compared and ordered in byte order, on both databases alike.
    pub fn key(&mut self, names: &[&'static str]) -> &mut Self {
        let collate = if self.backend == DbBackend::Postgres { "COLLATE \"C\" NOT NULL" } else { "NOT NULL" };
        self.each(names, |column| column.text().extra(collate))
    }

    /// The same, where it may be null.
    pub fn key_null(&mut self, names: &[&'static str]) -> &mut Self {
        let collate = (self.backend == DbBackend::Postgres).then_some("COLLATE \"C\"");
        self.each(names, |column| match collate {
            Some(collate) => column.text().extra(collate),
            None => column.text(),
        })
    }

    /// Integers that are always there: counts, minor units, millionths.
    pub fn big(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, |column| column.big_integer().not_null())
    }

    /// Integers that may be null.
    pub fn big_null(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, ColumnDef::big_integer)
    }

    /// Small integers that may be null.
    pub fn integer_null(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, ColumnDef::integer)
    }

    /// Yes or no.
    pub fn boolean(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, |column| column.boolean().not_null())
    }

    /// Moments that are always there.
    pub fn time(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, |column| column.timestamp_with_time_zone().not_null())
    }

    /// Moments that may be null.
    pub fn time_null(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, ColumnDef::timestamp_with_time_zone)
    }

    /// Days that may be null.
    pub fn date_null(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, ColumnDef::date)
    }

    /// Ciphertext. A first byte of zero marks plain text that nobody sealed, and is refused.
    pub fn sealed(&mut self, names: &[&'static str]) -> &mut Self {
        for name in names {
            let sealed = match self.backend {
                DbBackend::Postgres => format!("get_byte(\"{name}\", 0) <> 0"),
                _ => format!("substr(\"{name}\", 1, 1) <> x'00'"),
            };
            self.create.col(ColumnDef::new(*name).binary());
            self.create.check(Expr::cust(sealed));
        }
        self
    }

    /// A reference to a row of the same tenant that must be there.
    pub fn refers(&mut self, name: &'static str, table: &'static str) -> &mut Self {
        self.create.col(ColumnDef::new(name).uuid().not_null());
        self.foreign_key(name, table)
    }

    /// A reference to a row of the same tenant, or null.
    pub fn refers_null(&mut self, name: &'static str, table: &'static str) -> &mut Self {
        self.create.col(ColumnDef::new(name).uuid());
        self.foreign_key(name, table)
    }

    /// A rule over several columns.
    pub fn check(&mut self, rule: &'static str) -> &mut Self {
        self.create.check(Expr::cust(rule));
        self
    }

    /// The columns of every row with an id in the schema, and the indexes of the orders every list offers.
    pub fn common(&mut self) -> &mut Self {
        self.column(ColumnDef::new("version").integer().not_null());
        self.time(&["created_at", "updated_at"]).time_null(&["deleted_at"]);
        self.column(ColumnDef::new("deleted_with").uuid());
        self.index(&["created_at", "id"]).index(&["updated_at", "id"])
    }

    /// The caller's own id for a row.
    pub fn external_reference(&mut self) -> &mut Self {
        self.key_null(&["external_reference"]).unique(&["external_reference"])
    }

    /// A list's order, or a way to find rows. Begins with the tenant.
    pub fn index(&mut self, columns: &[&'static str]) -> &mut Self {
        self.index_sql("INDEX", "ix", columns, "")
    }

    /// What no two rows of a tenant may share.
    pub fn unique(&mut self, columns: &[&'static str]) -> &mut Self {
        self.index_sql("UNIQUE INDEX", "uq", columns, "")
    }

    /// What no two rows of a tenant may share while a condition holds. `name` ends the constraint's name.
    pub fn unique_where(&mut self, columns: &[&'static str], condition: &str) -> &mut Self {
        self.index_sql("UNIQUE INDEX", "uq", columns, &format!(" WHERE {condition}"))
    }

    /// Makes the table, its indexes, and on PostgreSQL its row-level security policy.
    pub async fn create(&mut self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager.create_table(self.create.clone()).await?;
        let db = manager.get_connection();
        for index in &self.indexes {
            db.execute_unprepared(index).await?;
        }
        if self.backend == DbBackend::Postgres {
            let name = self.name;
            db.execute_unprepared(&format!("ALTER TABLE \"{name}\" ENABLE ROW LEVEL SECURITY")).await?;
            db.execute_unprepared(&format!(
                "CREATE POLICY tenant ON \"{name}\" USING (tenant_id = NULLIF(current_setting('app.tenant', true), '')::uuid)"
            ))
            .await?;
        }
        Ok(())
    }

    fn each(&mut self, names: &[&'static str], define: impl Fn(&mut ColumnDef) -> &mut ColumnDef) -> &mut Self {
        for name in names {
            self.create.col(define(&mut ColumnDef::new(*name)));
        }
        self
    }

    fn foreign_key(&mut self, name: &'static str, table: &'static str) -> &mut Self {
        self.create.foreign_key(
            ForeignKey::create()
                .name(format!("fk_{}_{name}", self.name))
                .from(self.name, ("tenant_id", name))
                .to(table, ("tenant_id", "id")),
        );
        // What points at a row is found from that row: every edge has an index from its other end.
        self.index(&[name, "id"])
    }

    fn index_sql(&mut self, kind: &str, prefix: &str, columns: &[&'static str], rest: &str) -> &mut Self {
        let table = self.name;
        let name = columns.iter().filter(|column| **column != "id").copied().collect::<Vec<_>>().join("_");
        let list: Vec<_> = columns.iter().map(|column| format!("\"{column}\"")).collect();
        let list = list.join(", ");
        self.indexes
            .push(format!("CREATE {kind} \"{prefix}_{table}_{name}\" ON \"{table}\" (\"tenant_id\", {list}){rest}"));
        self
    }
}

/// Drops tables, the last made first.
pub async fn drop_all(manager: &SchemaManager<'_>, names: &[&'static str]) -> Result<(), DbErr> {
    for name in names {
        manager.drop_table(Table::drop().table(*name).to_owned()).await?;
    }
    Ok(())
}
