//! Lifetimes: how long a token may be valid, measured from its issue or from now.

use std::time::Duration;

use fieldgate::http::auth::{Grant, Settings};
use jsonwebtoken::get_current_timestamp;
use rstest_reuse::apply;
use serde_json::json;

use super::{QUERY, claims_with, read_only_grant, sign_with_secret, token_rejection};
use crate::world::{DatabaseKind, World, each_database, program, token_settings};

#[apply(each_database)]
async fn a_token_that_lives_too_long_is_rejected(database: DatabaseKind) {
    let settings = Settings { max_ttl: Duration::from_hours(1), skew: 60, ..token_settings() };
    let world = World::builder(database).tokens(settings).build().await;
    let now = get_current_timestamp();
    let send = |times: serde_json::Value| sign_with_secret(&claims_with(&world, times));
    for times in [
        json!({ "iat": now, "exp": now + 3_600 }),
        json!({ "iat": now - 3_000, "exp": now + 600 }),
        // The clocks may differ.
        json!({ "iat": now + 30, "exp": now + 3_630 }),
    ] {
        world.actor_with_token(&send(times)).execute(QUERY).await.data();
    }
    let too_long = "the token lives longer, from iat to exp, than this server accepts";
    for (times, reason) in [
        (json!({ "iat": now, "exp": now + 3_601 }), too_long),
        // Its rest is short enough, and it is not.
        (json!({ "iat": now - 86_400, "exp": now + 600 }), too_long),
        // It might live for years, and be accepted at their end, when its revocation is forgotten.
        (json!({ "iat": null, "exp": now + 600 }), "the token does not say when it was issued (iat)"),
        (json!({ "iat": 0, "exp": 1e18 }), too_long),
        (json!({ "iat": now + 600, "exp": now + 1_200 }), "the token is not valid yet"),
        (json!({ "iat": "now" }), "the token's iat is not a number of seconds"),
        (json!({ "iat": -1 }), "the token's iat is not a number of seconds"),
    ] {
        assert_eq!(token_rejection(&world, &send(times.clone())).await, reason, "{times}");
    }
    let error = world.tokens.sign(&Grant { seconds: 3_601, ..read_only_grant(&world) }).unwrap_err();
    let expected = "no server would accept a token that lives 3601 s: the setting token_max_ttl allows 3600 s";
    assert_eq!(error, expected);
}

/// A longer one would be no bound, and the time until which a revocation is kept would be beyond all dates.
#[test]
fn the_longest_lifetime_is_at_most_a_leap_year() {
    let database = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}?mode=rwc", database.path().join("d.sqlite").display());
    program::run(&url, &["tenant", "create", "acme"]);
    let ask = |args: &[&str], seconds: u64| {
        let mut command = program::command(&url, &[&["token"], args].concat());
        command.env("FIELDGATE_TOKEN_MAX_TTL", seconds.to_string()).output().unwrap()
    };
    let sign = ["--tenant", "acme", "--role", "ADMIN"];
    let revoke = ["revoke", "--tenant", "acme", "--subject", "ada"];
    for args in [&sign[..], &revoke] {
        for seconds in [366 * 86_400 + 1, u64::MAX] {
            let output = ask(args, seconds);
            assert!(!output.status.success(), "{args:?} with {seconds} s");
            let expected = format!(
                "token_max_ttl (in fieldgate.toml, or FIELDGATE_TOKEN_MAX_TTL): a token may live for at most 31622400 s \
                 (366 days), not {seconds} s.\n  example: token_max_ttl = 86400"
            );
            let error = program::error_of(&output);
            assert!(error.contains(&expected), "{args:?}: {error}");
        }
        let output = ask(args, 366 * 86_400);
        assert!(output.status.success(), "{args:?}: {}", program::error_of(&output));
    }
}
