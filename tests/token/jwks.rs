//! Keys at an address: rotation, an address that is slow or fails, and how often it is read.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use fieldgate::http::auth::{Address, Authenticator, Key};
use jsonwebtoken::Algorithm;
use rstest_reuse::apply;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

use super::{
    QUERY,
    key_set::jwk_set,
    public_key::{issued_claims, public_key_settings, sign_with_id},
    token_rejection,
};
use crate::world::{DatabaseKind, Sqlite, World, each_database};

const UNKNOWN_KEY: &str = "the token names a key (kid) that this server does not have";

/// An issuer's server of keys.
struct Issuer {
    url: String,
    state: Arc<IssuerState>,
}

struct IssuerState {
    response: Mutex<String>,
    requests: AtomicUsize,
    /// Whether a request waits for `released`.
    holds: Mutex<bool>,
    arrived: Notify,
    released: Notify,
}

impl Issuer {
    /// Serves these keys, over TLS if it has an acceptor.
    async fn start(keys: &[(Algorithm, &str)], tls: Option<tokio_rustls::TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}/jwks", listener.local_addr().unwrap());
        let state = Arc::new(IssuerState {
            response: Mutex::default(),
            requests: AtomicUsize::new(0),
            holds: Mutex::new(false),
            arrived: Notify::new(),
            released: Notify::new(),
        });
        let issuer = Self { url, state: state.clone() };
        issuer.publish(keys);
        #[expect(clippy::disallowed_methods, reason = "the issuer lives as long as the test's runtime")]
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (state, tls) = (state.clone(), tls.clone());
                #[expect(clippy::disallowed_methods, reason = "a held request does not keep others waiting")]
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => respond(tls.accept(stream).await?, &state).await,
                        None => respond::<TcpStream>(stream, &state).await,
                    }
                });
            }
        });
        issuer
    }

    /// Serves these keys from now on.
    fn publish(&self, keys: &[(Algorithm, &str)]) {
        self.respond_with("200 OK", &jwk_set(keys));
    }

    /// Serves this response from now on.
    fn respond_with(&self, status: &str, body: &str) {
        self.respond_with_headers(status, "", body);
    }

    /// The same with more headers.
    fn respond_with_headers(&self, status: &str, headers: &str, body: &str) {
        let length = body.len();
        let response =
            format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}");
        *self.state.response.lock().unwrap() = response;
    }

    /// The number of requests so far.
    fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }

    /// Verification by the keys at the address.
    fn address(&self, min_interval: Duration) -> Address {
        let day = Duration::from_hours(24);
        let retry_delay = Duration::from_secs(1);
        Address { url: self.url.clone(), authorities: None, max_age: day, min_interval, retry_delay, timeout: day }
    }
}

async fn respond<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, state: &IssuerState) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_buf(&mut head).await?;
    }
    state.requests.fetch_add(1, Ordering::SeqCst);
    let holds = *state.holds.lock().unwrap();
    if holds {
        state.arrived.notify_one();
        state.released.notified().await;
    }
    let response = state.response.lock().unwrap().clone();
    stream.write_all(response.as_bytes()).await?;
    stream.shutdown().await
}

/// A world whose server reads its keys at an address.
async fn world_of(database: DatabaseKind, address: Address) -> World {
    World::builder(database).tokens(public_key_settings(Key::Remote(address))).build().await
}

/// The token of an administrator.
fn token(world: &World, algorithm: Algorithm, id: &str) -> String {
    sign_with_id(&issued_claims(world), algorithm, Some(id))
}

#[apply(each_database)]
async fn a_new_key_is_found_and_a_removed_one_is_not(database: DatabaseKind) {
    let issuer = Issuer::start(&[(Algorithm::RS256, "old")], None).await;
    let world = world_of(database, issuer.address(Duration::ZERO)).await;
    world.actor_with_token(&token(&world, Algorithm::RS256, "old")).execute(QUERY).await.data();
    issuer.publish(&[(Algorithm::ES256, "new")]);
    world.actor_with_token(&token(&world, Algorithm::ES256, "new")).execute(QUERY).await.data();
    assert_eq!(token_rejection(&world, &token(&world, Algorithm::RS256, "old")).await, UNKNOWN_KEY);
    // The algorithm is bound to the key here, too.
    let other = token(&world, Algorithm::RS256, "new");
    assert_eq!(token_rejection(&world, &other).await, "the token's signature is not accepted");
}

#[apply(each_database)]
async fn an_address_that_fails_leaves_the_last_keys_in_use(database: DatabaseKind) {
    let issuer = Issuer::start(&[(Algorithm::ES256, "key")], None).await;
    let world = world_of(database, issuer.address(Duration::ZERO)).await;
    let known = world.actor_with_token(&token(&world, Algorithm::ES256, "key"));
    known.execute(QUERY).await.data();
    let moved = "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
    for (status, body) in [
        ("500 Internal Server Error", ""),
        ("302 Found", moved),
        ("200 OK", "<html>"),
        ("200 OK", "{\"keys\": []}"),
        ("200 OK", &format!("{{\"keys\": [], \"more\": \"{}\"}}", "x".repeat(300_000))),
    ] {
        let before = issuer.requests();
        issuer.respond_with(status, body);
        assert_eq!(token_rejection(&world, &token(&world, Algorithm::RS256, "other")).await, UNKNOWN_KEY, "{status}");
        assert!(issuer.requests() > before, "{status}");
        known.execute(QUERY).await.data();
    }
}

#[apply(each_database)]
async fn a_slow_address_holds_up_no_request_whose_key_is_known(database: DatabaseKind) {
    let issuer = Issuer::start(&[(Algorithm::ES256, "key")], None).await;
    let world = Arc::new(world_of(database, issuer.address(Duration::ZERO)).await);
    let known = world.actor_with_token(&token(&world, Algorithm::ES256, "key"));
    known.execute(QUERY).await.data();
    *issuer.state.holds.lock().unwrap() = true;
    let unknown = token(&world, Algorithm::RS256, "other");
    let waiting = {
        let (world, unknown) = (world.clone(), unknown.clone());
        #[expect(clippy::disallowed_methods, reason = "the request waits while others are answered")]
        tokio::spawn(async move { token_rejection(&world, &unknown).await })
    };
    issuer.state.arrived.notified().await;
    for _ in 0..10 {
        known.execute(QUERY).await.data();
    }
    assert!(!waiting.is_finished());
    *issuer.state.holds.lock().unwrap() = false;
    issuer.state.released.notify_one();
    assert_eq!(waiting.await.unwrap(), UNKNOWN_KEY);
}

#[apply(each_database)]
async fn unknown_keys_cause_at_most_one_read_in_an_interval(database: DatabaseKind) {
    let issuer = Issuer::start(&[(Algorithm::ES256, "key")], None).await;
    let world = world_of(database, issuer.address(Duration::from_hours(24))).await;
    let known = world.actor_with_token(&token(&world, Algorithm::ES256, "key"));
    known.execute(QUERY).await.data();
    for number in 0..20 {
        let unknown = token(&world, Algorithm::ES256, &format!("unknown{number}"));
        assert_eq!(token_rejection(&world, &unknown).await, UNKNOWN_KEY);
    }
    assert_eq!(issuer.requests(), 1);
    known.execute(QUERY).await.data();
}

/// An issuer that fails is not asked for each token: neither for keys that it may have by now, nor for unknown ones.
#[apply(each_database)]
async fn after_a_failure_no_token_causes_a_read_before_its_time(database: DatabaseKind) {
    let issuer = Issuer::start(&[(Algorithm::ES256, "key")], None).await;
    let keys = issuer.state.response.lock().unwrap().clone();
    issuer.respond_with("503 Service Unavailable", "");
    let day = Duration::from_hours(24);
    let world = world_of(database, Address { retry_delay: day, ..issuer.address(day) }).await;
    for number in 0..20 {
        let unknown = token(&world, Algorithm::ES256, &format!("unknown{number}"));
        for token in [unknown, token(&world, Algorithm::ES256, "key")] {
            let response = world.actor_with_token(&token).execute(QUERY).await;
            assert_eq!((response.status, response.error_codes()), (503, vec!["UNAVAILABLE"]), "{response}");
        }
        assert_eq!(issuer.requests(), 1);
        // Even if the issuer is there again.
        issuer.state.response.lock().unwrap().clone_from(&keys);
    }
}

/// The keys are old after `max_age` and not before, whatever the tokens name: the interval lets no token cause a read.
#[apply(each_database)]
async fn keys_are_read_again_when_they_are_old(database: DatabaseKind) {
    let day = Duration::from_hours(24);
    for max_age in [day, Duration::from_millis(1)] {
        let issuer = Issuer::start(&[(Algorithm::ES256, "removed"), (Algorithm::ES256, "changed")], None).await;
        let world = world_of(database, Address { max_age, ..issuer.address(day) }).await;
        let [removed, changed] = ["removed", "changed"].map(|id| token(&world, Algorithm::ES256, id));
        let replacement = token(&world, Algorithm::RS256, "changed");
        for token in [&removed, &changed] {
            world.actor_with_token(token).execute(QUERY).await.data();
        }
        let not_accepted = "the token's signature is not accepted";
        assert_eq!(token_rejection(&world, &replacement).await, not_accepted);
        issuer.publish(&[(Algorithm::RS256, "changed")]);
        let before = issuer.requests();
        if max_age == day {
            for token in [&removed, &changed] {
                world.actor_with_token(token).execute(QUERY).await.data();
            }
            assert_eq!(token_rejection(&world, &replacement).await, not_accepted);
            assert_eq!(issuer.requests(), 1);
            continue;
        }
        // The first of two more reads began after the change, and has ended when the second one begins.
        while issuer.requests() < before + 2 {
            tokio::task::yield_now().await;
        }
        world.actor_with_token(&replacement).execute(QUERY).await.data();
        assert_eq!(token_rejection(&world, &removed).await, UNKNOWN_KEY);
        assert_eq!(token_rejection(&world, &changed).await, not_accepted);
    }
}

/// The issuer says for how long its keys may be kept (RFC 9111), which may be shorter than the setting.
#[tokio::test]
async fn an_issuer_may_ask_for_its_keys_to_be_read_sooner() {
    let issuer = Issuer::start(&[], None).await;
    let keys = jwk_set(&[(Algorithm::ES256, "key")]);
    issuer.respond_with_headers("200 OK", "cache-control: public, Max-Age=1\r\n", &keys);
    let world = world_of(Sqlite, issuer.address(Duration::ZERO)).await;
    world.actor_with_token(&token(&world, Algorithm::ES256, "key")).execute(QUERY).await.data();
    // Nothing else asks: every key that is used is known.
    while issuer.requests() < 3 {
        tokio::task::yield_now().await;
    }
}

#[apply(each_database)]
async fn a_server_that_never_read_the_keys_says_that_it_is_unavailable(database: DatabaseKind) {
    let issuer = Issuer::start(&[], None).await;
    issuer.respond_with("503 Service Unavailable", "");
    let world = world_of(database, issuer.address(Duration::ZERO)).await;
    let actor = world.actor_with_token(&token(&world, Algorithm::ES256, "key"));
    let response = actor.execute(QUERY).await;
    assert_eq!((response.status, response.error_codes()), (503, vec!["UNAVAILABLE"]), "{response}");
    assert!(response.text("/errors/0/message").contains("the issuer's keys cannot be read now; try again"));
    // As soon as the address answers, so does the server.
    issuer.publish(&[(Algorithm::ES256, "key")]);
    while actor.execute(QUERY).await.status == 503 {}
    actor.execute(QUERY).await.data();
}

#[apply(each_database)]
async fn an_https_address_is_read_if_its_certificate_is_vouched_for(database: DatabaseKind) {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("../keys/tls-server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../keys/tls-server.key.pem")).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key);
    let tls = tokio_rustls::TlsAcceptor::from(Arc::new(config.unwrap()));
    let issuer = Issuer::start(&[(Algorithm::ES256, "key")], Some(tls)).await;
    let authorities = Some(include_str!("../keys/tls-authority.pem").to_owned());
    let trusting = world_of(database, Address { authorities, ..issuer.address(Duration::ZERO) }).await;
    trusting.actor_with_token(&token(&trusting, Algorithm::ES256, "key")).execute(QUERY).await.data();
    let doubting = world_of(database, issuer.address(Duration::ZERO)).await;
    let response = doubting.actor_with_token(&token(&doubting, Algorithm::ES256, "key")).execute(QUERY).await;
    assert_eq!(response.error_codes(), ["UNAVAILABLE"]);
}

#[test]
fn keys_are_read_over_https_or_on_loopback_only() {
    let refused = |url: &str| {
        let address = Address {
            url: url.to_owned(),
            authorities: None,
            max_age: Duration::from_mins(5),
            min_interval: Duration::from_secs(30),
            retry_delay: Duration::from_secs(1),
            timeout: Duration::from_secs(5),
        };
        Authenticator::new(public_key_settings(Key::Remote(address))).err().map(|(setting, _)| setting)
    };
    for url in ["https://id.example/jwks", "http://127.0.0.1:8081/jwks", "http://[::1]/jwks", "http://localhost/jwks"] {
        assert_eq!(refused(url), None, "{url}");
    }
    for url in ["http://id.example/jwks", "http://127.0.0.1.example/", "file:///etc/jwks", "jwks", ""] {
        assert_eq!(refused(url), Some("token_jwks_url"), "{url}");
    }
}
