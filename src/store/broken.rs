//! What the database refuses: a constraint lost to a race is told as the rule it guards, a lost wait as one to repeat.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

use crate::{
    error::{Code, Error, Violation},
    store::{ledger::camel, owned::Table},
};

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let (DbErr::Conn(RuntimeErr::SqlxError(inner))
        | DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner))) = &error
        else {
            return Self::internal(error);
        };
        // PostgreSQL ends one of two transactions that wait for each other; SQLite gives up waiting for its one writer.
        let code = inner.as_database_error().and_then(|error| error.code().map(String::from));
        match code.as_deref() {
            Some("40P01" | "40001" | "5" | "517") => Self::Busy,
            _ => Self::internal(inner),
        }
    }
}

/// A constraint that was lost to a race, told as the rule it guards.
pub fn broken(table: &'static Table, error: DbErr) -> Error {
    let told = match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(message)) => constraint(table, &message, "uq_").map(|field| {
            let message = format!("Another {} of this tenant has this {field} already.", table.name.replace('_', " "));
            Violation::new(Code::Taken, &[&field], message)
        }),
        Some(SqlErr::ForeignKeyConstraintViolation(message)) => constraint(table, &message, "fk_").map(|field| {
            let field = field.strip_suffix("Id").unwrap_or(&field).to_owned();
            Violation::new(Code::NotFound, &[&field], "There is no such row any more.")
        }),
        _ => None,
    };
    match told {
        Some(violation) => Error::Invalid(vec![violation]),
        None => error.into(),
    }
}

/// The field a constraint is about: from its name on PostgreSQL, from its columns on SQLite.
fn constraint(table: &Table, message: &str, kind: &str) -> Option<String> {
    let named = format!("{kind}{}_", table.name);
    let columns = match message.split_once(&named) {
        Some((_, rest)) => rest.split(['"', '\'']).next()?.to_owned(),
        None => {
            let of = format!("{}.", table.name);
            let columns = message.split(", ").filter_map(|part| part.rsplit_once(&of)).map(|(_, column)| column);
            columns.filter(|column| *column != "tenant_id").last()?.to_owned()
        }
    };
    Some(camel(columns.strip_suffix("_key").unwrap_or(&columns)))
}
