//! The search: customers are found by what people type into one box.

use access::{Action, Role};
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, World, each_database};

/// The names of the customers that a query finds.
async fn found(actor: &Actor, query: &str) -> Vec<String> {
    let document = "query($query: String!) { search(query: $query) { nodes { displayName } } }";
    let response = actor.execute_with(document, json!({ "query": query })).await;
    let nodes = response.data()["search"]["nodes"].as_array().unwrap_or_else(|| panic!("{query}: {response}")).clone();
    nodes.iter().map(|node| node["displayName"].as_str().unwrap_or("-").to_owned()).collect()
}

async fn create(admin: &Actor, name: &str, more: Json) {
    let mut input = json!({ "name": name, "type": "COMMERCIAL" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    admin.mutate("customerCreate", input, "").await;
}

#[apply(each_database)]
async fn names_are_found_as_people_write_them(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let names = [
        "O'Brien Freight",
        "D'Angelo",
        "J.B. Hunt",
        "U-Haul",
        "A-1 Towing",
        "7-Eleven",
        "Smith & Sons",
        "C++ Tooling",
        "李 物流",
        "3M",
        "K9 Patrol",
        "H2O Pools",
        "2nd Street",
        "Łódź Øst",
        "Q",
    ];
    for name in names {
        create(&admin, name, json!({ "contacts": [{ "name": format!("{name} contact") }] })).await;
    }
    for (query, name) in [
        ("O'Brien", "O'Brien Freight"),
        ("o brien", "O'Brien Freight"),
        ("brien", "O'Brien Freight"),
        ("D'Angelo", "D'Angelo"),
        ("J.B. Hunt", "J.B. Hunt"),
        ("j b hunt", "J.B. Hunt"),
        ("U-Haul", "U-Haul"),
        ("A-1 Towing", "A-1 Towing"),
        ("7-Eleven", "7-Eleven"),
        ("Smith & Sons", "Smith & Sons"),
        ("李 物流", "李 物流"),
        ("李", "李 物流"),
        ("3M", "3M"),
        ("K9", "K9 Patrol"),
        ("H2O", "H2O Pools"),
        ("2nd", "2nd Street"),
        ("Q", "Q"),
        ("C++ tool", "C++ Tooling"),
        ("Łódź", "Łódź Øst"),
        ("lodz", "Łódź Øst"),
        ("ŁÓDŹ", "Łódź Øst"),
        ("øst", "Łódź Øst"),
        ("Ost Lo", "Łódź Øst"),
    ] {
        assert_eq!(found(&admin, query).await, [name], "{query}");
        let filter = json!({ "name": { "startsWith": query } });
        for (list, field) in [("customers", "displayName"), ("contacts", "name")] {
            let type_name = if list == "customers" { "CustomerFilter" } else { "ContactFilter" };
            let document = format!("query($where: {type_name}) {{ {list}(where: $where) {{ nodes {{ {field} }} }} }}");
            let response = admin.execute_with(&document, json!({ "where": filter })).await;
            let rows = response.data()[list]["nodes"].as_array().unwrap().clone();
            assert!(rows.iter().any(|row| row[field].as_str().unwrap().starts_with(name)), "{list} {query}: {rows:?}");
        }
    }
    // One letter finds only a word of one letter, and punctuation alone finds nothing.
    for query in ["z", "&", "++", "'", "- -"] {
        assert_eq!(found(&admin, query).await, [""; 0], "{query}");
    }
    for query in ["", "  ", "a b c d e f g h i"] {
        let document = "query($query: String!) { search(query: $query) { totalCount } }";
        let refused = admin.execute_with(document, json!({ "query": query })).await;
        assert_eq!(refused.error_codes(), ["BAD_INPUT"], "{query}");
    }
}

#[apply(each_database)]
async fn telephone_numbers_are_found_in_every_form(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create(&admin, "Direct", json!({ "contactInfo": { "phone": "(555) 123-4567" } })).await;
    create(&admin, "Mobile", json!({ "contacts": [{ "name": "Ann", "mobile": "+1 555 765 4321 ext. 12" }] })).await;
    create(&admin, "Berlin", json!({ "contactInfo": { "phone": "+49 30 123456" } })).await;
    create(&admin, "Odd", json!({ "contactInfo": { "phone": "0001234" } })).await;
    create(&admin, "Number 66 12", json!({})).await;
    for (query, name) in [
        ("(555) 123-4567", "Direct"),
        ("555-123-4567", "Direct"),
        ("5551234567", "Direct"),
        ("+1 555 123 4567", "Direct"),
        ("1-555-123-4567", "Direct"),
        ("1 555 123", "Direct"),
        ("555 123", "Direct"),
        ("tel:+1-555-123-4567", "Direct"),
        ("５５５ 123 4567", "Direct"),
        ("555\u{a0}123\u{2013}4567", "Direct"),
        ("+1 (555) 765", "Mobile"),
        ("+49 30 12", "Berlin"),
        ("011 49 30 123456", "Berlin"),
        ("0001234", "Odd"),
        ("66 12", "Number 66 12"),
        ("Direct 555 123-4567", "Direct"),
    ] {
        assert_eq!(found(&admin, query).await, [name], "{query}");
    }
    for query in ["zzz555", "office555@nobody", "x555y", "Mobile 555 123"] {
        assert_eq!(found(&admin, query).await, [""; 0], "{query}");
    }
    for (operator, operand, count) in [
        ("startsWith", json!("+1 555"), 1),
        ("startsWith", json!("1-555"), 1),
        ("startsWith", json!("zzz555"), 0),
        ("eq", json!("+1 555 123 4567"), 1),
        ("eq", json!("555.123.4567"), 1),
        ("eq", json!("123 4567"), 0),
        ("in", json!(["1", "tel:+15551234567"]), 1),
    ] {
        let filter = json!({ "phone": { operator: operand } });
        let document = "query($where: CustomerFilter) { customers(where: $where) { totalCount } }";
        let response = admin.execute_with(document, json!({ "where": filter })).await;
        assert_eq!(response.data()["customers"]["totalCount"], json!(count), "{filter}");
    }
}

#[apply(each_database)]
async fn what_else_people_know_of_a_customer_finds_it(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let more = json!({
        "number": "K-2041", "externalReference": "ERP-77", "tags": ["cold chain", "vip"],
        "contactInfo": { "email": "desk@acme.example", "primaryContact": "Joan" },
        "contacts": [{ "name": "Bo", "email": "j.smith@example.com" }],
        "addresses": [{ "city": "San Antonio", "street": "12 Elm" }],
    });
    create(&admin, "Acme", more).await;
    create(&admin, "Other", json!({ "number": "X-1" })).await;
    for query in [
        "K-2041",
        "k-20",
        "ERP-77",
        "cold",
        "chain",
        "vip",
        "desk@acme.example",
        "joan",
        "j.smith@example.com",
        "J.Smith@ex",
        "San Antonio",
        "antonio",
        "acme vip san",
        "acme ERP-77",
    ] {
        assert_eq!(found(&admin, query).await, ["Acme"], "{query}");
    }
    for query in ["ERP", "hain", "elm", "acme other", "\""] {
        assert_eq!(found(&admin, query).await, [""; 0], "{query}");
    }
}

#[apply(each_database)]
async fn a_caller_searches_only_what_they_may_read(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let more = json!({ "contactInfo": { "email": "desk@acme.example", "phone": "5551234567", "primaryContact": "Joan" },
        "contacts": [{ "name": "Bobby" }], "addresses": [{ "city": "Waco" }], "tags": ["vip"] });
    create(&admin, "Acme", more).await;
    admin.mutate("customerCreate", json!({ "name": "Eve Resident", "type": "RESIDENTIAL" }), "").await;
    let viewer = world.viewer();
    for query in ["acme", "Waco", "vip"] {
        assert_eq!(found(&viewer, query).await, ["Acme"], "{query}");
    }
    // Neither what is encrypted nor whether it is there.
    for query in ["eve", "resident", "joan", "bobby", "desk@acme.example", "555 123 4567"] {
        assert_eq!(found(&viewer, query).await, [""; 0], "{query}");
    }
    let scopes = [Action::CustomerRead, Action::PiiRead].map(|action| action.scope().to_owned());
    let narrow = world.user(&[Role::Admin]).scopes(&scopes).actor();
    assert_eq!(found(&narrow, "joan").await, ["Acme"]);
    for query in ["bobby", "waco"] {
        assert_eq!(found(&narrow, query).await, [""; 0], "{query}");
    }
}
