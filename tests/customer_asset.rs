//! Customer assets, through the schema.

use access::Role;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{
    Actor, DatabaseKind, World, assert_snapshot, each_database, each_database_in_parallel, snapshot_text,
};

/// Creates the customers `acme` and `bolt` and the asset `lift`.
pub async fn create_customers_and_asset(admin: &Actor) {
    for reference in ["acme", "bolt"] {
        let customer = json!({ "name": reference, "type": "RENTAL", "externalReference": reference });
        admin.mutate("customerCreate", customer, "").await;
    }
    admin.mutate("assetCreate", json!({ "name": "Lift", "externalReference": "lift" }), "").await;
}

/// A rental of the lift by a customer.
pub fn rent(customer: &str, from: &str, until: Option<&str>) -> Json {
    let day = |day: &str| format!("{day}T00:00:00Z");
    json!({ "customer": customer, "asset": { "existing": "lift" }, "relationship": "RENTED", "from": day(from), "until": until.map(day) })
}

fn without_times(errors: &[String]) -> String {
    let mut text = errors.join("\n");
    for prefix in ["custasset_", "cust_"] {
        while let Some(at) = text.find(prefix) {
            text.replace_range(at..at + prefix.len() + 26, "ID");
        }
    }
    text
}

#[apply(each_database)]
async fn an_asset_is_assigned_and_returned(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let addresses = json!([{ "type": "SERVICE", "name": "Site", "externalReference": "site" }]);
    let customer = json!({ "name": "Acme", "type": "CONTRACTOR", "externalReference": "acme", "addresses": addresses });
    admin.mutate("customerCreate", customer, "").await;
    let input = json!({
        "customer": "acme", "asset": { "new": { "name": "Excavator", "meter": { "value": 100, "unit": "h", "at": "2026-01-01T00:00:00Z" } } },
        "relationship": "RENTED", "from": "2026-01-05T08:00:00-06:00", "until": "2026-01-31T00:00:00Z",
        "expectedReturn": "2026-01-30T00:00:00Z", "contractNumber": "R-17", "location": "site", "meterOut": "100.25",
        "notes": "With bucket", "externalReference": "R-17-1",
    });
    let select = "relationship from until expectedReturn returnedAt contractNumber meterOut meterIn notes version
        externalReference customer { name } asset { name meter { value unit } customers { totalCount } }
        location { name assets { nodes { contractNumber } } }";
    let created = admin.mutate("customerAssetAssign", input, select).await;
    assert_snapshot!(snapshot_text(&created), @r#"
    {
      "asset": {
        "customers": {
          "totalCount": 1
        },
        "meter": {
          "unit": "h",
          "value": "100.25"
        },
        "name": "Excavator"
      },
      "contractNumber": "R-17",
      "customer": {
        "name": "Acme"
      },
      "expectedReturn": "2026-01-30T00:00:00Z",
      "externalReference": "R-17-1",
      "from": "2026-01-05T14:00:00Z",
      "location": {
        "assets": {
          "nodes": [
            {
              "contractNumber": "R-17"
            }
          ]
        },
        "name": "Site"
      },
      "meterIn": null,
      "meterOut": "100.25",
      "notes": "With bucket",
      "relationship": "RENTED",
      "returnedAt": null,
      "until": "2026-01-31T00:00:00Z",
      "version": 1
    }
    "#);
    let early = admin
        .user_errors("customerAssetReturn", json!({ "id": "R-17-1", "at": "2026-01-01T00:00:00Z", "meterIn": 99 }))
        .await;
    assert_snapshot!(early.join("\n"), @"
        OUT_OF_RANGE input.at: at (2026-01-01 00:00:00 UTC) is before its beginning (2026-01-05 14:00:00 UTC).
        OUT_OF_RANGE input.meterIn: meterIn (99) is less than meterOut (100.25).
        ");
    let back = json!({ "id": "R-17-1", "at": "2026-01-29T12:00:00Z", "meterIn": 180, "note": "Left track worn" });
    let back = admin.mutate("customerAssetReturn", back, "returnedAt meterIn notes version").await;
    assert_snapshot!(snapshot_text(&back), @r#"
        {
          "meterIn": "180",
          "notes": "With bucket\nLeft track worn",
          "returnedAt": "2026-01-29T12:00:00Z",
          "version": 2
        }
        "#);
    let again = admin.user_errors("customerAssetReturn", json!({ "id": "R-17-1" })).await;
    assert_snapshot!(again.join("\n"), @"STATE input.id: The asset came back 2026-01-29T12:00:00Z; an asset that is out can be returned.");
}

#[apply(each_database)]
async fn an_assignment_reports_all_violations_at_once(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers_and_asset(&admin).await;
    let wrong = json!({ "customer": "nobody", "asset": { "new": { "name": "", "year": 1 } }, "relationship": "LEASED",
        "location": "nowhere", "meterOut": -1 });
    let first = admin.user_errors("customerAssetAssign", wrong).await;
    let wrong = json!({ "customer": "acme", "asset": "nothing", "relationship": "OWNED", "from": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z",
        "returnedAt": "2026-01-02T00:00:00Z", "meterOut": 5, "meterIn": 4 });
    let second = admin.user_errors("customerAssetCreate", wrong).await;
    assert_snapshot!([first, second].concat().join("\n"), @r#"
        NOT_FOUND input.customer: "nobody" is neither the id, the external reference nor the number of a customer.
        OUT_OF_RANGE input.meterOut: meterOut cannot be negative.
        REQUIRED input.from: RESERVED, RENTED and LEASED need from, the beginning of the contract.
        NOT_FOUND input.location: "nowhere" is neither the id nor the external reference of an address.
        REQUIRED input.asset.new.name: name cannot be empty.
        OUT_OF_RANGE input.asset.new.year: year is from 1800 to 2200; 1 was given.
        OUT_OF_RANGE input.until: until (2026-01-01 00:00:00 UTC) is before its beginning (2026-02-01 00:00:00 UTC).
        OUT_OF_RANGE input.returnedAt: returnedAt (2026-01-02 00:00:00 UTC) is before its beginning (2026-02-01 00:00:00 UTC).
        OUT_OF_RANGE input.meterIn: meterIn (4) is less than meterOut (5).
        NOT_FOUND input.asset: "nothing" is neither the id nor the external reference of an asset.
        "#);
    let response = admin.execute("{ customerAssets { totalCount } assets { totalCount } }").await;
    assert_eq!(*response.data(), json!({ "customerAssets": { "totalCount": 0 }, "assets": { "totalCount": 1 } }));
}

#[apply(each_database)]
async fn an_assignment_has_one_asset_existing_or_new(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers_and_asset(&admin).await;
    for asset in [json!(null), json!({}), json!({ "existing": "lift", "new": { "name": "Lift 2" } })] {
        let input = json!({ "customer": "acme", "asset": asset, "relationship": "OWNED" });
        let response = admin.send_mutation("customerAssetAssign", input, "id").await;
        assert_eq!(response.error_codes(), ["BAD_REQUEST"], "{asset}");
    }
    let response = admin.execute("{ customerAssets { totalCount } assets { totalCount } }").await;
    assert_eq!(*response.data(), json!({ "customerAssets": { "totalCount": 0 }, "assets": { "totalCount": 1 } }));
}

#[apply(each_database)]
async fn rentals_of_an_asset_do_not_overlap(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers_and_asset(&admin).await;
    let first =
        admin.mutate("customerAssetAssign", rent("acme", "2026-01-10", Some("2026-01-20")), "id").await["id"].clone();
    let expected = format!(
        "OVERLAP input.from: The asset is RENTED as {} from 2026-01-10T00:00:00Z to 2026-01-20T00:00:00Z.",
        first.as_str().unwrap()
    );
    for (from, until) in [
        ("2026-01-01", Some("2026-01-11")),
        ("2026-01-12", Some("2026-01-13")),
        ("2026-01-19", None),
        ("2026-01-01", None),
        ("2026-01-10", Some("2026-01-20")),
    ] {
        let refused = admin.user_errors("customerAssetAssign", rent("bolt", from, until)).await;
        assert_eq!(refused.join(" "), expected, "from {from} until {until:?}");
    }
    // The end is not part of the period; owned and serviced assets and empty periods occupy nothing.
    admin.mutate("customerAssetAssign", rent("bolt", "2026-01-20", Some("2026-01-25")), "").await;
    admin.mutate("customerAssetAssign", rent("bolt", "2026-01-01", Some("2026-01-10")), "").await;
    admin.mutate("customerAssetAssign", rent("bolt", "2026-01-12", Some("2026-01-12")), "").await;
    for relationship in ["OWNED", "UNDER_SERVICE"] {
        admin
            .mutate(
                "customerAssetAssign",
                json!({ "customer": "bolt", "asset": { "existing": "lift" }, "relationship": relationship }),
                "",
            )
            .await;
    }
    // A past period is only a record. Any other needs the asset, which is not returned.
    let refused = admin.user_errors("customerAssetAssign", rent("acme", "2026-03-01", None)).await;
    assert_snapshot!(without_times(&refused), @"OVERLAP input.from: The asset is RENTED as ID from 2026-01-01T00:00:00Z and not back, though it was due by 2026-01-10T00:00:00Z; return it first.");
    let later = admin.user_errors("customerAssetAssign", rent("bolt", "2150-01-01", None)).await;
    assert_eq!(without_times(&later), without_times(&refused), "nobody knows when an overdue asset comes back");
    let out = "{ customerAssets(where: { relationship: { eq: RENTED } }) { nodes { id until } } }";
    for row in admin.execute(out).await.at("/data/customerAssets/nodes").as_array().unwrap() {
        admin.mutate("customerAssetReturn", json!({ "id": row["id"], "at": row["until"] }), "").await;
    }
    let open = admin.mutate("customerAssetAssign", rent("acme", "2026-03-01", None), "id").await["id"].clone();
    let mut created = rent("bolt", "2027-01-01", None);
    created["asset"] = json!("lift");
    let refused = admin.user_errors("customerAssetCreate", created).await;
    assert_eq!(
        refused,
        [format!(
            "OVERLAP input.from: The asset is RENTED as {} from 2026-03-01T00:00:00Z, without an end.",
            open.as_str().unwrap()
        )]
    );
    // A customer that has the asset cannot be deleted, even by an actor who may not read the assignment.
    let gone = json!({ "id": "acme", "cancelOpen": true });
    let scopes = [
        "customer:read",
        "customer:write",
        "load:read",
        "load:write",
        "service:read",
        "service:write",
        "contact:read",
        "address:read",
    ]
    .map(str::to_owned);
    let narrow = world.user(&[Role::Admin]).scopes(&scopes).subject("narrow").actor();
    for actor in [&admin, &narrow] {
        assert_eq!(
            actor.user_errors("customerDelete", gone.clone()).await,
            ["IN_USE input.id: The customer has assets on rent or lease that are not back; return them first."]
        );
    }
    // A returned asset is free from then on.
    admin.mutate("customerAssetReturn", json!({ "id": open, "at": "2026-03-05T00:00:00Z" }), "").await;
    admin.mutate("customerAssetAssign", rent("bolt", "2026-03-05", None), "").await;
}

#[apply(each_database)]
async fn changed_periods_and_relationships_are_validated_again(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers_and_asset(&admin).await;
    admin.mutate("customerAssetAssign", rent("acme", "2026-01-10", Some("2026-01-20")), "").await;
    let mut second = rent("bolt", "2026-01-20", Some("2026-01-30"));
    second["externalReference"] = json!("second");
    admin.mutate("customerAssetAssign", second.clone(), "").await;
    let owned = json!({ "customer": "bolt", "asset": "lift", "relationship": "OWNED", "from": "2026-01-15T00:00:00Z",
            "externalReference": "owned" });
    admin.mutate("customerAssetCreate", owned, "").await;
    let mut refused =
        admin.user_errors("customerAssetUpdate", json!({ "id": "second", "from": "2026-01-19T23:59:59Z" })).await;
    refused.extend(admin.user_errors("customerAssetUpdate", json!({ "id": "owned", "relationship": "LEASED" })).await);
    refused.extend(
        admin
            .user_errors("customerAssetUpdate", json!({ "id": "owned", "relationship": "RENTED", "from": null }))
            .await,
    );
    // Another rental takes the period while this one is deleted; another period makes it restorable.
    admin.mutate("customerAssetDelete", json!({ "id": "second" }), "").await;
    admin.mutate("customerAssetAssign", rent("acme", "2026-01-25", Some("2026-01-26")), "").await;
    refused.extend(admin.user_errors("customerAssetRestore", json!({ "id": "second" })).await);
    let put = json!({ "externalReference": "second", "customer": "acme" });
    refused.extend(admin.user_errors("customerAssetUpsert", put).await);
    refused.extend(admin.user_errors("customerAssetUpsert", json!({ "externalReference": "second" })).await);
    assert_snapshot!(without_times(&refused), @"
        OVERLAP input.from: The asset is RENTED as ID from 2026-01-10T00:00:00Z to 2026-01-20T00:00:00Z.
        OVERLAP input.from: The asset is RENTED as ID from 2026-01-10T00:00:00Z to 2026-01-20T00:00:00Z.
        REQUIRED input.from: RESERVED, RENTED and LEASED need from, the beginning of the contract.
        OVERLAP input.from: The asset is RENTED as ID from 2026-01-25T00:00:00Z to 2026-01-26T00:00:00Z.
        IMMUTABLE input.customer: The customer was fixed when the row was made: it is ID.
        OVERLAP input.from: The asset is RENTED as ID from 2026-01-25T00:00:00Z to 2026-01-26T00:00:00Z.
        ");
    let put =
        json!({ "externalReference": "second", "customer": "bolt", "asset": "lift", "until": "2026-01-25T00:00:00Z" });
    let back = admin.mutate("customerAssetUpsert", put, "deletedAt until version").await;
    assert_eq!(back, json!({ "deletedAt": null, "until": "2026-01-25T00:00:00Z", "version": 3 }));
    // Other fields can change.
    let noted = admin
        .mutate("customerAssetUpdate", json!({ "id": "second", "notes": "x", "expectedVersion": 3 }), "notes")
        .await;
    assert_eq!(noted, json!({ "notes": "x" }));
}

#[apply(each_database)]
async fn one_of_many_concurrent_rentals_succeeds(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers_and_asset(&admin).await;
    for round in 1..=5 {
        let day = format!("2026-01-{:02}", round * 2);
        let ask = |customer| {
            let (admin, input) = (admin.clone(), rent(customer, &day, Some(&format!("2026-01-{:02}", round * 2 + 2))));
            async move { admin.send_mutation("customerAssetAssign", input, "id").await }
        };
        let (a, b, c, d, e) = tokio::join!(ask("acme"), ask("bolt"), ask("acme"), ask("bolt"), ask("acme"));
        let codes: Vec<_> = [&a, &b, &c, &d, &e]
            .map(|response| response.at("/data/customerAssetAssign/userErrors/0/code").clone())
            .into();
        let won = codes.iter().filter(|code| code.is_null()).count();
        let lost = codes.iter().filter(|code| **code == json!("OVERLAP")).count();
        assert_eq!((won, lost), (1, 4), "round {round}: {codes:?}");
    }
    assert_eq!(
        admin.execute("{ customerAssets { totalCount } }").await.data()["customerAssets"]["totalCount"],
        json!(5)
    );
}

#[apply(each_database_in_parallel)]
async fn one_of_two_concurrent_moves_to_one_period_succeeds(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers_and_asset(&admin).await;
    let mut ids = Vec::new();
    for (customer, from, until) in [("acme", "2026-01-01", "2026-01-02"), ("bolt", "2026-01-03", "2026-01-04")] {
        let rental = rent(customer, from, Some(until));
        ids.push(admin.mutate("customerAssetAssign", rental, "id").await["id"].clone());
    }
    for round in 10..22 {
        let day = |day: u32| format!("2026-03-{day:02}T00:00:00Z");
        let moved = |id: &Json| json!({ "id": id, "from": day(round), "until": day(round + 1) });
        let (one, other) = tokio::join!(
            admin.send_mutation("customerAssetUpdate", moved(&ids[0]), ""),
            admin.send_mutation("customerAssetUpdate", moved(&ids[1]), "")
        );
        let mut codes =
            [one, other].map(|response| response.at("/data/customerAssetUpdate/userErrors/0/code").to_string());
        codes.sort();
        assert_eq!(codes, ["\"OVERLAP\"", "null"], "round {round}");
    }
}

#[apply(each_database)]
async fn either_a_rental_or_a_concurrent_delete_succeeds(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers_and_asset(&admin).await;
    for round in 0..5 {
        let lift = admin.mutate("assetCreate", json!({ "name": format!("Lift {round}") }), "id").await["id"].clone();
        let mut hire = rent("acme", "2026-01-01", None);
        hire["asset"] = json!({ "existing": lift });
        let (rented, deleted) = tokio::join!(
            admin.send_mutation("customerAssetAssign", hire, ""),
            admin.send_mutation("assetDelete", json!({ "id": lift }), "")
        );
        let rented = rented.at("/data/customerAssetAssign/userErrors/0/code").clone();
        let deleted = deleted.at("/data/assetDelete/userErrors/0/code").clone();
        let fair = [(Json::Null, json!("IN_USE")), (json!("DELETED"), Json::Null)];
        assert!(fair.contains(&(rented.clone(), deleted.clone())), "rented {rented}, deleted {deleted}");
    }
}

#[apply(each_database)]
async fn customer_assets_are_filtered_by_asset_and_customer(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers_and_asset(&admin).await;
    admin.mutate("assetCreate", json!({ "name": "Pump", "category": "Water", "externalReference": "pump" }), "").await;
    admin.mutate("customerAssetAssign", rent("acme", "2026-01-10", Some("2026-01-20")), "").await;
    admin
        .mutate(
            "customerAssetAssign",
            json!({ "customer": "bolt", "asset": { "existing": "pump" }, "relationship": "OWNED", "contractNumber": "K 9" }),
            "",
        )
        .await;
    let query = "{
        byAsset: customerAssets(where: { asset: { category: { eq: \"water\" } } }) { nodes { contractNumber } }
        byCustomer: customerAssets(where: { customer: { externalReference: { eq: \"acme\" } } }) { nodes { relationship } }
        out: customerAssets(where: { returnedAt: { isNull: true }, from: { isNull: true } }) { nodes { contractNumber } }
        ordered: customerAssets(orderBy: [{ from: DESC }]) { nodes { from } }
        customers(where: { assets: { some: { asset: { name: { startsWith: \"pu\" } } } } }) { nodes { externalReference } }
    }";
    let response = admin.execute(query).await;
    assert_eq!(
        *response.data(),
        json!({
            "byAsset": { "nodes": [{ "contractNumber": "K 9" }] },
            "byCustomer": { "nodes": [{ "relationship": "RENTED" }] },
            "out": { "nodes": [{ "contractNumber": "K 9" }] },
            "ordered": { "nodes": [{ "from": null }, { "from": "2026-01-10T00:00:00Z" }] },
            "customers": { "nodes": [{ "externalReference": "bolt" }] },
        })
    );
}

#[apply(each_database)]
async fn another_tenant_gets_no_customer_asset(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers_and_asset(&admin).await;
    let id = admin.mutate("customerAssetAssign", rent("acme", "2026-01-10", None), "id").await["id"].clone();
    let other_admin = world.other_admin();
    let query = "query($id: ID!) { customerAsset(id: $id) { id } node(id: $id) { id } customerAssets { totalCount } }";
    let response = other_admin.execute_with(query, json!({ "id": id })).await;
    assert_eq!(*response.data(), json!({ "customerAsset": null, "node": null, "customerAssets": { "totalCount": 0 } }));
    assert_eq!(admin.execute_with(query, json!({ "id": id })).await.data()["node"], json!({ "id": id }));
    for mutation in ["customerAssetReturn", "customerAssetDelete", "customerAssetRestore"] {
        let refused = other_admin.user_errors(mutation, json!({ "id": id })).await;
        assert!(refused[0].starts_with("NOT_FOUND input.id: "), "{refused:?}");
    }
}
