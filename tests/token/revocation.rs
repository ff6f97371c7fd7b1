//! Revocation: a token or a subject is refused on every server, and nothing else is.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use jsonwebtoken::get_current_timestamp;
use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value as Json, json};
use std::time::Duration;
use store::{
    clock,
    revocation::{self, Revocation, RevocationCache, delete_expired},
};

use super::{QUERY, claims_with, sign_with_secret, token_rejection};
use crate::world::{DatabaseKind, World, each_database, program};

const REVOKED: &str = "the token has been revoked";
const DAY: Duration = Duration::from_hours(24);

/// A token of the tenant, with an id, a subject and the time of its issue.
fn token(world: &World, id: &str, subject: &str, issued_at: u64) -> String {
    sign_with_secret(&claims_with(world, json!({ "jti": id, "sub": subject, "iat": issued_at })))
}

fn time(seconds: u64) -> DateTime<Utc> {
    DateTime::from_timestamp(i64::try_from(seconds).unwrap(), 0).unwrap()
}

async fn revoke(world: &World, revocation: Revocation) {
    revocation::revoke(&world.db, world.tenant.row.id, revocation, DAY).await.unwrap();
}

/// The base URL of a server that has read no revocation yet.
async fn fresh_server(world: &World) -> String {
    world.start_server(crate::world::http_settings()).await
}

#[apply(each_database)]
async fn a_revoked_token_is_refused_and_no_other(database: DatabaseKind) {
    let mut world = World::new(database).await;
    let now = get_current_timestamp();
    let revoked = token(&world, "lost", "ada", now);
    revoke(&world, Revocation::Token("lost".to_owned())).await;
    assert_eq!(token_rejection(&world, &revoked).await, REVOKED);
    for other in [token(&world, "kept", "ada", now), token(&world, "lost ", "ada", now)] {
        world.actor_with_token(&other).execute(QUERY).await.data();
    }
    let without_id = sign_with_secret(&claims_with(&world, json!({})));
    world.actor_with_token(&without_id).execute(QUERY).await.data();
    // The other tenant may have a token of the same id.
    let tenant = world.other_tenant.row.id;
    let other = sign_with_secret(&claims_with(&world, json!({ "jti": "lost", "tenant": tenant })));
    world.actor_with_token(&other).execute(QUERY).await.data();
    let number = sign_with_secret(&claims_with(&world, json!({ "jti": [] })));
    assert_eq!(token_rejection(&world, &number).await, "the token's jti is neither a text nor a whole number");
    // Every other server refuses it, too.
    world.base = fresh_server(&world).await;
    assert_eq!(token_rejection(&world, &revoked).await, REVOKED);
}

#[apply(each_database)]
async fn the_tokens_of_a_subject_from_before_a_time_are_refused(database: DatabaseKind) {
    let mut world = World::new(database).await;
    let now = get_current_timestamp();
    let before = Revocation::Subject("eve".to_owned(), time(now - 60));
    revoke(&world, before).await;
    for issued_at in [now - 61, now - 3_600] {
        assert_eq!(token_rejection(&world, &token(&world, "any", "eve", issued_at)).await, REVOKED, "{issued_at:?}");
    }
    for (subject, issued_at) in [("eve", now - 60), ("eve", now), ("ada", now - 3_600)] {
        world.actor_with_token(&token(&world, "any", subject, issued_at)).execute(QUERY).await.data();
    }
    // An earlier time takes nothing back, and a later one replaces it.
    revoke(&world, Revocation::Subject("eve".to_owned(), time(now - 600))).await;
    world.base = fresh_server(&world).await;
    assert_eq!(token_rejection(&world, &token(&world, "any", "eve", now - 61)).await, REVOKED);
    world.actor_with_token(&token(&world, "any", "eve", now)).execute(QUERY).await.data();
    revoke(&world, Revocation::Subject("eve".to_owned(), time(now + 1))).await;
    world.base = fresh_server(&world).await;
    assert_eq!(token_rejection(&world, &token(&world, "any", "eve", now)).await, REVOKED);
}

#[apply(each_database)]
async fn the_command_revokes_and_signs_tokens_that_can_be_revoked(database: DatabaseKind) {
    let mut world = World::new(database).await;
    let (url, slug) = (world.database.url.clone(), world.tenant.row.slug.clone());
    let sign = |subject: &str| {
        let args = ["token", "--tenant", &slug, "--role", "ADMIN", "--subject", subject, "--ttl", "1h"];
        program::run(&url, &args).trim().to_owned()
    };
    let claims_of = |token: &str| -> Json { jsonwebtoken::dangerous::insecure_decode(token).unwrap().claims };
    let args = ["token", "--tenant", &slug, "--role", "ADMIN", "--subject", "ada", "--ttl", "1h"];
    let output = program::command(&url, &args).output().unwrap();
    let (ada, eve) = (String::from_utf8(output.stdout.clone()).unwrap().trim().to_owned(), sign("eve"));
    let claims = claims_of(&ada);
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 3_600);
    let id = claims["jti"].as_str().unwrap();
    assert_ne!(*id, claims_of(&eve)["jti"]);
    let note = format!("note: to revoke it before it expires: fieldgate token revoke --tenant {slug} --jti {id}\n");
    assert_eq!(program::error_of(&output), note);
    let technician = ["token", "--tenant", &slug, "--role", "TECHNICIAN", "--subject", "bo"];
    let notes = program::error_of(&program::command(&url, &technician).output().unwrap());
    let line = "note: as a technician, the caller sees the work of \"bo\"; --technician names another one";
    assert_eq!(notes.lines().nth(1), Some(line), "{notes}");
    let named = program::command(&url, &[&technician[..], &["--technician", "64a7"]].concat()).output().unwrap();
    assert_eq!(program::error_of(&named).lines().count(), 1, "{}", program::error_of(&named));
    let said = program::run(&url, &["token", "revoke", "--tenant", &slug, "--jti", id]);
    assert_eq!(said, format!("the token {id} of {slug} is revoked; every server refuses them within 5 s\n"));
    assert_eq!(token_rejection(&world, &ada).await, REVOKED);
    world.actor_with_token(&eve).execute(QUERY).await.data();
    program::run(&url, &["token", "revoke", "--tenant", &slug, "--subject", "eve"]);
    world.base = fresh_server(&world).await;
    assert_eq!(token_rejection(&world, &eve).await, REVOKED);
    for (args, expected) in [
        (vec!["token", "revoke", "--tenant", &slug], "--jti"),
        (vec!["token", "revoke", "--tenant", "nobody", "--jti", "x"], "there is no tenant nobody"),
        (vec!["token", "revoke", "--tenant", &slug, "--subject", "eve", "--issued-before", "noon"], "--issued-before"),
        (vec!["token", "--tenant", &slug], "--role"),
        (
            vec!["token", "--tenant", &slug, "--role", "ADMIN", "--ttl", "2d"],
            "the setting token_max_ttl allows 86400 s",
        ),
    ] {
        let output = program::command(&url, &args).output().unwrap();
        let error = program::error_of(&output);
        assert!(!output.status.success() && error.contains(expected), "{args:?}: {error}");
    }
}

#[apply(each_database)]
async fn revocations_cost_no_statement_per_request_and_expire(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let count = async || {
        let (db, sql) = (world.db.connection(), "SELECT COUNT(*) FROM token_revocation");
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
        row.try_get_by_index::<i64>(0).unwrap()
    };
    let tenant = world.tenant.row.id;
    revocation::revoke(&world.db, tenant, Revocation::Token("old".to_owned()), Duration::ZERO).await.unwrap();
    revocation::revoke(&world.db, tenant, Revocation::Token("new".to_owned()), DAY).await.unwrap();
    let future = clock::now().trunc_subsecs(0) + TimeDelta::hours(1);
    revocation::revoke(&world.db, tenant, Revocation::Subject("eve".to_owned(), future), Duration::ZERO).await.unwrap();
    assert_eq!(count().await, 3);
    assert_eq!(delete_expired(&world.db).await.unwrap(), 1);
    assert_eq!(count().await, 2);
    // A subject is revoked until the time has come, and as long as its tokens could live.
    assert_eq!(token_rejection(&world, &token(&world, "any", "eve", get_current_timestamp())).await, REVOKED);
    // The revocations that a server has read hold for some seconds: what the database says now is not asked.
    let cache = RevocationCache::default();
    let first = cache.read(&world.db, tenant).await.unwrap();
    let again = cache.read(&world.db, tenant).await.unwrap();
    assert!(first.contains(Some("new"), "ada", None) && again.contains(Some("new"), "ada", None));
}
