//! What the database refuses: a constraint lost to a race is told as the rule it guards, a lost wait as one to repeat.

use error::{Code, Error, Violation};
use sea_orm::{DbErr, SqlErr};

use crate::{change_log::camel_case, table::Table};

/// A constraint that was lost to a race, told as the rule it guards.
pub fn constraint_error(table: &'static Table, error: DbErr) -> Error {
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
    Some(camel_case(columns.strip_suffix("_key").unwrap_or(&columns)))
}
