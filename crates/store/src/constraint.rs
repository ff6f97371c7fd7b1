//! Constraint violations of the database, which only a lost race can cause, as violations of the rules they guard.

use error::{Code, Error, Violation};
use sea_orm::{DbErr, SqlErr};

use crate::table::{Table, camel_case};

/// The violation of the rule that a constraint guards, or the error of the database.
pub fn constraint_error(table: &'static Table, error: DbErr) -> Error {
    let violation = match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(message)) => constrained_field(table, &message, "uq_").map(|field| {
            let message = format!("Another {} of this tenant has this {field} already.", table.name.replace('_', " "));
            Violation::new(Code::Taken, &[&field], message)
        }),
        Some(SqlErr::ForeignKeyConstraintViolation(message)) => {
            constrained_field(table, &message, "fk_").map(|field| {
                let field = field.strip_suffix("Id").unwrap_or(&field).to_owned();
                Violation::new(Code::NotFound, &[&field], "There is no such row any more.")
            })
        }
        _ => None,
    };
    match violation {
        Some(violation) => Error::LostRace(violation),
        None => error.into(),
    }
}

/// The field of a constraint: from the constraint's name on PostgreSQL, from its columns on SQLite.
fn constrained_field(table: &Table, message: &str, name_prefix: &str) -> Option<String> {
    let name_prefix = format!("{name_prefix}{}_", table.name);
    let columns = match message.split_once(&name_prefix) {
        Some((_, rest)) => rest.split(['"', '\'']).next()?.to_owned(),
        None => {
            let column_prefix = format!("{}.", table.name);
            let columns = message.split(", ").filter_map(|part| part.rsplit_once(&column_prefix));
            let columns = columns.map(|(_, column)| column);
            columns.filter(|column| *column != "tenant_id").last()?.to_owned()
        }
    };
    Some(camel_case(columns.strip_suffix("_key").unwrap_or(&columns)))
}
