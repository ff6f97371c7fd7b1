//! Custom fields of loads: written with the load, filtered and ordered by, deleted and restored with it.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::set_values;
use crate::world::{DatabaseKind, World, each_database};

#[apply(each_database)]
async fn a_load_has_custom_fields(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for (key, kind, settings) in [
        ("lumper", "MONETARY", json!({ "minimum": 0 })),
        ("sealNumber", "STRING", json!({ "required": true })),
        ("code", "STRING", json!({ "sensitive": true })),
    ] {
        let mut input = json!({ "ownerType": "LOAD", "key": key, "type": kind, "title": key });
        input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        admin.mutate("customFieldDefinitionCreate", input, "").await;
    }
    let customer = json!({ "name": "Acme", "type": "SHIPPER", "externalReference": "ACME" });
    admin.mutate("customerCreate", customer, "").await;
    for name in ["DALLAS", "AUSTIN"] {
        admin.mutate("addressCreate", json!({ "externalReference": name, "customer": "ACME" }), "").await;
    }
    let input = |number: &str, values: Json| {
        json!({ "customer": "ACME", "number": number, "pickupLocation": "DALLAS", "deliveryLocation": "AUSTIN",
            "customFields": values })
    };
    let refused = admin.user_errors("loadCreate", input("L1", json!([{ "key": "lumper", "value": -1 }]))).await;
    assert_eq!(
        refused,
        [
            "OUT_OF_RANGE input.customFields.0.value: lumper is at least 0 USD; -1 USD was given.",
            "REQUIRED input.customFields: The custom field sealNumber is required.",
        ]
    );
    let values = |seal: &str, lumper: Json| json!([{ "key": "sealNumber", "value": seal }, { "key": "lumper", "value": lumper }]);
    let first = admin.mutate("loadCreate", input("L1", values("S-9", json!(150))), "id version").await;
    assert_eq!(first["version"], json!(1));
    admin.mutate("loadCreate", input("L2", values("S-1", json!(20.5))), "").await;
    admin.mutate("loadCreate", input("L3", values("S-5", Json::Null)), "").await;
    let list = "{ loads(where: { customFields: [{ key: \"sealNumber\", text: { startsWith: \"s-\" } }] },
        orderBy: [{ customField: { key: \"lumper\" } }]) { nodes { number customField(key: \"lumper\") { displayValue } } } }";
    let response = admin.execute(list).await;
    // The definitions, the loads, the values.
    assert_eq!(response.statements(), 3);
    assert_eq!(
        *response.at("/data/loads/nodes"),
        json!([
            { "number": "L2", "customField": { "displayValue": "20.50 USD" } },
            { "number": "L1", "customField": { "displayValue": "150.00 USD" } },
            { "number": "L3", "customField": null },
        ])
    );
    let update =
        json!({ "id": first["id"], "customFields": [{ "key": "code", "value": "gate 42" }, { "key": "lumper" }] });
    let select = "customFields(orderBy: [{ createdAt: ASC }]) { nodes { key value } }";
    let updated = admin.mutate("loadUpdate", update, select).await;
    let kept = json!({ "customFields": { "nodes": [{ "key": "sealNumber", "value": "S-9" }, { "key": "code", "value": "gate 42" }] } });
    assert_eq!(updated, kept);
    let found = "{ loads(where: { customFields: [{ key: \"code\", personal: { startsWith: \"gat\" } }] }) { nodes { number } } }";
    assert_eq!(*admin.execute(found).await.at("/data/loads/nodes"), json!([{ "number": "L1" }]));
    let payload = set_values(&admin, &first["id"], json!([{ "key": "sealNumber", "value": null }])).await;
    assert_eq!(payload["userErrors"][0]["code"], json!("REQUIRED"));
    admin.mutate("loadDelete", json!({ "id": first["id"] }), "").await;
    let gone = "{ loads(deleted: ONLY) { nodes { customFields { totalCount } } } }";
    assert_eq!(*admin.execute(gone).await.at("/data/loads/nodes/0/customFields/totalCount"), json!(0));
    assert_eq!(admin.mutate("loadRestore", json!({ "id": first["id"] }), select).await, kept);
}
