//! Values of custom fields: set, cleared, read back as their type, and rejected where the definition does not allow them.

use access::Role;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{create_customer, create_definition, set_values};
use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database};

/// Creates one definition of every type.
async fn create_definitions(admin: &Actor) {
    create_definition(admin, "boolean", "BOOLEAN", json!({})).await;
    create_definition(admin, "date", "DATE", json!({})).await;
    let options = json!([{ "key": "gold", "title": "Gold" }, { "key": "silver", "title": "Silver" }, { "key": "Tin-1", "title": "Tin" }]);
    create_definition(admin, "one", "DROPDOWN", json!({ "options": options })).await;
    create_definition(admin, "several", "DROPDOWN", json!({ "options": options, "multiSelect": true })).await;
    create_definition(admin, "email", "EMAIL", json!({})).await;
    create_definition(admin, "number", "NUMBER", json!({ "minimum": -10, "maximum": "99.5", "unit": "kg" })).await;
    create_definition(admin, "whole", "NUMBER", json!({ "integer": true })).await;
    create_definition(admin, "phone", "PHONE_NUMBER", json!({})).await;
    create_definition(
        admin,
        "string",
        "STRING",
        json!({ "minimumLength": 2, "maximumLength": 8, "pattern": "[a-z]+|[0-9]+" }),
    )
    .await;
    create_definition(admin, "url", "WEB_ADDRESS", json!({})).await;
    create_definition(admin, "json", "JSON", json!({})).await;
    create_definition(admin, "money", "MONETARY", json!({ "minimum": 0, "maximum": 1000 })).await;
}

const TYPED: &str = "__typename key type value displayValue definition { title }
    ... on CustomFieldBooleanValue { boolean } ... on CustomFieldDateValue { date } ... on CustomFieldDropdownValue { options } ... on CustomFieldEmailValue { email }
    ... on CustomFieldNumberValue { number } ... on CustomFieldPhoneNumberValue { phoneNumber } ... on CustomFieldStringValue { text }
    ... on CustomFieldWebAddressValue { url } ... on CustomFieldJsonValue { json } ... on CustomFieldMonetaryValue { money { amount currency } }";

#[apply(each_database)]
async fn values_of_every_type_are_read_back_as_their_type(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_definitions(&admin).await;
    let id = create_customer(
        &admin,
        "Acme",
        json!({
            "boolean": false, "date": "2026-02-28", "one": "Tin-1", "several": ["silver", "gold"],
            "email": " ada@example.com ", "number": 12.50, "whole": "7", "phone": "(555) 123-4567", "string": "red",
            "url": "https://example.com/a?b", "json": { "b": [1, null], "a": "x" }, "money": "12.5",
        }),
    )
    .await;
    let query = format!("query($id: ID!) {{ customer(id: $id) {{ customFields {{ nodes {{ {TYPED} }} }} }} }}");
    let response = admin.execute_with(&query, json!({ "id": id })).await;
    // The customer, its values, their definitions for key and title, and the request's list of definitions for key and unit.
    assert_eq!(response.statements(), 4);
    let lines: Vec<_> =
        response.at("/data/customer/customFields/nodes").as_array().unwrap().iter().map(Json::to_string).collect();
    assert_snapshot!(lines.join("\n"), @r#"
        {"__typename":"CustomFieldBooleanValue","boolean":false,"definition":{"title":"boolean"},"displayValue":"No","key":"boolean","type":"BOOLEAN","value":false}
        {"__typename":"CustomFieldDateValue","date":"2026-02-28","definition":{"title":"date"},"displayValue":"2026-02-28","key":"date","type":"DATE","value":"2026-02-28"}
        {"__typename":"CustomFieldDropdownValue","definition":{"title":"one"},"displayValue":"Tin","key":"one","options":["Tin-1"],"type":"DROPDOWN","value":"Tin-1"}
        {"__typename":"CustomFieldDropdownValue","definition":{"title":"several"},"displayValue":"Gold, Silver","key":"several","options":["gold","silver"],"type":"DROPDOWN","value":["gold","silver"]}
        {"__typename":"CustomFieldEmailValue","definition":{"title":"email"},"displayValue":"ada@example.com","email":"ada@example.com","key":"email","type":"EMAIL","value":"ada@example.com"}
        {"__typename":"CustomFieldNumberValue","definition":{"title":"number"},"displayValue":"12.5 kg","key":"number","number":"12.5","type":"NUMBER","value":"12.5"}
        {"__typename":"CustomFieldNumberValue","definition":{"title":"whole"},"displayValue":"7","key":"whole","number":"7","type":"NUMBER","value":"7"}
        {"__typename":"CustomFieldPhoneNumberValue","definition":{"title":"phone"},"displayValue":"(555) 123-4567","key":"phone","phoneNumber":"(555) 123-4567","type":"PHONE_NUMBER","value":"(555) 123-4567"}
        {"__typename":"CustomFieldStringValue","definition":{"title":"string"},"displayValue":"red","key":"string","text":"red","type":"STRING","value":"red"}
        {"__typename":"CustomFieldWebAddressValue","definition":{"title":"url"},"displayValue":"https://example.com/a?b","key":"url","type":"WEB_ADDRESS","url":"https://example.com/a?b","value":"https://example.com/a?b"}
        {"__typename":"CustomFieldJsonValue","definition":{"title":"json"},"displayValue":"{\"a\":\"x\",\"b\":[1,null]}","json":{"a":"x","b":[1,null]},"key":"json","type":"JSON","value":{"a":"x","b":[1,null]}}
        {"__typename":"CustomFieldMonetaryValue","definition":{"title":"money"},"displayValue":"12.50 USD","key":"money","money":{"amount":"12.5","currency":"USD"},"type":"MONETARY","value":{"amount":"12.5","currency":"USD"}}
        "#);
}

#[apply(each_database)]
async fn invalid_values_are_rejected_by_type(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_definitions(&admin).await;
    let inputs = [
        ("boolean", json!("yes")),
        ("date", json!("2026-02-30")),
        ("date", json!("2026-2-3")),
        ("date", json!("+12026-02-03")),
        ("one", json!("bronze")),
        ("one", json!(["gold", "silver"])),
        ("several", json!(["gold", "gold"])),
        ("several", json!([])),
        ("email", json!("ada@")),
        ("number", json!("1.0000001")),
        ("number", json!(99.6)),
        ("number", json!("-10.000001")),
        ("number", json!(1e300)),
        ("whole", json!(1.5)),
        ("phone", json!("12")),
        ("string", json!("a")),
        ("string", json!("abcdefghi")),
        ("string", json!("ab1")),
        ("string", json!(7)),
        ("url", json!("javascript:alert(1)")),
        ("url", json!("example.com")),
        ("json", json!("x".repeat(65_536))),
        ("money", json!("0.001")),
        ("money", json!({ "amount": 1, "currency": "EUR" })),
        ("money", json!(1000.01)),
        ("money", json!({ "amount": 1, "extra": true })),
        ("money", json!("-1")),
    ];
    let id = create_customer(&admin, "Acme", json!({})).await;
    let mut lines = Vec::new();
    for (key, value) in inputs {
        let shown = if value.to_string().len() > 100 { "(long)".to_owned() } else { value.to_string() };
        let payload = set_values(&admin, &id, json!([{ "key": key, "value": value }])).await;
        let error = &payload["userErrors"][0];
        assert_eq!(error["field"], json!(["input", "values", "0", "value"]), "{key} {shown}");
        lines.push(format!(
            "{key} {shown}: {} {}",
            error["code"].as_str().unwrap(),
            error["message"].as_str().unwrap()
        ));
    }
    assert_snapshot!(lines.join("\n"), @r#"
        boolean "yes": INVALID This is not true or false.
        date "2026-02-30": INVALID This is not a day; write it as 2026-01-20.
        date "2026-2-3": INVALID This is not a day; write it as 2026-01-20.
        date "+12026-02-03": INVALID This is not a day; write it as 2026-01-20.
        one "bronze": INVALID "bronze" is not an option of one; these are: gold, silver, Tin-1.
        one ["gold","silver"]: OUT_OF_RANGE one has one option; 2 were given.
        several ["gold","gold"]: INVALID This is not the key of an option, nor a list of different keys.
        several []: INVALID This is not the key of an option, nor a list of different keys.
        email "ada@": INVALID This is not an e-mail address; an example is ada@example.com.
        number "1.0000001": INVALID This is not a decimal of at most six digits after the point and at most 9223372036854.
        number 99.6: OUT_OF_RANGE number is at most 99.5; 99.6 was given.
        number "-10.000001": OUT_OF_RANGE number is at least -10; -10.000001 was given.
        number 1e+300: INVALID This is not a decimal of at most six digits after the point and at most 9223372036854.
        whole 1.5: INVALID whole is a whole number; 1.5 was given.
        phone "12": INVALID This is not a telephone number; an example is (555) 123-4567.
        string "a": OUT_OF_RANGE string has at least 2 characters; 1 were given.
        string "abcdefghi": OUT_OF_RANGE string has at most 8 characters; 9 were given.
        string "ab1": INVALID string matches the pattern [a-z]+|[0-9]+; this does not.
        string 7: INVALID This is not a text.
        url "javascript:alert(1)": INVALID This is not a web address; an example is https://example.com/page.
        url "example.com": INVALID This is not a web address; an example is https://example.com/page.
        json (long): OUT_OF_RANGE A JSON value has at most 65536 bytes; this one has 65538.
        money "0.001": INVALID "0.001" is not an amount of USD; give at most 2 digits after the point.
        money {"amount":1,"currency":"EUR"}: INVALID money is in USD; EUR was given.
        money 1000.01: OUT_OF_RANGE money is at most 1000 USD; 1000.01 USD was given.
        money {"amount":1,"extra":true}: INVALID This is not an amount; write it as "12.5" or as {amount, currency}.
        money "-1": OUT_OF_RANGE money is at least 0 USD; -1 USD was given.
        "#);
    let response = admin
        .execute_with("query($id: ID!) { customer(id: $id) { customFields { totalCount } } }", json!({ "id": id }))
        .await;
    assert_eq!(*response.at("/data/customer/customFields/totalCount"), json!(0));
}

#[apply(each_database)]
async fn new_rows_get_defaults_and_need_required_values(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let must = |owner_type: &str| json!({ "ownerType": owner_type, "key": "code", "type": "STRING", "title": "Code", "required": true });
    for owner_type in ["CUSTOMER", "CONTACT", "ADDRESS"] {
        admin.mutate("customFieldDefinitionCreate", must(owner_type), "").await;
    }
    create_definition(&admin, "tier", "NUMBER", json!({ "default": 3 })).await;
    let input = json!({ "name": "Acme", "type": "BROKER", "contacts": [{ "name": "Ann" }], "addresses": [{ "city": "Waco" }],
        "customFields": [{ "key": "nope", "value": 1 }, { "key": "tier", "value": 1 }, { "key": "tier", "value": 2 }] });
    let refused = admin.user_errors("customerCreate", input).await;
    assert_snapshot!(refused.join("\n"), @r#"
        NOT_FOUND input.customFields.0.key: There is no custom field "nope" here; the fields are: code, tier.
        TAKEN input.customFields.2.key: The custom field "tier" is given twice.
        REQUIRED input.customFields: The custom field code is required.
        REQUIRED input.addresses.0.customFields: The custom field code is required.
        REQUIRED input.contacts.0.customFields: The custom field code is required.
        "#);
    let code = |value: &str| json!([{ "key": "code", "value": value }]);
    let input = json!({ "name": "Acme", "type": "BROKER", "customFields": code("c"),
        "contacts": [{ "name": "Ann", "customFields": code("n") }], "addresses": [{ "city": "Waco", "customFields": code("a") }] });
    let select =
        "id customFields { nodes { key value } } contacts { nodes { id customField(key: \"code\") { value } } }
        addresses { nodes { id customField(key: \"code\") { value } } }";
    let created = admin.mutate("customerCreate", input, select).await;
    assert_snapshot!(crate::world::snapshot_text(&created), @r#"
        {
          "addresses": {
            "nodes": [
              {
                "customField": {
                  "value": "a"
                },
                "id": "addr_1"
              }
            ]
          },
          "contacts": {
            "nodes": [
              {
                "customField": {
                  "value": "n"
                },
                "id": "cont_2"
              }
            ]
          },
          "customFields": {
            "nodes": [
              {
                "key": "code",
                "value": "c"
              },
              {
                "key": "tier",
                "value": "3"
              }
            ]
          },
          "id": "cust_3"
        }
        "#);
    let refused =
        admin.user_errors("customerUpdate", json!({ "id": created["id"], "customFields": [{ "key": "code" }] })).await;
    assert_eq!(
        refused,
        ["REQUIRED input.customFields.0.value: The custom field code is required and cannot be cleared."]
    );
    // A null means no value, even where the definition has a default.
    let input = json!({ "name": "Bolt", "type": "BROKER", "customFields": [{ "key": "code", "value": "x" }, { "key": "tier" }] });
    let bare = admin.mutate("customerCreate", input, "customField(key: \"tier\") { value }").await;
    assert_eq!(bare, json!({ "customField": null }));
    // The lists of an update keep the values of their rows and change those that they name.
    let contact = &created["contacts"]["nodes"][0]["id"];
    let input = json!({ "id": created["id"], "contacts": [
        { "id": contact, "customFields": code("m") }, { "name": "Bob", "customFields": code("b") }] });
    let updated =
        admin.mutate("customerUpdate", input, "contacts { nodes { customField(key: \"code\") { value } } }").await;
    assert_eq!(
        updated,
        json!({ "contacts": { "nodes": [{ "customField": { "value": "m" } }, { "customField": { "value": "b" } }] } })
    );
}

#[apply(each_database)]
async fn a_value_is_set_and_cleared(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_definition(&admin, "colour", "STRING", json!({})).await;
    create_definition(&admin, "size", "NUMBER", json!({ "unit": "m" })).await;
    let id = create_customer(&admin, "Acme", json!({ "colour": "red" })).await;
    let read = "query($id: ID!) { customer(id: $id) { updatedAt customField(key: \"colour\") { value } } }";
    let first = admin.execute_with(read, json!({ "id": id })).await;
    let payload =
        set_values(&admin, &id, json!([{ "key": "colour", "value": null }, { "key": "size", "value": 2 }])).await;
    assert_eq!(
        payload,
        json!({ "values": [{ "key": "size", "value": "2", "displayValue": "2 m" }], "userErrors": [] })
    );
    let second = admin.execute_with(read, json!({ "id": id })).await;
    assert_eq!(*second.at("/data/customer/customField"), json!(null));
    assert!(second.text("/data/customer/updatedAt") > first.text("/data/customer/updatedAt"));
    set_values(&admin, &id, json!([{ "key": "colour", "value": "blue" }])).await;
    let third = admin.execute_with(read, json!({ "id": id })).await;
    assert_eq!(third.text("/data/customer/customField/value"), "blue");
    // Writing equal values again writes nothing.
    set_values(&admin, &id, json!([{ "key": "colour", "value": "blue" }])).await;
    world.link_changes().await;
    let log = "{ changes(where: { nodeType: { eq: CUSTOM_FIELD_VALUE } }) { nodes { action fields after } } }";
    let response = admin.execute(log).await;
    let lines = response.at("/data/changes/nodes").as_array().unwrap().iter().map(|change| {
        let after = &change["after"];
        format!(
            "{} {} {}",
            change["action"],
            change["fields"],
            json!([after["text"], after["number"], after["type"], after["owner"] == id])
        )
    });
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    "CREATE" ["definition","owner","text","type"] ["red",null,"STRING",true]
    "DELETE" ["deletedAt"] ["red",null,"STRING",true]
    "CREATE" ["definition","number","owner","type"] [null,"2","NUMBER",true]
    "RESTORE" ["deletedAt","text"] ["blue",null,"STRING",true]
    "#);
}

#[apply(each_database)]
async fn a_version_conflict_shows_the_values_that_stand(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_definition(&admin, "colour", "STRING", json!({})).await;
    create_definition(&admin, "secret", "STRING", json!({ "sensitive": true })).await;
    create_definition(&admin, "size", "NUMBER", json!({})).await;
    let id = create_customer(&admin, "Acme", json!({ "colour": "red", "secret": "Tango", "size": 1 })).await;
    admin.mutate("customerUpdate", json!({ "id": id, "notes": "x" }), "").await;
    let query = "mutation($input: CustomFieldValuesSetInput!) { customFieldValuesSet(input: $input) {
        values { key value } userErrors { code message field } } }";
    // The fields of the input in its order; one without a value and an unknown one are left out.
    let values = json!([{ "key": "size" }, { "key": "secret", "value": "x" }, { "key": "nope", "value": 1 }]);
    let scopes = ["customer:write", "custom_field:read"].map(str::to_owned);
    let writer = world.user(&[Role::Admin]).scopes(&scopes).subject("writer").actor();
    for (key, actor, secret) in [(None, &admin, json!("Tango")), (Some("k"), &writer, json!(null))] {
        let input = json!({ "owner": id, "expectedVersion": 1, "values": values, "idempotencyKey": key });
        let conflict = json!({ "values": [{ "key": "size", "value": "1" }, { "key": "secret", "value": secret }],
            "userErrors": [{ "code": "VERSION_CONFLICT", "message": "The customer is at version 2, not 1; read it again.",
                "field": ["input", "expectedVersion"] }] });
        // A refused input is not recorded: it is refused again.
        for _ in 0..2 {
            let response = actor.execute_with(query, json!({ "input": input })).await;
            assert_eq!(response.data()["customFieldValuesSet"], conflict);
        }
    }
    let unchanged = admin.execute_with("query($id: ID!) { customer(id: $id) { version } }", json!({ "id": id })).await;
    assert_eq!(unchanged.data()["customer"]["version"], json!(2));
    let refused = set_values(&admin, &id, json!([{ "key": "nope", "value": 1 }])).await;
    assert_eq!(refused["values"], json!(null), "another error shows no values");
}

#[apply(each_database)]
async fn setting_a_value_needs_the_permission_to_write_its_row(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_definition(&admin, "colour", "STRING", json!({ "required": true })).await;
    let id = create_customer(&admin, "Acme", json!({ "colour": "red" })).await;
    let query = "mutation($id: Ref!) { customFieldValuesSet(input: { owner: $id, values: [{ key: \"colour\", value: \"x\" }] }) { values { id } } }";
    for role in [Role::Viewer, Role::Technician] {
        assert_eq!(world.actor(role).execute_with(query, json!({ "id": id })).await.error_codes(), ["FORBIDDEN"]);
    }
    let agent = world.actor(Role::Agent);
    assert_eq!(
        set_values(&agent, &id, json!([{ "key": "colour", "value": "green" }])).await["values"][0]["value"],
        json!("green")
    );
    let define = "mutation { customFieldDefinitionDelete(input: { id: \"x\" }) { userErrors { code } } }";
    assert_eq!(agent.execute(define).await.error_codes(), ["FORBIDDEN"]);
    // Definitions apply to a token that may not read custom fields, too.
    let scopes = ["customer:read", "customer:write"].map(str::to_owned);
    let narrow = world.user(&[Role::Admin]).scopes(&scopes).subject("narrow").actor();
    let refused = narrow.user_errors("customerCreate", json!({ "name": "Bolt", "type": "BROKER" })).await;
    assert_eq!(refused, ["REQUIRED input.customFields: The custom field colour is required."]);
    let odd = set_values(&admin, &json!("stop_01h455vb4pex5vsknk084sn02q"), json!([])).await;
    assert_eq!(odd["userErrors"][0]["code"], json!("NOT_FOUND"));
    // The tenant has custom fields, too.
    let own = json!({ "ownerType": "TENANT", "key": "licence", "type": "STRING", "title": "Licence" });
    admin.mutate("customFieldDefinitionCreate", own, "").await;
    let tenant = admin.execute("{ viewer { tenant { id } } }").await;
    let payload =
        set_values(&admin, tenant.at("/data/viewer/tenant/id"), json!([{ "key": "licence", "value": "L-1" }])).await;
    assert_eq!(payload["values"], json!([{ "key": "licence", "value": "L-1", "displayValue": "L-1" }]));
}

#[apply(each_database)]
async fn values_are_deleted_and_restored_with_their_row(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let code = json!({ "ownerType": "CONTACT", "key": "code", "type": "STRING", "title": "Code" });
    admin.mutate("customFieldDefinitionCreate", code, "").await;
    let named = |name: &str| json!({ "name": name, "customFields": [{ "key": "code", "value": name }] });
    let input = json!({ "name": "Acme", "type": "BROKER", "contacts": [named("Ann"), named("Bob")] });
    let acme = admin.mutate("customerCreate", input, "id contacts { nodes { id } }").await;
    let ann = &acme["contacts"]["nodes"][0]["id"];
    let live = async || {
        let found = "{ contacts(deleted: INCLUDE) { nodes { customField(key: \"code\") { value } } } }";
        let response = admin.execute(found).await;
        let nodes = response.at("/data/contacts/nodes").as_array().unwrap().clone();
        nodes.iter().map(|node| node["customField"]["value"].clone()).collect::<Vec<_>>()
    };
    // Both are deleted together; one is restored alone, with its own value only.
    admin.mutate("customerUpdate", json!({ "id": acme["id"], "contacts": [] }), "").await;
    assert_eq!(live().await, [json!(null), json!(null)]);
    admin.mutate("contactRestore", json!({ "id": ann }), "").await;
    assert_eq!(live().await, [json!("Ann"), json!(null)]);
    admin.mutate("contactDelete", json!({ "id": ann }), "").await;
    assert_eq!(live().await, [json!(null), json!(null)]);
    admin.mutate("contactRestore", json!({ "id": ann }), "").await;
    admin.mutate("customerDelete", json!({ "id": acme["id"] }), "").await;
    assert_eq!(live().await, [json!(null), json!(null)]);
    admin.mutate("customerRestore", json!({ "id": acme["id"] }), "").await;
    assert_eq!(live().await, [json!("Ann"), json!(null)]);
}
