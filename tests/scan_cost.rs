//! The cost of scans: each comparison and each order that no index of the database serves is priced.

use std::collections::BTreeSet;

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, TypeKind, TypeSystemDefinition},
};
use sea_orm::{ConnectionTrait, Statement};

use crate::world::{Sqlite, World};

/// The columns of fields that have another name, and the folded or shortened companions that are compared instead.
const COLUMNS: &[(&str, &str)] = &[
    ("address.type", "address_type"),
    ("change.nodeType", "table_name"),
    ("contact.type", "contact_type"),
    ("contact.name", "name_order"),
    ("custom_field_definition.type", "field_type"),
    ("custom_field_value.type", "field_type"),
    ("customer.name", "name_order"),
    ("customer.type", "customer_type"),
    ("customer_asset.from", "starts_at"),
    ("load.charge", "charge_amount"),
    ("load_charge.type", "charge_type"),
    ("load_reference.type", "reference_type"),
    ("document.type", "document_type"),
    ("rate.type", "rate_type"),
    ("recurring_service.charge", "charge_amount"),
    ("service_record.charge", "charge_amount"),
];

/// Fields that an index serves behind another column: the id of a node is compared with the table's name.
const BEHIND: &[&str] = &["change.nodeId"];

/// Fields that no column has: they are computed of several.
const COMPUTED: &[&str] = &["customer_asset.current", "equipment_schedule.status"];

#[tokio::test]
async fn every_comparison_and_order_without_an_index_is_priced() {
    let world = World::new(Sqlite).await;
    let db = world.db.connection();
    // Every index begins with the tenant, and a primary key too. An index of some rows serves no list of all.
    let sql = "SELECT t.name AS \"table\", c.name AS \"column\" FROM sqlite_master t \
        JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c \
        WHERE t.type = 'table' AND c.seqno = 1 AND NOT i.partial";
    let mut indexed = BTreeSet::new();
    for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap() {
        indexed.insert(["table", "column"].map(|name| row.try_get::<String>("", name).unwrap()));
    }
    let sql = "SELECT t.name AS \"table\", c.name AS \"column\" FROM sqlite_master t JOIN pragma_table_info(t.name) c \
        WHERE t.type = 'table'";
    let mut columns = BTreeSet::new();
    for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap() {
        columns.insert(["table", "column"].map(|name| row.try_get::<String>("", name).unwrap()));
    }
    let tables: BTreeSet<_> = columns.iter().map(|[table, _]| table.clone()).collect();

    let (mut compared, mut wrong) = (0, Vec::new());
    for definition in parse_schema(fieldgate::graphql::sdl()).unwrap().definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let TypeKind::InputObject(input) = &definition.node.kind else { continue };
        let name = definition.node.name.node.as_str();
        let Some(table) = ["Filter", "Order"].iter().find_map(|suffix| name.strip_suffix(suffix)).map(snake_case)
        else {
            continue;
        };
        if !tables.contains(&table) {
            continue;
        }
        for field in &input.fields {
            let (field, place) = (&field.node, format!("{table}.{}", field.node.name.node));
            let is_priced = field.directives.iter().any(|directive| directive.node.name.node == "cost");
            let column = COLUMNS
                .iter()
                .find(|(of, _)| *of == place)
                .map_or_else(|| snake_case(&field.name.node), |(_, column)| (*column).to_owned());
            let folded = format!("{column}_key");
            let of_table = |column: &String| [table.clone(), column.clone()];
            let has_column = [&column, &folded].iter().any(|column| columns.contains(&of_table(column)));
            // The operators of personal text, of words and of custom fields are priced one by one.
            let BaseType::Named(operators) = &field.ty.node.base else { continue };
            if ["PersonalFilter", "WordsFilter"].contains(&operators.as_str())
                || !has_column && !COMPUTED.contains(&place.as_str())
            {
                continue;
            }
            compared += 1;
            let is_indexed = [&column, &folded].iter().any(|column| indexed.contains(&of_table(column)))
                || BEHIND.contains(&place.as_str());
            if is_priced == is_indexed {
                wrong.push(format!("{name}.{} (priced: {is_priced}, indexed: {is_indexed})", field.name.node));
            }
        }
    }
    assert!(compared > 100, "{compared}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
