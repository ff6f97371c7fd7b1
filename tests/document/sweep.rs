//! Sweeping: what uploads that were cut off and deleted documents leave in the storage goes in its time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::document::{Draft, OwnerReference, begin_file};
use fieldgate::tasks::sweep;
use file_storage::FileWriter;
use rstest_reuse::apply;
use serde_json::json;
use store::{background, clock};

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
