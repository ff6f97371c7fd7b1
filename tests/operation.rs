//! Operations: what the specification says about documents and variables before they are executed, and what is executed.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, JsonResponse, Sqlite, World, assert_snapshot, each_database};

async fn customer_count(admin: &Actor) -> Json {
    admin.execute("{ customers { totalCount } }").await.at("/data/customers/totalCount").clone()
}

fn describe(response: &JsonResponse) -> String {
    let errors = response.body["errors"].as_array().cloned().unwrap_or_default();
    let messages: Vec<_> = errors.iter().map(|error| error["message"].as_str().unwrap().to_owned()).collect();
    let data = response.body.get("data").map_or("no data".to_owned(), ToString::to_string);
    format!("{} {data} {}", response.status, messages.join(" | "))
}

#[apply(each_database)]
async fn a_condition_reads_the_default_of_its_variable(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let response = admin.execute("query($s: Boolean = true) { viewer { subject @include(if: $s) roles } }").await;
    assert_eq!(*response.data(), json!({ "viewer": { "subject": "ADMIN", "roles": ["ADMIN"] } }));
    let response = admin.execute("query($s: Boolean = true) { viewer { subject @skip(if: $s) roles } }").await;
    assert_eq!(*response.data(), json!({ "viewer": { "roles": ["ADMIN"] } }));
    for (directive, variables, count) in
        [("skip", json!({}), 0), ("include", json!({}), 1), ("skip", json!({ "b": false }), 2)]
    {
        let mutation = format!(
            "mutation($b: Boolean = true) {{ customerCreate(input: {{ name: \"A\", type: COMMERCIAL }}) @{directive}(if: $b) \
             {{ userErrors {{ code }} }} }}"
        );
        let response = admin.execute_with(&mutation, variables).await;
        assert_eq!(response.error_codes(), Vec::<&str>::new());
        assert_eq!(customer_count(&admin).await, json!(count), "{directive}");
    }
}

#[apply(each_database)]
async fn a_request_with_a_wrong_variable_writes_nothing(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let two = "mutation($a: CustomerCreateInput!, $b: CustomerCreateInput!) {
        x: customerCreate(input: $a) { customer { number } userErrors { code } }
        y: customerCreate(input: $b) { customer { number } userErrors { code } } }";
    let valid = json!({ "name": "A", "type": "COMMERCIAL" });
    let asset = "mutation($a: CustomerCreateInput!, $b: AssetCreateInput!) {
        x: customerCreate(input: $a) { userErrors { code } } y: assetCreate(input: $b) { userErrors { code } } }";
    let mut lines = Vec::new();
    for (mutation, variables) in [
        (two, json!({ "a": valid })),
        (two, json!({ "a": valid, "b": null })),
        (two, json!({ "a": valid, "b": { "name": "B", "type": "COMERCIAL" } })),
        (two, json!({ "a": valid, "b": { "nam": "B", "type": "COMMERCIAL" } })),
        (
            two,
            json!({ "a": valid, "b": { "name": 1, "type": "COMMERCIAL", "addresses": [{ "city": "C" }, { "city": true }] } }),
        ),
        (asset, json!({ "a": valid, "b": { "name": "B", "installDate": "2026-02-30", "year": 3_000_000_000_u32 } })),
        (asset, json!({ "a": valid, "b": { "name": "B", "meter": { "value": "1.1234567" } } })),
    ] {
        lines.push(describe(&admin.execute_with(mutation, variables).await));
    }
    assert_eq!(customer_count(&admin).await, json!(0));
    assert_snapshot!(lines.join("\n"), @r#"
    400 no data Variable $b is required: it is of the type CustomerCreateInput!.
    400 no data Variable $b is null; the type CustomerCreateInput! has no null.
    400 no data Variable $b.type is "COMERCIAL", which is no value of CustomerType; did you mean "COMMERCIAL"?
    400 no data Variable $b.name is required: it is of the type String!. | Variable $b has no field "nam": it is of the type CustomerCreateInput; did you mean "name"?
    400 no data Variable $b.name is 1; expected String. | Variable $b.addresses.1.city is true; expected String.
    400 no data Variable $b.year is 3000000000; expected Int, a whole number of 32 bits. | Variable $b.installDate: "2026-02-30" is not a day; write it as 2026-01-20.
    400 no data Variable $b.meter.value: "1.1234567" is not a decimal of at most six digits after the point and at most 9223372036854.
    "#);
}

#[apply(each_database)]
async fn a_literal_of_the_wrong_format_writes_nothing(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let mut lines = Vec::new();
    for second in [
        r#"assetCreate(input: { name: "B", installDate: "2026-02-30" }) { userErrors { code } }"#,
        r#"assetCreate(input: { name: "B", status: "ACTIVE" }) { userErrors { code } }"#,
        r#"assetCreate(input: { name: "B", name: "C" }) { userErrors { code } }"#,
        r#"customerAssetAssign(input: { customer: "A", relationship: OWNED, asset: {} }) { userErrors { code } }"#,
        r#"customerAssetAssign(input: { customer: "A", relationship: OWNED, asset: { existing: "B", new: { name: "C" } } }) { userErrors { code } }"#,
        r#"customerAssetAssign(input: { customer: "A", relationship: OWNED, asset: { existing: null } }) { userErrors { code } }"#,
    ] {
        let mutation = format!(
            "mutation {{ customerCreate(input: {{ name: \"A\", type: COMMERCIAL }}) {{ userErrors {{ code }} }} {second} }}"
        );
        lines.push(describe(&admin.execute(&mutation).await));
    }
    assert_eq!(customer_count(&admin).await, json!(0));
    assert_snapshot!(lines.join("\n"), @r#"
    400 no data "2026-02-30" is not a day; write it as 2026-01-20.
    400 no data AssetStatus cannot represent value: "ACTIVE".
    400 no data The field "name" is given twice.
    400 no data AssignedAssetInput is @oneOf: give exactly one of its fields, and not null.
    400 no data AssignedAssetInput is @oneOf: give exactly one of its fields, and not null.
    400 no data AssignedAssetInput is @oneOf: give exactly one of its fields, and not null.
    "#);
}

#[apply(each_database)]
async fn an_absent_variable_is_not_null(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let many = "mutation($i: [CustomerCreateInput!]!, $a: Boolean) {
        customerCreateMany(inputs: $i, atomic: $a) { customer { notes } userErrors { code } } }";
    let inputs = json!([{ "name": "A", "type": "COMMERCIAL" }, { "name": "", "type": "COMMERCIAL" }]);
    // Without a value the default holds, which is not atomic.
    let response = admin.execute_with(many, json!({ "i": inputs })).await;
    assert_eq!(response.error_codes(), Vec::<&str>::new());
    assert_eq!(customer_count(&admin).await, json!(1));
    let response = admin.execute_with(many, json!({ "i": inputs, "a": null })).await;
    assert_eq!(
        describe(&response),
        "400 no data Variable $a is null; the argument atomic of customerCreateMany has no null."
    );
    // An update keeps a field whose variable is absent, and clears one whose variable is null.
    let update =
        "mutation($n: String) { customerUpdate(input: { id: \"C-00001\", notes: $n }) { customer { notes } } }";
    for (variables, notes) in
        [(json!({ "n": "x" }), json!("x")), (json!({}), json!("x")), (json!({ "n": null }), json!(null))]
    {
        let number = admin.execute("{ customers { nodes { id } } }").await;
        let id = number.text("/data/customers/nodes/0/id").to_owned();
        let response = admin.execute_with(&update.replace("C-00001", &id), variables.clone()).await;
        assert_eq!(*response.at("/data/customerUpdate/customer/notes"), notes, "{variables}");
    }
}

#[tokio::test]
async fn documents_are_validated_as_the_specification_says() {
    let world = World::new(Sqlite).await;
    let admin = world.admin();
    let mut lines = Vec::new();
    for (document, variables) in [
        (
            "{ customers(first: 1) { nodes { ...A } nodes { ...B } } } fragment A on Customer { n: number } \
             fragment B on Customer { n: displayName }",
            json!({}),
        ),
        (
            "{ customers { nodes { contacts(first: 1) { totalCount } } nodes { contacts(first: 2) { totalCount } } } }",
            json!({}),
        ),
        ("{ nodes(ids: [\"a\"]) { id } nodes(ids: [\"a\", \"b\"]) { id } }", json!({})),
        ("{ customers(where: { industry: { eq: \"a\" }, industry: { eq: \"b\" } }) { totalCount } }", json!({})),
        ("query($n: Int! = 2) { customers(first: $n) { totalCount } }", json!({ "n": null })),
        ("query($n: Int) { customers(first: $n) { totalCount } }", json!({ "n": 3_000_000_000_u32 })),
        ("query($n: Int) { customers(first: $n) { totalCount } }", json!({ "n": "1" })),
        ("query($i: Int) { customers(where: { industry: { in: [$i] } }) { totalCount } }", json!({ "i": 1 })),
        ("query A { viewer { subject } } query B { viewer { subject } }", json!({})),
        ("fragment A on Viewer { subject }", json!({})),
        ("{ customers(where: { industry: { equals: \"a\" } }) { totalCount } }", json!({})),
        ("{ customers(where: { type: { eq: COMERCIAL } }) { totalCount } }", json!({})),
        ("{ customers(where: { type: COMMERCIAL }) { totalCount } }", json!({})),
    ] {
        lines.push(describe(&admin.execute_with(document, variables).await));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    400 no data Fields "n" conflict because "number" and "displayName" are different fields. Use different aliases on the fields to fetch both if this was intentional.
    400 no data Fields "contacts" conflict because they have differing arguments. Use different aliases on the fields to fetch both if this was intentional.
    400 no data The fields "nodes" conflict: their arguments differ. Use an alias for one.
    400 no data The field "industry" is given twice.
    400 no data Variable $n is null; the type Int! has no null.
    400 no data Variable $n is 3000000000; expected Int, a whole number of 32 bits.
    400 no data Variable $n is "1"; expected Int, a whole number of 32 bits.
    400 no data String cannot represent value: $i.
    400 no data The document has several operations: give operationName, one of A, B.
    400 no data Fragment "A" is never used.
    400 no data Field "equals" is not defined by type "TextFilter"; did you mean "eq"?
    400 no data Value "COMERCIAL" does not exist in "CustomerType" enum; did you mean "COMMERCIAL"?
    400 no data CustomerTypeFilter cannot represent value: COMMERCIAL; did you mean { eq: COMMERCIAL }?
    "#);
}

#[apply(each_database)]
async fn an_object_without_fields_is_an_empty_object(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let id = admin.mutate("customerCreate", json!({ "name": "A", "type": "COMMERCIAL" }), "id").await["id"].clone();
    let response =
        admin.execute_with("query($id: ID!) { node(id: $id) { ... on Load { number } } }", json!({ "id": id })).await;
    assert_eq!(*response.data(), json!({ "node": {} }));
    let response = admin.execute("{ node(id: \"cust_00000000000000000000000000\") { ... on Load { number } } }").await;
    assert_eq!(*response.data(), json!({ "node": null }));
    let response = admin.execute("{ viewer { subject @include(if: false) } }").await;
    assert_eq!(*response.data(), json!({ "viewer": {} }));
    let response = admin.execute("{ viewer @skip(if: true) { subject } }").await;
    assert_eq!(*response.data(), json!({}));
    let nodes = "query($id: ID!) { nodes(ids: [$id]) { id ... on Customer { name contacts { totalCount } } ... on Load { id number } } }";
    let response = admin.execute_with(nodes, json!({ "id": id })).await;
    assert_eq!(response.data()["nodes"], json!([{ "id": id, "name": "A", "contacts": { "totalCount": 0 } }]));
}

#[apply(each_database)]
async fn a_field_that_is_selected_twice_runs_once(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let twice = "mutation { customerCreate(input: { name: \"A\", type: COMMERCIAL }) { customer { name } } ...M ...M }
        fragment M on Mutation { customerCreate(input: { type: COMMERCIAL, name: \"A\" }) { customer { type } userErrors { code } } }";
    let response = admin.execute(twice).await;
    let created = json!({ "customer": { "name": "A", "type": "COMMERCIAL" }, "userErrors": [] });
    assert_eq!(*response.data(), json!({ "customerCreate": created }));
    assert_eq!(customer_count(&admin).await, json!(1));
    let once = admin.execute("{ customers { totalCount nodes { name } } }").await;
    let twice = admin.execute("{ customers { totalCount } customers { nodes { name } } ...Q } fragment Q on Query { customers { nodes { name } } }").await;
    assert_eq!((once.data(), once.statements()), (twice.data(), twice.statements()));
}

#[tokio::test]
async fn an_empty_operation_name_is_none() {
    let world = World::new(Sqlite).await;
    let response = world.admin().send(&json!({ "query": "query Q { viewer { subject } }", "operationName": "" })).await;
    assert_eq!(*response.data(), json!({ "viewer": { "subject": "ADMIN" } }));
}

#[tokio::test]
async fn null_stands_for_the_default_of_introspection() {
    let world = World::new(Sqlite).await;
    let admin = world.admin();
    let literal = "{ __type(name: \"Role\") { enumValues(includeDeprecated: null) { name } } }";
    let expected = admin.execute(&literal.replace("null", "false")).await;
    assert_eq!(admin.execute(literal).await.data(), expected.data());
    // One document, with a plan for each kind of value.
    let variable = "query($d: Boolean = true) { __type(name: \"Role\") { ...T } } fragment T on __Type { enumValues(includeDeprecated: $d) { name } }";
    for variables in
        [json!({ "d": false }), json!({ "d": null }), json!({ "d": true }), json!({}), json!({ "d": null })]
    {
        let response = admin.execute_with(variable, variables.clone()).await;
        assert_eq!(response.data(), expected.data(), "{variables}");
    }
}

#[tokio::test]
async fn an_interface_of_the_schema_has_a_list_of_interfaces() {
    let world = World::new(Sqlite).await;
    let query = "{ node: __type(name: \"Node\") { a: interfaces { name } kind b: interfaces { name } } role: __type(name: \"Role\") \
                 { interfaces { name } } load: __type(name: \"Load\") { interfaces { name } } }";
    let response = world.admin().execute(query).await;
    let (node, role) = (json!({ "a": [], "kind": "INTERFACE", "b": [] }), json!({ "interfaces": null }));
    assert_eq!(*response.data(), json!({ "node": node, "role": role, "load": { "interfaces": [{ "name": "Node" }] } }));
}
