//! Lists of inputs: they take few statements together, and leave what the inputs leave one after the other.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, JsonResponse, World, each_database};

/// Sends a list of inputs of a type.
async fn write_many(
    actor: &Actor,
    what: &str,
    action: &str,
    inputs: &[Json],
    atomic: bool,
    select: &str,
) -> JsonResponse {
    let (type_name, field) = (what[..1].to_uppercase() + &what[1..], what);
    let query = format!(
        "mutation($inputs: [{type_name}{action}Input!]!, $atomic: Boolean!) {{ \
         {field}{action}Many(inputs: $inputs, atomic: $atomic) {{ {field} {{ id {select} }} userErrors {{ code field }} }} }}"
    );
    actor.execute_with(&query, json!({ "inputs": inputs, "atomic": atomic })).await
}

/// The outcomes of a list: a field of each row, or the code and the place of the first error.
fn outcomes(response: &JsonResponse, what: &str, action: &str, field: &str) -> Vec<String> {
    let payloads = response.at(&format!("/data/{what}{action}Many")).as_array().unwrap();
    let outcome = |payload: &Json| match payload["userErrors"].get(0) {
        Some(error) => format!("{} {}", error["code"].as_str().unwrap(), error["field"]),
        None => payload[what][field].to_string(),
    };
    payloads.iter().map(outcome).collect()
}

async fn customers(admin: &Actor, count: usize) -> Vec<String> {
    let input = |number: usize| json!({ "name": format!("Owner {number}"), "type": "BROKER" });
    let inputs: Vec<_> = (0..count).map(input).collect();
    let response = write_many(admin, "customer", "Create", &inputs, true, "").await;
    let payloads = response.at("/data/customerCreateMany").as_array().unwrap();
    payloads.iter().map(|payload| payload["customer"]["id"].as_str().unwrap().to_owned()).collect()
}

#[apply(each_database)]
async fn a_hundred_inputs_take_at_most_ten_times_the_statements_of_one(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let owners = customers(&admin, 100).await;
    let contact = |number: usize| {
        json!({
            "customer": owners[number % 100], "name": format!("Contact {number}"), "email": format!("c{number}@example.com"),
            "externalReference": format!("contact-{number}"),
        })
    };
    let customer = |number: usize| {
        let contacts = [json!({ "name": "Ann" }), json!({ "name": "Bob" })];
        json!({
            "name": format!("Customer {number}"), "type": "SHIPPER", "externalReference": format!("customer-{number}"),
            "contacts": contacts, "addresses": [{ "type": "BILLING", "city": "Waco" }],
        })
    };
    let load = |number: usize| json!({ "customer": owners[number % 100], "stops": [{ "type": "PICKUP" }, { "type": "DELIVERY" }] });
    let types: [(&str, &dyn Fn(usize) -> Json); 3] = [("contact", &contact), ("customer", &customer), ("load", &load)];
    for (what, input) in types {
        let one = admin.send_mutation(&format!("{what}Create"), input(0), "id").await.statements();
        // One of them looks for the external reference or the customer.
        assert!(one <= 10, "{what} takes {one} statements");
        for (atomic, from) in [(true, 1), (false, 101)] {
            let inputs: Vec<_> = (from..from + 100).map(input).collect();
            let response = write_many(&admin, what, "Create", &inputs, atomic, "").await;
            let refused = outcomes(&response, what, "Create", "id").iter().filter(|id| !id.contains('_')).count();
            assert_eq!(refused, 0, "{response}");
            assert!(response.statements() <= 10 * one, "{what}: {} for 100, {one} for one", response.statements());
        }
    }
}

#[apply(each_database)]
async fn an_input_uses_rows_that_an_earlier_one_created(database: DatabaseKind) {
    for atomic in [true, false] {
        let world = World::new(database).await;
        let admin = world.admin();
        let of = |reference: &str, parent: Option<&str>| json!({ "name": reference, "type": "BROKER", "externalReference": reference, "parent": parent });
        let chain = [of("a", None), of("b", Some("a")), of("c", Some("b"))];
        let response = write_many(&admin, "customer", "Create", &chain, atomic, "parent { externalReference }").await;
        let parents = outcomes(&response, "customer", "Create", "parent");
        assert_eq!(parents, ["null", r#"{"externalReference":"a"}"#, r#"{"externalReference":"b"}"#], "{response}");

        // What the first input takes, the second one cannot have.
        let twice = [of("d", None), of("d", None), of("e", Some("d"))];
        let response = write_many(&admin, "customer", "Create", &twice, atomic, "externalReference").await;
        let taken = r#"TAKEN ["inputs","1","externalReference"]"#;
        let (first, last) =
            if atomic { (r#"ABORTED ["inputs","0"]"#, r#"ABORTED ["inputs","2"]"#) } else { (r#""d""#, r#""e""#) };
        assert_eq!(outcomes(&response, "customer", "Create", "externalReference"), [first, taken, last], "{response}");
    }
}

#[apply(each_database)]
async fn the_numbers_of_a_list_skip_the_numbers_that_it_gives(database: DatabaseKind) {
    for atomic in [true, false] {
        let world = World::new(database).await;
        let admin = world.admin();
        let of = |number: Option<&str>| json!({ "name": "A", "type": "BROKER", "number": number.unwrap_or_default() });
        let next = json!({ "name": "A", "type": "BROKER" });
        let mut inputs = vec![of(Some("C-00003")), next.clone(), next.clone(), of(Some("c-00005")), next.clone()];
        inputs.extend(std::iter::repeat_n(next.clone(), 40));
        let response = write_many(&admin, "customer", "Create", &inputs, atomic, "number").await;
        let numbers = outcomes(&response, "customer", "Create", "number");
        assert_eq!(
            numbers[..6],
            [r#""C-00003""#, r#""C-00001""#, r#""C-00002""#, r#""c-00005""#, r#""C-00004""#, r#""C-00006""#]
        );
        assert_eq!(numbers[44], r#""C-00045""#, "{response}");
        let after = admin.mutate("customerCreate", next, "number").await;
        assert_eq!(after["number"], "C-00046");
    }
}

#[apply(each_database)]
async fn each_input_of_a_list_changes_a_row_by_itself(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let id = &customers(&admin, 1).await[0];
    let rename = |name: &str, version: u32| json!({ "id": id, "name": name, "expectedVersion": version });
    let changes = async || {
        world.link_changes().await;
        let query = "query($id: ID!) { customer(id: $id) { version changes { totalCount } } }";
        let response = admin.execute_with(query, json!({ "id": id })).await;
        format!("{} {}", response.at("/data/customer/version"), response.at("/data/customer/changes/totalCount"))
    };
    let renames = [rename("B", 1), rename("C", 2), rename("D", 2)];
    let response = write_many(&admin, "customer", "Update", &renames, false, "version").await;
    let conflict = r#"VERSION_CONFLICT ["inputs","2","expectedVersion"]"#;
    assert_eq!(outcomes(&response, "customer", "Update", "version"), ["2", "3", conflict], "{response}");
    assert_eq!(changes().await, "3 3");
    // In one transaction, a row changes once.
    let renames = [rename("E", 3), rename("F", 4)];
    let response = write_many(&admin, "customer", "Update", &renames, true, "version").await;
    assert_eq!(outcomes(&response, "customer", "Update", "version"), ["4", "4"], "{response}");
    assert_eq!(changes().await, "4 4");
}
