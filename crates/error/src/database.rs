//! Converts an error of the database.

use sea_orm::{DbErr, RuntimeErr};

use crate::Error;

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let (DbErr::Conn(RuntimeErr::SqlxError(inner))
        | DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner))) = &error
        else {
            return Self::internal(error);
        };
        // PostgreSQL aborts one transaction of a deadlock and a statement that waits too long for a lock; SQLite stops waiting
        // for its one writer.
        let code = inner.as_database_error().and_then(|error| error.code().map(String::from));
        match code.as_deref() {
            Some("40P01" | "40001" | "55P03" | "5" | "517") => Self::Busy,
            _ => Self::internal(inner),
        }
    }
}
