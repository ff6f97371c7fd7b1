//! The builder of tables: every key and index begins with the tenant, so that the database enforces tenancy.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// A table and its indexes, before they are created.
pub struct NewTable {
    name: &'static str,
    create: TableCreateStatement,
    indexes: Vec<String>,
    backend: DbBackend,
}

/// Begins a table with the primary key `(tenant_id, id)`.
pub fn tenant_table(manager: &SchemaManager<'_>, name: &'static str) -> NewTable {
    let mut table = unkeyed_table(manager, name);
    table.column(ColumnDef::new("tenant_id").uuid().not_null());
    table.column(ColumnDef::new("id").uuid().not_null());
    table.create.primary_key(Index::create().col("tenant_id").col("id"));
    table
}

/// Begins a table without columns, whose primary key the caller adds.
pub fn unkeyed_table(manager: &SchemaManager<'_>, name: &'static str) -> NewTable {
    let backend = manager.get_database_backend();
    NewTable { name, create: Table::create().table(name).to_owned(), indexes: Vec::new(), backend }
}

impl NewTable {
    /// Adds a column with its type and constraints.
    pub fn column(&mut self, column: impl IntoColumnDef) -> &mut Self {
        self.create.col(column);
        self
    }

    /// Adds a primary key.
    pub fn primary_key(&mut self, columns: &[&'static str]) -> &mut Self {
        let mut key = Index::create();
        for column in columns {
            key.col(*column);
        }
        self.create.primary_key(&mut key);
        self
    }

    /// Adds text columns that are not null.
    pub fn text(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, |column| column.text().not_null())
    }

    /// Adds text columns that may be null.
    pub fn text_null(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, ColumnDef::text)
    }

    /// Adds text columns that are not null and are compared in byte order on both databases.
    pub fn key(&mut self, names: &[&'static str]) -> &mut Self {
        let collate = if self.backend == DbBackend::Postgres { "COLLATE \"C\" NOT NULL" } else { "NOT NULL" };
        self.each(names, |column| column.text().extra(collate))
    }

    /// Adds text columns that may be null and are compared in byte order on both databases.
    pub fn key_null(&mut self, names: &[&'static str]) -> &mut Self {
        let collate = (self.backend == DbBackend::Postgres).then_some("COLLATE \"C\"");
        self.each(names, |column| match collate {
            Some(collate) => column.text().extra(collate),
            None => column.text(),
        })
    }

    /// Adds big integers that are not null: counts, minor units, millionths.
    pub fn big(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, |column| column.big_integer().not_null())
    }

    /// Adds big integers that may be null.
    pub fn big_null(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, ColumnDef::big_integer)
    }

    /// Adds integers that may be null.
    pub fn integer_null(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, ColumnDef::integer)
    }

    /// Adds booleans that are not null.
    pub fn boolean(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, |column| column.boolean().not_null())
    }

    /// Adds timestamps that are not null.
    pub fn time(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, |column| column.timestamp_with_time_zone().not_null())
    }

    /// Adds timestamps that may be null.
    pub fn time_null(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, ColumnDef::timestamp_with_time_zone)
    }

    /// Adds dates that may be null.
    pub fn date_null(&mut self, names: &[&'static str]) -> &mut Self {
        self.each(names, ColumnDef::date)
    }

    /// Adds columns of ciphertext. A CHECK refuses a first byte of zero, which marks plain text that was not sealed.
    pub fn sealed(&mut self, names: &[&'static str]) -> &mut Self {
        for name in names {
            let is_sealed = match self.backend {
                DbBackend::Postgres => format!("get_byte(\"{name}\", 0) <> 0"),
                _ => format!("substr(\"{name}\", 1, 1) <> x'00'"),
            };
            self.create.col(ColumnDef::new(*name).binary());
            self.create.check(Expr::cust(is_sealed));
        }
        self
    }

    /// Adds a reference to a row of the same tenant that is not null.
    pub fn refers(&mut self, name: &'static str, table: &'static str) -> &mut Self {
        self.create.col(ColumnDef::new(name).uuid().not_null());
        self.constrain_reference(name, table);
        self.index(&[name, "id"])
    }

    /// Adds a reference to a row of the same tenant that may be null.
    pub fn refers_null(&mut self, name: &'static str, table: &'static str) -> &mut Self {
        self.create.col(ColumnDef::new(name).uuid());
        self.constrain_reference(name, table);
        self.index_not_null(&[name, "id"])
    }

    /// Adds a CHECK constraint.
    pub fn check(&mut self, condition: &'static str) -> &mut Self {
        self.create.check(Expr::cust(condition));
        self
    }

    /// Adds the columns of every table with ids in the schema, and the indexes of the orders of every list.
    pub fn common(&mut self) -> &mut Self {
        self.column(ColumnDef::new("version").integer().not_null());
        self.time(&["created_at", "updated_at"]).time_null(&["deleted_at"]);
        self.column(ColumnDef::new("deleted_with").uuid());
        self.index(&["created_at", "id"]).index(&["updated_at", "id"])
    }

    /// Adds the id of the row in the caller's system.
    pub fn external_reference(&mut self) -> &mut Self {
        self.key_null(&["external_reference"]).unique(&["external_reference"])
    }

    /// Adds an index of the tenant and some columns.
    pub fn index(&mut self, columns: &[&'static str]) -> &mut Self {
        self.add_index("INDEX", "ix", columns, "")
    }

    /// Adds an index of the tenant and some columns, for the rows that pass a condition.
    pub fn index_where(&mut self, columns: &[&'static str], condition: &str) -> &mut Self {
        self.add_index("INDEX", "ix", columns, &format!(" WHERE {condition}"))
    }

    /// Adds an index of the tenant and some columns, for the rows whose first column is not null: an edge that is followed finds
    /// no others, and most rows have none.
    fn index_not_null(&mut self, columns: &[&'static str]) -> &mut Self {
        let condition = columns.first().map(|column| format!(" WHERE \"{column}\" IS NOT NULL")).unwrap_or_default();
        self.add_index("INDEX", "ix", columns, &condition)
    }

    /// Adds a unique index of the tenant and some columns.
    pub fn unique(&mut self, columns: &[&'static str]) -> &mut Self {
        self.add_index("UNIQUE INDEX", "uq", columns, "")
    }

    /// Adds a unique index of the tenant and some columns, for the rows that pass a condition.
    pub fn unique_where(&mut self, columns: &[&'static str], condition: &str) -> &mut Self {
        self.add_index("UNIQUE INDEX", "uq", columns, &format!(" WHERE {condition}"))
    }

    /// Creates the table and its indexes.
    pub async fn create(&mut self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager.create_table(self.create.clone()).await?;
        let db = manager.get_connection();
        for index in &self.indexes {
            db.execute_unprepared(index).await?;
        }
        Ok(())
    }

    fn each(&mut self, names: &[&'static str], define: impl Fn(&mut ColumnDef) -> &mut ColumnDef) -> &mut Self {
        for name in names {
            self.create.col(define(&mut ColumnDef::new(*name)));
        }
        self
    }

    /// Every edge is followed in both directions, so that the caller gives every reference an index.
    fn constrain_reference(&mut self, name: &'static str, table: &'static str) {
        self.create.foreign_key(
            ForeignKey::create()
                .name(format!("fk_{}_{name}", self.name))
                .from(self.name, ("tenant_id", name))
                .to(table, ("tenant_id", "id")),
        );
    }

    fn add_index(&mut self, statement: &str, prefix: &str, columns: &[&'static str], condition: &str) -> &mut Self {
        let table = self.name;
        let name = columns.iter().filter(|column| **column != "id").copied().collect::<Vec<_>>().join("_");
        let list: Vec<_> = columns.iter().map(|column| format!("\"{column}\"")).collect();
        let list = list.join(", ");
        self.indexes.push(format!(
            "CREATE {statement} \"{prefix}_{table}_{name}\" ON \"{table}\" (\"tenant_id\", {list}){condition}"
        ));
        self
    }
}

/// Drops tables, in reverse order of their creation.
pub async fn drop_all(manager: &SchemaManager<'_>, names: &[&'static str]) -> Result<(), DbErr> {
    for name in names {
        manager.drop_table(Table::drop().table(*name).to_owned()).await?;
    }
    Ok(())
}
