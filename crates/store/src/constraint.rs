//! Constraint violations of the database, which only a lost race can cause, as violations of the rules they guard.

use error::{Code, Error, Violation};
use sea_orm::{DbErr, SqlErr};

use crate::{camel_case::camel_case, table::Table};

/// A unique index, and what a client is told whose write it refused.
#[derive(Debug)]
pub struct UniqueIndex {
    /// The columns besides the tenant's, joined by underscores, as in the name of the index.
    pub columns: &'static str,
    /// The rule that it guards; none, where a client breaks no rule and sends the same again.
    pub rule: Option<UniqueRule>,
}

/// The rule of a unique index, in words of the schema.
#[derive(Debug)]
pub struct UniqueRule {
    /// The field of the input.
    pub field: &'static str,
    /// What no two rows share: `this number`.
    pub shared: &'static str,
}

const fn rule(columns: &'static str, field: &'static str, shared: &'static str) -> UniqueIndex {
    UniqueIndex { columns, rule: Some(UniqueRule { field, shared }) }
}

const fn without_rule(columns: &'static str) -> UniqueIndex {
    UniqueIndex { columns, rule: None }
}

/// The unique indexes of the registry's tables. Columns mean the same in every table.
pub const UNIQUE_INDEXES: &[UniqueIndex] = &[
    rule("external_reference", "externalReference", "this externalReference"),
    rule("number_key", "number", "this number"),
    rule("customer_id_address_type", "type", "this customer and this type"),
    rule("owner_type_key", "key", "this ownerType and this key"),
    // The new primary contact replaces the one before it.
    without_rule("customer_id_primary"),
    // The linker numbers changes.
    without_rule("sequence"),
    // What another server has booked is not booked again.
    without_rule("recurring_service_id_occurrence_date"),
    // A value replaces the one before it.
    without_rule("definition_id_customer_id"),
    without_rule("definition_id_contact_id"),
    without_rule("definition_id_address_id"),
    without_rule("definition_id_asset_id"),
    without_rule("definition_id_customer_asset_id"),
    without_rule("definition_id_load_id"),
    without_rule("definition_id_service_record_id"),
    without_rule("definition_id_recurring_service_id"),
    without_rule("definition_id_rate_id"),
    without_rule("definition_id_equipment_schedule_id"),
    without_rule("definition_id_document_id"),
    without_rule("definition_id_company_id"),
];

/// The violation of the rule that a constraint guards, or the error of the database.
pub fn constraint_error(table: &'static Table, error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(message)) => {
            let columns = columns(table, &message, "uq_");
            let index = UNIQUE_INDEXES.iter().find(|index| Some(index.columns) == columns.as_deref());
            match index.map(|index| &index.rule) {
                Some(Some(UniqueRule { field, shared })) => {
                    let message =
                        format!("Another {} of this tenant has {shared} already.", table.name.replace('_', " "));
                    Error::LostRace(Violation::new(Code::Taken, &[field], message))
                }
                Some(None) => Error::Busy,
                None => error.into(),
            }
        }
        Some(SqlErr::ForeignKeyConstraintViolation(message)) => match columns(table, &message, "fk_") {
            Some(column) => {
                let field = edge_name(table, &column);
                Error::LostRace(Violation::new(Code::NotFound, &[&field], "There is no such row any more."))
            }
            None => error.into(),
        },
        _ => error.into(),
    }
}

/// The name in the schema of the edge that a foreign key stores.
pub fn edge_name(table: &Table, column: &str) -> String {
    match column {
        "key_owner_id" => "customer".to_owned(),
        "company_id" => "tenant".to_owned(),
        column => camel_case(table.schema_name(column).strip_suffix("Id").unwrap_or(column)),
    }
}

/// The columns of a constraint, without the tenant's: from the constraint's name on PostgreSQL, from its columns on SQLite.
fn columns(table: &Table, message: &str, name_prefix: &str) -> Option<String> {
    let name_prefix = format!("{name_prefix}{}_", table.name);
    if let Some((_, rest)) = message.split_once(&name_prefix) {
        return rest.split(['"', '\'']).next().map(str::to_owned);
    }
    let column_prefix = format!("{}.", table.name);
    let columns = message.split(", ").filter_map(|part| part.rsplit_once(&column_prefix)).map(|(_, column)| column);
    let columns: Vec<_> = columns.filter(|column| *column != "tenant_id").collect();
    (!columns.is_empty()).then(|| columns.join("_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_name_the_same_columns() {
        let contact = Table::by_name("contact").unwrap();
        for message in [
            "duplicate key value violates unique constraint \"uq_contact_customer_id_primary\"",
            "UNIQUE constraint failed: contact.tenant_id, contact.customer_id, contact.primary",
        ] {
            assert_eq!(columns(contact, message, "uq_").as_deref(), Some("customer_id_primary"), "{message}");
        }
        assert_eq!(columns(contact, "FOREIGN KEY constraint failed", "fk_"), None);
    }
}
