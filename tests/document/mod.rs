//! Documents, through the schema and through `/files`.

mod bucket;
mod download;
pub mod form;
mod sweep;
mod upload;

use access::Role;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use self::form::Form;
use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database, snapshot_text};

const ALL: &str = "type title takenAt link externalReference file { name mediaType size sha256 }
    customer { externalReference } asset { externalReference } load { externalReference } serviceRecord { externalReference }";

/// Creates a customer with a load and a service record, and an asset.
async fn create_owners(admin: &Actor) {
    admin.mutate("customerCreate", json!({ "externalReference": "acme", "type": "SHIPPER", "name": "Acme" }), "").await;
    let stops = json!([{ "type": "PICKUP" }, { "type": "DELIVERY" }]);
    let load = json!({ "externalReference": "load", "customer": "acme", "stops": stops });
    admin.mutate("loadCreate", load, "").await;
    let visit = json!({ "externalReference": "visit", "customer": "acme", "serviceDate": "2099-01-20T08:00:00Z",
        "serviceType": "HVAC", "technicians": ["tim"] });
    admin.mutate("serviceRecordCreate", visit, "").await;
    admin.mutate("assetCreate", json!({ "externalReference": "lift", "name": "Lift" }), "").await;
}

/// A link of an owner.
fn link(owner: &str, reference: &str) -> Json {
    json!({ owner: reference, "link": "https://scans.example/1", "type": "POD", "title": "Signed by Ann",
        "takenAt": "2026-01-20T08:00:00Z" })
}

#[apply(each_database)]
async fn a_link_is_read_back_as_it_was_written(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    let created = admin.mutate("documentCreate", link("load", "load"), &format!("id {ALL}")).await;
    assert_snapshot!(snapshot_text(&created), @r#"
        {
          "asset": null,
          "customer": {
            "externalReference": "acme"
          },
          "externalReference": null,
          "file": null,
          "id": "doc_1",
          "link": "https://scans.example/1",
          "load": {
            "externalReference": "load"
          },
          "serviceRecord": null,
          "takenAt": "2026-01-20T08:00:00Z",
          "title": "Signed by Ann",
          "type": "POD"
        }
        "#);
    let update = json!({ "id": created["id"], "type": "BOL", "title": null, "link": "https://scans.example/2" });
    let updated = admin.mutate("documentUpdate", update, "type title link version").await;
    assert_snapshot!(snapshot_text(&updated), @r#"
        {
          "link": "https://scans.example/2",
          "title": null,
          "type": "BOL",
          "version": 2
        }
        "#);
}

#[apply(each_database)]
async fn a_document_has_one_owner_and_a_link(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    let mut errors = Vec::new();
    for input in [
        json!({ "link": "https://a.example" }),
        json!({ "link": "https://a.example", "customer": "acme", "asset": "lift" }),
        json!({ "link": "https://a.example", "load": "nope" }),
        json!({ "link": "javascript:alert(1)", "customer": "acme" }),
        json!({ "link": "  ", "customer": "acme" }),
    ] {
        errors.extend(admin.user_errors("documentCreate", input).await);
    }
    let known = json!({ "externalReference": "scan", "load": "load", "link": "https://a.example" });
    admin.mutate("documentUpsert", known, "").await;
    let moved = json!({ "externalReference": "scan", "asset": "lift" });
    errors.extend(admin.user_errors("documentUpsert", moved).await);
    errors.extend(admin.user_errors("documentUpdate", json!({ "id": "scan", "link": null })).await);
    assert_snapshot!(errors.join("\n"), @r#"
        REQUIRED input.customer: A document belongs to one customer, asset, load or service record; 0 of customer, asset, load and serviceRecord are given.
        INVALID input.customer: A document belongs to one customer, asset, load or service record; 2 of customer, asset, load and serviceRecord are given.
        NOT_FOUND input.load: "nope" is neither the id, the external reference nor the number of a load.
        INVALID input.link: This is not a web address; an example is https://example.com/page.
        REQUIRED input.link: A new document needs its link; a file is uploaded to /files.
        IMMUTABLE input.asset: The row was made without asset, and gets none later.
        REQUIRED input.link: A document without a file needs its link.
        "#);
    let future = json!({ "link": "https://a.example", "customer": "acme", "takenAt": "2999-01-01T00:00:00Z" });
    let errors = admin.user_errors("documentCreate", future).await;
    assert!(errors[0].starts_with("OUT_OF_RANGE input.takenAt: "), "{errors:?}");
}

#[apply(each_database)]
async fn each_owner_lists_its_documents_and_a_customer_those_of_its_work(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    for (owner, reference) in [("customer", "acme"), ("load", "load"), ("serviceRecord", "visit"), ("asset", "lift")] {
        admin.mutate("documentCreate", link(owner, reference), "").await;
    }
    let query = "{ customer(ref: \"acme\") { documents { totalCount } } load(ref: \"load\") { documents { totalCount } }
        serviceRecord(ref: \"visit\") { documents { totalCount } } asset(ref: \"lift\") { documents { totalCount } }
        loads(where: { documents: { some: { type: { eq: POD } } } }) { totalCount }
        documents(where: { title: { startsWith: \"ann\" }, asset: { externalReference: { eq: \"lift\" } } }) { totalCount } }";
    let counts = admin.execute(query).await;
    assert_snapshot!(snapshot_text(counts.data()), @r#"
        {
          "asset": {
            "documents": {
              "totalCount": 1
            }
          },
          "customer": {
            "documents": {
              "totalCount": 3
            }
          },
          "documents": {
            "totalCount": 1
          },
          "load": {
            "documents": {
              "totalCount": 1
            }
          },
          "loads": {
            "totalCount": 1
          },
          "serviceRecord": {
            "documents": {
              "totalCount": 1
            }
          }
        }
        "#);
}

#[apply(each_database)]
async fn a_document_is_seen_by_those_who_may_read_its_owner(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    let other = json!({ "externalReference": "other", "customer": "acme", "serviceDate": "2099-01-20T08:00:00Z",
        "serviceType": "HVAC" });
    admin.mutate("serviceRecordCreate", other, "").await;
    for (owner, reference) in [
        ("customer", "acme"),
        ("load", "load"),
        ("serviceRecord", "visit"),
        ("serviceRecord", "other"),
        ("asset", "lift"),
    ] {
        admin.mutate("documentCreate", link(owner, reference), "").await;
    }
    let list = "{ documents(orderBy: [{ createdAt: ASC }]) { nodes { title load { id } serviceRecord { externalReference } asset { id } } } }";
    let count = async |actor: &Actor| {
        let response = actor.execute(list).await;
        response.at("/data/documents/nodes").as_array().unwrap_or_else(|| panic!("{response}")).len()
    };
    // A technician reads no loads, and only records that are assigned to them.
    let tim = world.user(&[Role::Technician]).subject("tim").actor();
    assert_eq!([count(&admin).await, count(&tim).await], [5, 3]);
    let scopes = ["document:read", "asset:read"].map(str::to_owned);
    let narrow = world.user(&[Role::Admin]).scopes(&scopes).actor();
    assert_eq!(count(&narrow).await, 1);
    let refused = tim.user_errors("documentCreate", link("serviceRecord", "other")).await;
    assert_snapshot!(refused.join("\n"), @r#"NOT_FOUND input.serviceRecord: "other" is neither the id nor the external reference of a service record."#);
    let viewer = world.viewer();
    assert_eq!(count(&viewer).await, 5);
    let title = viewer.execute("{ documents(first: 1) { nodes { type title link } } }").await;
    assert_eq!(title.at("/data/documents/nodes/0/title"), &Json::Null);
    let uploaded = Form::new().field("customer", "acme").file("a.txt", "text/plain", b"hello").send(&viewer).await;
    assert_eq!((uploaded.status, uploaded.error_codes()), (403, vec!["FORBIDDEN"]), "{uploaded}");
}

#[apply(each_database)]
async fn the_documents_of_a_deleted_customer_go_and_come_with_it(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    admin.mutate("documentCreate", link("load", "load"), "").await;
    let uploaded = Form::new().field("customer", "acme").file("a.txt", "text/plain", b"hello").send(&admin).await;
    assert_eq!(uploaded.status, 201, "{uploaded}");
    admin.mutate("customerDelete", json!({ "id": "acme", "cancelOpen": true }), "").await;
    let count = "{ documents { totalCount } }";
    assert_eq!(admin.execute(count).await.at("/data/documents/totalCount"), 0);
    admin.mutate("customerRestore", json!({ "id": "acme" }), "").await;
    assert_eq!(admin.execute(count).await.at("/data/documents/totalCount"), 2);
}
