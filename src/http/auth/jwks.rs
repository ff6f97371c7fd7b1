//! The issuer's JWK Set at an address: read when the server starts, kept, and read again when it is old or lacks a key.
//!
//! One task reads. A request whose key is there never waits for it, and the last set that could be read stays in use. A
//! request whose key is not there wakes the task, at most once in an interval, and waits for it with a few others; the rest
//! are told to try again.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    http::{HeaderMap, Request, StatusCode, Uri, header},
};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use jsonwebtoken::{Algorithm, Header};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio::sync::{Notify, Semaphore, watch};

use super::key_set::KeySet;

/// The largest body of a JWK Set.
const MAX_BYTES: usize = 256 << 10;

/// The shortest time that the issuer may ask for.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(1);

/// The most requests that wait for a read.
const MAX_WAITING: usize = 4;

/// Where the issuer's keys are, and how often they are read.
#[derive(Clone, Debug)]
pub struct Address {
    /// The address: https, or http on loopback.
    pub url: String,
    /// Certificates in PEM that vouch for the address, instead of those of the public authorities.
    pub authorities: Option<String>,
    /// The time after which the keys are read again.
    pub max_age: Duration,
    /// The shortest time between two reads.
    pub min_interval: Duration,
    /// The time from the first failure to the next read, which doubles with each further failure.
    pub retry_delay: Duration,
    /// The longest time that a read may take.
    pub timeout: Duration,
}

impl Address {
    /// The time to the next read after a failure that followed some others.
    fn delay_after(&self, failures: u32) -> Duration {
        self.retry_delay.saturating_mul(1 << failures.min(16)).min(self.max_age)
    }
}

/// The keys at an address.
pub struct RemoteKeySet {
    address: Address,
    uri: Uri,
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    accepted: Vec<Algorithm>,
    state: watch::Sender<State>,
    wanted: Notify,
    waiting: Semaphore,
}

/// What the task has read, and what it does now.
#[derive(Clone, Default)]
struct State {
    /// The last set that could be read.
    keys: Option<Arc<KeySet>>,
    /// The number of reads that have ended.
    reads: u64,
    /// What the task does.
    activity: Activity,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Activity {
    /// It reads.
    #[default]
    Reading,
    /// It waits until the interval is over, and cannot be woken.
    Resting,
    /// It waits until the keys are old, and can be woken.
    Waiting,
}

/// The keys cannot be told now: they were never read, or too many requests wait for them.
pub struct KeysUnavailable;

impl RemoteKeySet {
    /// The keys at an address, not read yet. The error names the invalid setting and the reason.
    pub fn new(address: Address, accepted: &[Algorithm]) -> Result<Self, (&'static str, String)> {
        let uri: Uri = address.url.parse().map_err(|_| ("token_jwks_url", "this is not an address".to_owned()))?;
        let is_secure = uri.scheme_str() == Some("https");
        let is_local = uri.scheme_str() == Some("http") && uri.host().is_some_and(is_loopback);
        if !is_secure && !is_local {
            let reason = "the address of the keys is https; http is possible on loopback only".to_owned();
            return Err(("token_jwks_url", reason));
        }
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls_config(address.authorities.as_deref())?)
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        let (state, waiting) = (watch::Sender::new(State::default()), Semaphore::new(MAX_WAITING));
        Ok(Self { address, uri, client, accepted: accepted.to_vec(), state, wanted: Notify::new(), waiting })
    }

    /// The set that has the key of a token, or the newest one if none has it.
    pub async fn keys_for(&self, header: &Header) -> Result<Arc<KeySet>, KeysUnavailable> {
        let mut state = self.state.subscribe();
        // The read of now may have begun before the issuer had the key; the next one has not.
        for _ in 0..2 {
            let State { keys, reads, activity } = state.borrow_and_update().clone();
            let has_key = keys.as_ref().is_some_and(|keys| keys.has_candidate(header));
            if has_key || activity == Activity::Resting {
                return keys.ok_or(KeysUnavailable);
            }
            let Ok(_waiting) = self.waiting.try_acquire() else { return Err(KeysUnavailable) };
            if activity == Activity::Waiting {
                self.wanted.notify_one();
            }
            let read = state.wait_for(|state| state.reads > reads);
            if !matches!(tokio::time::timeout(self.address.timeout * 2, read).await, Ok(Ok(_))) {
                break;
            }
        }
        let keys = state.borrow().keys.clone();
        keys.ok_or(KeysUnavailable)
    }

    /// Reads the keys again and again.
    pub async fn run(&self) {
        let mut failures = 0;
        loop {
            self.state.send_modify(|state| state.activity = Activity::Reading);
            let timeout = self.address.timeout;
            let result = tokio::time::timeout(timeout, self.read()).await;
            let result = result.unwrap_or_else(|_| Err(format!("no answer within {} s", timeout.as_secs())));
            let (keys, delay) = match result {
                Ok((keys, lifetime)) => {
                    failures = 0;
                    tracing::debug!(keys = keys.len(), "the issuer's keys were read");
                    let shortest = self.address.min_interval.max(SHORTEST_LIFETIME);
                    let delay = lifetime.map_or(self.address.max_age, |lifetime| lifetime.max(shortest));
                    (Some(Arc::new(keys)), delay.min(self.address.max_age))
                }
                Err(reason) => {
                    let delay = self.address.delay_after(failures);
                    failures += 1;
                    let (url, seconds) = (&self.address.url, delay.as_secs());
                    tracing::warn!(
                        "the issuer's keys at {url} cannot be read: {reason}. Those read before stay in use; the next try is \
                         in {seconds} s"
                    );
                    (None, delay)
                }
            };
            let rest = self.address.min_interval.min(delay);
            self.state.send_modify(|state| {
                state.keys = keys.or(state.keys.take());
                state.reads += 1;
                state.activity = if rest.is_zero() { Activity::Waiting } else { Activity::Resting };
            });
            if !rest.is_zero() {
                tokio::time::sleep(rest).await;
                self.state.send_modify(|state| state.activity = Activity::Waiting);
            }
            tokio::select! {
                () = tokio::time::sleep(delay.saturating_sub(rest)) => {}
                () = self.wanted.notified() => {}
            }
        }
    }

    /// The keys, and how long they may be kept if the issuer says so.
    async fn read(&self) -> Result<(KeySet, Option<Duration>), String> {
        let request = Request::get(self.uri.clone())
            .header(header::ACCEPT, "application/jwk-set+json, application/json")
            .body(Empty::new())
            .map_err(|error| error.to_string())?;
        let response = self.client.request(request).await.map_err(|error| describe(&error))?;
        if response.status() != StatusCode::OK {
            return Err(format!("the status is {}", response.status()));
        }
        let lifetime = lifetime(response.headers());
        let body = Limited::new(response.into_body(), MAX_BYTES).collect().await;
        let body = body.map_err(|error| format!("the body is not whole, or larger than {MAX_BYTES} bytes: {error}"))?;
        let text = String::from_utf8(body.to_bytes().into()).map_err(|_| "it is not UTF-8".to_owned())?;
        let parsed = KeySet::parse(&text, &self.accepted)?;
        if parsed.set.len() == 0 {
            return Err(format!("it has no key that can be used: {}", parsed.skipped.join(", ")));
        }
        for reason in parsed.skipped {
            tracing::debug!("of the issuer's keys, {reason}");
        }
        Ok((parsed.set, lifetime))
    }
}

/// How long a response may be kept without asking again (RFC 9111), if it says so.
fn lifetime(headers: &HeaderMap) -> Option<Duration> {
    let directives = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let lifetimes = directives.flat_map(|value| value.split(',')).filter_map(|directive| {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => Some(0),
            "max-age" => value.trim().trim_matches('"').parse().ok(),
            _ => None,
        }
    });
    let age = headers.get(header::AGE).and_then(|age| age.to_str().ok()?.parse().ok()).unwrap_or(0);
    lifetimes.min().map(|seconds: u64| Duration::from_secs(seconds.saturating_sub(age)))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn tls_config(authorities: Option<&str>) -> Result<ClientConfig, (&'static str, String)> {
    let invalid = |reason: String| ("token_jwks_ca_file", reason);
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| invalid(error.to_string()))?;
    let Some(authorities) = authorities else { return Ok(builder.with_webpki_roots().with_no_client_auth()) };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authorities.as_bytes()) {
        let certificate = certificate.map_err(|error| invalid(format!("a certificate is not in PEM: {error}")))?;
        roots.add(certificate).map_err(|error| invalid(format!("a certificate cannot be used: {error}")))?;
    }
    if roots.is_empty() {
        return Err(invalid("there is no certificate in PEM".to_owned()));
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// An error with its causes, of which the last one tells what happened.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn each_failure_doubles_the_time_to_the_next_read() {
        let address = Address {
            url: String::new(),
            authorities: None,
            max_age: Duration::from_mins(5),
            min_interval: Duration::from_secs(30),
            retry_delay: Duration::from_secs(1),
            timeout: Duration::from_secs(5),
        };
        let seconds = [0, 1, 2, 3, 8, 9, u32::MAX].map(|failures| address.delay_after(failures).as_secs());
        assert_eq!(seconds, [1, 2, 4, 8, 256, 300, 300]);
    }

    #[test]
    fn the_issuer_says_how_long_its_keys_may_be_kept() {
        let lifetime = |values: &[&'static str], age: &'static str| {
            let mut headers = HeaderMap::new();
            headers.extend(values.iter().map(|value| (header::CACHE_CONTROL, HeaderValue::from_static(value))));
            headers.insert(header::AGE, HeaderValue::from_static(age));
            lifetime(&headers).map(|lifetime| lifetime.as_secs())
        };
        assert_eq!(lifetime(&[], "0"), None);
        assert_eq!(lifetime(&["public", "immutable"], "0"), None);
        assert_eq!(lifetime(&["public, Max-Age = 60, must-revalidate"], "0"), Some(60));
        assert_eq!(lifetime(&["max-age=\"60\"", "max-age=30"], "10"), Some(20));
        assert_eq!(lifetime(&["max-age=60, no-cache"], "0"), Some(0));
        assert_eq!(lifetime(&["no-store"], "0"), Some(0));
        assert_eq!(lifetime(&["max-age=60"], "90"), Some(0));
        assert_eq!(lifetime(&["max-age=soon"], "0"), None);
    }
}
