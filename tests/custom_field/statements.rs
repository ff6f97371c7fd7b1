//! Statements: how many SQL statements a mutation takes, and how many more because it writes a value of a custom field.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, World, custom_fields, each_database};

/// A type with custom fields, and what its mutations take without a value.
struct Mutations {
    /// The value of `CustomFieldOwnerType`.
    owner_type: &'static str,
    create: &'static str,
    update: &'static str,
    /// The input of the create, without an external reference.
    input: Json,
    /// The statements of a create with an external reference, on SQLite and on PostgreSQL, which writes at commit by one. The
    /// definitions are among them: a new row needs its defaults.
    create_statements: [u64; 2],
    /// The tables that a value touches: the one of its row, and the one of the customer whose data key seals the value. Each
    /// takes one UPDATE, of the version and of `updatedAt`; on PostgreSQL they are part of the statement at commit.
    touched_tables: u64,
    /// The tables of parts, such as the stops of a load. An update reads each once at commit, for the images of the row in
    /// the change log.
    part_tables: u64,
}

fn mutations() -> [Mutations; 7] {
    let stops = json!([{ "type": "PICKUP" }, { "type": "DELIVERY" }]);
    let assignment = json!({ "customer": "owner", "asset": { "existing": "lift" }, "relationship": "OWNED" });
    let visit = json!({ "customer": "owner", "serviceDate": "2026-01-01T00:00:00Z", "serviceType": "Visit" });
    let of = |owner_type, create, update, input, create_statements, touched_tables, part_tables| Mutations {
        owner_type,
        create,
        update,
        input,
        create_statements,
        touched_tables,
        part_tables,
    };
    let customer = json!({ "name": "A", "type": "BROKER" });
    let contact = json!({ "customer": "owner", "name": "A" });
    let address = json!({ "customer": "owner", "city": "Waco", "type": "SERVICE" });
    let load = json!({ "customer": "owner", "stops": stops });
    [
        of("CUSTOMER", "customerCreate", "customerUpdate", customer, [8, 5], 1, 0),
        of("CONTACT", "contactCreate", "contactUpdate", contact, [7, 4], 2, 0),
        of("ADDRESS", "addressCreate", "addressUpdate", address, [7, 4], 2, 0),
        of("ASSET", "assetCreate", "assetUpdate", json!({ "name": "A" }), [4, 3], 1, 0),
        of("CUSTOMER_ASSET", "customerAssetAssign", "customerAssetUpdate", assignment, [7, 5], 2, 0),
        of("LOAD", "loadCreate", "loadUpdate", load, [10, 6], 2, 4),
        of("SERVICE_RECORD", "serviceRecordCreate", "serviceRecordUpdate", visit, [6, 4], 2, 4),
    ]
}

/// The read of the row that is written, and the insertion of the change log's entries.
const ROW_AND_LOG: u64 = 2;
/// The reads of the definitions and of the values that the row has.
const DEFINITIONS_AND_VALUES: u64 = 2;

/// The statements of a mutation that succeeds.
async fn statements(admin: &Actor, mutation: &str, input: Json) -> u64 {
    let response = admin.send_mutation(mutation, input, "id").await;
    assert_eq!(*response.at(&format!("/data/{mutation}/userErrors")), json!([]), "{mutation}: {response}");
    response.statements()
}

/// The statements of `customFieldValuesSet` with one value.
async fn statements_of_set(admin: &Actor, row: &str, value: Json) -> u64 {
    let query = "mutation($input: CustomFieldValuesSetInput!) { customFieldValuesSet(input: $input) { values { id } userErrors { code } } }";
    let input = json!({ "owner": row, "values": [{ "key": "k", "value": value }] });
    let response = admin.execute_with(query, json!({ "input": input })).await;
    assert_eq!(*response.at("/data/customFieldValuesSet/userErrors"), json!([]), "{response}");
    response.statements()
}

/// Sets, repeats, clears and sets again the value of a row that has one.
async fn assert_statements_of_set(admin: &Actor, owner_type: &str, row: &str, touches: u64) {
    let written = ROW_AND_LOG + DEFINITIONS_AND_VALUES + touches + 1;
    assert_eq!(statements_of_set(admin, row, json!("set")).await, written, "{owner_type} set");
    let unchanged = written - touches - 2;
    assert_eq!(
        statements_of_set(admin, row, json!("set")).await,
        unchanged,
        "{owner_type}: no value, no log, no UPDATE"
    );
    assert_eq!(statements_of_set(admin, row, json!(null)).await, written, "{owner_type} cleared");
    // A cleared value is a deleted row, which is restored before its text is written.
    assert_eq!(statements_of_set(admin, row, json!("again")).await, written + 1, "{owner_type} set again");
}

#[apply(each_database)]
async fn a_value_takes_one_more_update_for_each_table_that_it_touches(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let owner = json!({ "name": "Owner", "type": "RENTAL", "externalReference": "owner" });
    admin.mutate("customerCreate", owner, "").await;
    admin.mutate("assetCreate", json!({ "name": "Lift", "externalReference": "lift" }), "").await;
    let is_postgres = database == DatabaseKind::Postgres;
    let at_commit = |statements: u64| if is_postgres { 0 } else { statements };
    let own = |value: &str| json!([{ "key": "k", "value": value }]);
    for Mutations { owner_type, create, update, input, create_statements, touched_tables, part_tables } in mutations() {
        custom_fields::create_definition(&admin, owner_type, "k", "STRING", json!({})).await;
        let create_statements = create_statements[usize::from(is_postgres)];
        let mut input = input;
        input["externalReference"] = json!("plain");
        assert_eq!(statements(&admin, create, input.clone()).await, create_statements, "{create}");
        // A new row is not touched by its values: it takes one INSERT of the value more, and no UPDATE.
        (input["externalReference"], input["customFields"]) = (json!("own"), own("a"));
        let with_value = create_statements + at_commit(1);
        assert_eq!(statements(&admin, create, input).await, with_value, "{create} with a value");

        // The reference of the row is looked for, and the row itself is updated; of what it touches, only the customer is left.
        let plain = ROW_AND_LOG + 2 + at_commit(touched_tables - 1) + part_tables;
        let rename = |id: &str, name: &str| json!({ "id": id, "externalReference": name });
        assert_eq!(statements(&admin, update, rename("plain", "named")).await, plain, "{update}");
        let mut both = rename("named", "plain");
        both["customFields"] = own("a");
        let with_value = plain + DEFINITIONS_AND_VALUES + at_commit(1);
        assert_eq!(statements(&admin, update, both).await, with_value, "{update} of the row and a value");
        // Without a change of its own, the row is updated because a part of it changes.
        let value_only = ROW_AND_LOG + DEFINITIONS_AND_VALUES + 1 + at_commit(touched_tables);
        let only = json!({ "id": "plain", "customFields": own("b") });
        assert_eq!(statements(&admin, update, only.clone()).await, value_only, "{update} of a value");
        let row = admin.mutate(update, only, "id").await;
        assert_statements_of_set(&admin, owner_type, row["id"].as_str().unwrap(), at_commit(touched_tables)).await;
    }
    custom_fields::create_definition(&admin, "TENANT", "k", "STRING", json!({})).await;
    let tenant = admin.execute("{ viewer { tenant { id } } }").await;
    let tenant = tenant.text("/data/viewer/tenant/id");
    custom_fields::set_values(&admin, tenant, &[("k", json!("a"))]).await;
    assert_statements_of_set(&admin, "TENANT", tenant, at_commit(1)).await;
}
