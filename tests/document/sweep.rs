//! Sweeping: what uploads that were cut off and deleted documents leave in the storage goes in its time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::document::{Draft, OwnerReference, begin_file};
use fieldgate::tasks::sweep;
use file_storage::FileWriter;
use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use store::{background, clock, stored_file};

use super::{
    create_owners,
    form::{Form, picture},
    upload::{files_below, stored_files},
};
use crate::world::{DatabaseKind, World, each_database};

const RETENTION: Duration = Duration::from_hours(24 * 30);

/// Sweeps the files of the world's first tenant at a time. Gives how many were deleted.
pub async fn sweep_at(world: &World, at: DateTime<Utc>) -> error::Result<u64> {
    sweep(&world.db, &world.app.files, Some(world.tenant.row.id), at, RETENTION).await
}

fn parts(world: &World) -> usize {
    files_below(world.files_folder.path()).len()
}

#[apply(each_database)]
async fn what_a_killed_server_has_left_is_swept_when_it_has_expired(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    let kept = Form::new().field("customer", "acme").file("a.png", "image/png", &picture(100)).send(&admin).await;
    assert_eq!(kept.status, 201, "{kept}");
    let now = clock::now();
    // A server that is killed has written the row and some parts, and neither the end nor the document.
    let (sender, seal) = tokio::sync::oneshot::channel();
    let begin = background::write(&world.db, world.tenant.row.id, "test", |tx| {
        Box::pin(async move {
            let owner = OwnerReference { customer: Some("acme".to_owned()), ..OwnerReference::default() };
            let seal = begin_file(tx, &owner, Draft::default(), now + TimeDelta::minutes(15)).await?;
            let _ = sender.send(seal);
            Ok(())
        })
    });
    begin.await.unwrap();
    let mut writer = FileWriter::new(world.app.files.clone(), seal.await.unwrap());
    writer.write(&picture(5_000_000)).await.unwrap();
    drop(writer);
    assert_eq!((stored_files(&world).await, parts(&world)), (2, 3));
    assert_eq!(sweep_at(&world, now).await.unwrap(), 0);
    assert_eq!((stored_files(&world).await, parts(&world)), (2, 3));
    assert_eq!(sweep_at(&world, now + TimeDelta::minutes(16)).await.unwrap(), 1);
    assert_eq!((stored_files(&world).await, parts(&world)), (1, 1));
}

#[apply(each_database)]
async fn the_file_of_a_deleted_document_waits_for_its_restore(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    let form = Form::new().field("customer", "acme").field("externalReference", "photo");
    let response = form.file("a.png", "image/png", &picture(100)).send(&admin).await;
    assert_eq!(response.status, 201, "{response}");
    let now = clock::now();
    admin.mutate("documentDelete", json!({ "id": "photo" }), "").await;
    assert_eq!(sweep_at(&world, now + TimeDelta::days(29)).await.unwrap(), 0);
    admin.mutate("documentRestore", json!({ "id": "photo" }), "").await;
    // A live document keeps its file for ever.
    assert_eq!(sweep_at(&world, now + TimeDelta::days(900)).await.unwrap(), 0);
    admin.mutate("documentDelete", json!({ "id": "photo" }), "").await;
    assert_eq!(sweep_at(&world, now + TimeDelta::days(31)).await.unwrap(), 1);
    assert_eq!((stored_files(&world).await, parts(&world)), (0, 0));
    let errors = admin.user_errors("documentRestore", json!({ "id": "photo" })).await;
    assert_eq!(
        errors,
        ["STATE input.id: The file of the document was deleted when its retention ended; upload it again."]
    );
}

#[apply(each_database)]
async fn a_customer_is_restored_without_the_documents_whose_files_are_gone(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    let form = Form::new().field("customer", "acme").field("externalReference", "photo");
    let response = form.file("a.png", "image/png", &picture(100)).send(&admin).await;
    assert_eq!(response.status, 201, "{response}");
    let link = json!({ "customer": "acme", "link": "https://a.example", "externalReference": "link" });
    admin.mutate("documentCreate", link, "").await;
    admin.mutate("customerDelete", json!({ "id": "acme", "cancelOpen": true }), "").await;
    assert_eq!(sweep_at(&world, clock::now() + TimeDelta::days(31)).await.unwrap(), 1);
    admin.mutate("customerRestore", json!({ "id": "acme" }), "").await;
    let left = admin.execute("{ documents { nodes { externalReference } } }").await;
    assert_eq!(left.at("/data/documents/nodes"), &json!([{ "externalReference": "link" }]));
}

#[apply(each_database)]
async fn a_file_that_is_claimed_is_kept_by_no_document(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    let form = Form::new().field("customer", "acme").field("externalReference", "photo");
    let response = form.file("a.png", "image/png", &picture(100)).send(&admin).await;
    assert_eq!(response.status, 201, "{response}");
    let query = "SELECT id FROM stored_file WHERE tenant_id = $1";
    let db = world.db.connection();
    let select = Statement::from_sql_and_values(world.db.backend(), query, [world.tenant.row.id.into()]);
    let file = db.query_one_raw(select).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    // A kept file is not claimed, not even by an upload that believes it failed.
    let row = (world.tenant.row.id, file);
    assert!(!stored_file::claim(&world.db, row, None).await.unwrap());
    // Nor is one that is begun and has not expired; when it is claimed, no transaction keeps it.
    let (sender, seal) = tokio::sync::oneshot::channel();
    let expires_at = clock::now() + TimeDelta::minutes(15);
    let begin = background::write(&world.db, world.tenant.row.id, "test", |tx| {
        Box::pin(async move {
            let _ = sender.send(tx.begin_file(None, expires_at).await?);
            Ok(())
        })
    });
    begin.await.unwrap();
    let file = seal.await.unwrap().file;
    let row = (world.tenant.row.id, file);
    assert!(!stored_file::claim(&world.db, row, Some(clock::now())).await.unwrap());
    assert!(stored_file::claim(&world.db, row, None).await.unwrap());
    let (sender, kept) = tokio::sync::oneshot::channel();
    let keep = background::write(&world.db, world.tenant.row.id, "test", |tx| {
        Box::pin(async move {
            let _ = sender.send(tx.keep_file(file).await?);
            Ok(())
        })
    });
    keep.await.unwrap();
    assert!(!kept.await.unwrap());
}

#[apply(each_database)]
async fn a_storage_that_fails_keeps_the_row_for_the_next_sweep(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_owners(&admin).await;
    let form = Form::new().field("customer", "acme").field("externalReference", "photo");
    let response = form.file("a.png", "image/png", &picture(100)).send(&admin).await;
    assert_eq!(response.status, 201, "{response}");
    admin.mutate("documentDelete", json!({ "id": "photo" }), "").await;
    // A file where the folder of the tenant was: nothing below it can be deleted.
    let folder = world.files_folder.path().join(world.tenant.row.id.to_string());
    let aside = world.files_folder.path().join("aside");
    std::fs::rename(&folder, &aside).unwrap();
    std::fs::write(&folder, "in the way").unwrap();
    let later = clock::now() + TimeDelta::days(31);
    assert!(sweep_at(&world, later).await.is_err());
    assert_eq!(stored_files(&world).await, 1);
    std::fs::remove_file(&folder).unwrap();
    std::fs::rename(&aside, &folder).unwrap();
    assert_eq!(sweep_at(&world, later).await.unwrap(), 1);
    assert_eq!((stored_files(&world).await, parts(&world)), (0, 0));
}
