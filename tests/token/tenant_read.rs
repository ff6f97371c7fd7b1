//! What a request reads before it runs: its tenant and the tenant's revocations, once for requests that need them together.

use std::{pin::pin, sync::Arc};

use rstest_reuse::apply;
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::{QUERY, claims_with, sign_with_secret};
use crate::world::{DatabaseKind, World, database::connect, each_database, http_settings};

/// The connections of the server.
const CONNECTIONS: u32 = 5;

/// How many requests arrive together.
const REQUESTS: usize = 20;

#[apply(each_database)]
async fn requests_that_arrive_together_share_what_they_read_about_their_tenant(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let slug = sign_with_secret(&claims_with(&world, json!({ "tenant": world.tenant.row.slug })));
    for token in [world.user(&[access::Role::Admin]).token(), slug] {
        // This server has read nothing yet.
        let db = connect(&world.database.url, CONNECTIONS).await;
        let actor = world.actor_with_token(&token).at(&world.start_server_on(db.clone(), http_settings()).await);
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS {
            held.push(db.connections().acquire(Some(Uuid::now_v7())).await);
        }
        let waiting = || db.connections().waiting(None).max(db.connections().waiting(Some(world.tenant.row.id)));
        let requests = (0..REQUESTS).map(|_| actor.execute("{ viewer { subject } }"));
        let mut requests = pin!(futures_util::future::join_all(requests));
        tokio::select! {
            _ = &mut requests => panic!("nothing was read"),
            () = async { while waiting() == 0 { tokio::task::yield_now().await } } => {}
        }
        let mut most = 0;
        drop(held);
        let responses = tokio::select! {
            responses = &mut requests => responses,
            () = async { loop { most = most.max(waiting()); tokio::task::yield_now().await } } => vec![],
        };
        assert!(responses.iter().all(|response| response.status == 200));
        assert!(most <= 1, "{most} requests waited for the same read");
    }
}

#[apply(each_database)]
async fn a_tenant_that_a_token_names_by_its_slug_is_not_read_for_each_request(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let slug = world.tenant.row.slug.as_str();
    let read = async || world.db.tenant(slug).await.unwrap().unwrap();
    // A machine that stops for longer than a cache holds makes one attempt fail.
    let mut is_shared = false;
    for _ in 0..10 {
        is_shared |= Arc::ptr_eq(&read().await, &read().await);
    }
    assert!(is_shared);
    // What this server changes holds at once, and a slug that another tenant has taken names that one.
    world.admin().mutate("tenantUpdate", json!({ "name": "Renamed" }), "").await;
    assert_eq!(read().await.row.name, "Renamed");
    for sql in [
        format!("UPDATE tenant SET slug = 'former' WHERE slug = '{slug}'"),
        format!("UPDATE tenant SET slug = '{slug}' WHERE slug = '{}'", world.other_tenant.row.slug),
    ] {
        world.db.connection().execute_unprepared(&sql).await.unwrap();
    }
    let fresh = connect(&world.database.url, CONNECTIONS).await;
    assert_eq!(fresh.tenant(slug).await.unwrap().unwrap().row.id, world.other_tenant.row.id);
    fresh.tenant("former").await.unwrap().unwrap();
    assert_eq!(fresh.tenant(slug).await.unwrap().unwrap().row.id, world.other_tenant.row.id);
}

#[apply(each_database)]
async fn a_token_is_refused_while_the_revocations_cannot_be_read(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    world.db.connection().execute_unprepared("ALTER TABLE token_revocation RENAME TO hidden").await.unwrap();
    let response = world.admin().execute(QUERY).await;
    assert_eq!((response.status, response.error_codes()), (503, vec!["UNAVAILABLE"]), "{response}");
    world.db.connection().execute_unprepared("ALTER TABLE hidden RENAME TO token_revocation").await.unwrap();
    world.admin().execute(QUERY).await.data();
}
