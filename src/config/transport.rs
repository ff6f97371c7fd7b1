//! Encryption in transit: TLS to the database, and what is logged where a connection may be in plain text.

use std::net::{IpAddr, SocketAddr};

use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::settings::Settings;

impl Settings {
    /// Whether the URL of the database leaves it to the program to verify the database's certificate.
    pub fn verifies_database_by_default(&self) -> bool {
        self.read_database_url().ok().flatten().is_some_and(|url| verify_tls(&url) != url)
    }

    /// Why the connection to the database may be read or forged by others; nothing if it may not.
    pub fn database_warning(&self) -> Option<String> {
        let url = verify_tls(&self.read_database_url().ok()??);
        let options = remote_postgres(&url)?;
        let risk = match options.get_ssl_mode() {
            PgSslMode::VerifyFull => return None,
            PgSslMode::Require => "is encrypted, but the host's certificate is not verified",
            PgSslMode::VerifyCa => "is encrypted, but the host's certificate may be that of another host",
            _ => "may be in plain text",
        };
        let host = options.get_host();
        Some(format!("the connection to the database at {host} {risk}: set sslmode=verify-full in database_url"))
    }

    /// Why requests to an address may be read by others; nothing if they may not.
    pub fn listen_warning(&self, address: SocketAddr) -> Option<String> {
        let is_exposed = !address.ip().is_loopback() && !self.behind_tls_proxy;
        is_exposed.then(|| {
            format!(
                "requests to {address} are in plain text, and others on the network can read tokens and personal data: put a \
                 proxy that terminates TLS in front of the server and set behind_tls_proxy = true, or listen on 127.0.0.1"
            )
        })
    }
}

/// The URL of a database: for a PostgreSQL on another host, with `sslmode=verify-full` if it has no `sslmode`. The driver would
/// go on in plain text where the host offers no TLS.
pub fn verify_tls(url: &str) -> String {
    let (_, query) = url.split_once('?').unwrap_or_default();
    let has_mode = query.split('&').any(|pair| matches!(pair.split('=').next(), Some("sslmode" | "ssl-mode")));
    if has_mode || remote_postgres(url).is_none() {
        return url.to_owned();
    }
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}sslmode=verify-full")
}

/// The options of a PostgreSQL on another host; nothing for every other database.
fn remote_postgres(url: &str) -> Option<PgConnectOptions> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return None;
    }
    let options: PgConnectOptions = url.parse().ok()?;
    let host = options.get_host().trim_start_matches('[').trim_end_matches(']');
    let is_local = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    (!is_local).then_some(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str) -> Settings {
        Settings { database_url: Some(url.to_owned().into()), ..Settings::default() }
    }

    #[test]
    fn a_postgres_on_another_host_is_verified_unless_its_url_says_otherwise() {
        for (url, with_mode) in [
            ("postgres://a:b@db.example/c", "postgres://a:b@db.example/c?sslmode=verify-full"),
            ("postgresql://10.0.0.7:5433/c?user=a", "postgresql://10.0.0.7:5433/c?user=a&sslmode=verify-full"),
            ("postgres://localhost/c?host=db.example", "postgres://localhost/c?host=db.example&sslmode=verify-full"),
            ("postgres://localhost.example/c", "postgres://localhost.example/c?sslmode=verify-full"),
        ] {
            assert_eq!(settings(url).database_settings().unwrap().url, with_mode);
            assert!(settings(url).verifies_database_by_default());
            assert_eq!(settings(url).database_warning(), None);
        }
        for url in [
            "postgres://a@localhost/c",
            "postgres://a@127.0.0.1:5432/c",
            "postgres://a@[::1]/c",
            "postgres://a@%2Fvar%2Frun%2Fpostgresql/c",
            "postgres:///c?host=/run/postgresql",
            "postgres://a@db.example/c?sslmode=verify-full&sslrootcert=/etc/ca.pem",
            "sqlite://a.sqlite?mode=rwc",
        ] {
            assert_eq!(settings(url).database_settings().unwrap().url, url);
            assert!(!settings(url).verifies_database_by_default());
            assert_eq!(settings(url).database_warning(), None);
        }
        for mode in ["disable", "allow", "prefer", "require", "verify-ca"] {
            let url = format!("postgres://a@db.example/c?sslmode={mode}");
            assert_eq!(settings(&url).database_settings().unwrap().url, url);
            let warning = settings(&url).database_warning().unwrap();
            assert!(warning.contains("db.example") && warning.contains("sslmode=verify-full"), "{warning}");
            assert_eq!(settings(&format!("postgres://a@127.0.0.1/c?sslmode={mode}")).database_warning(), None);
        }
    }

    #[test]
    fn an_address_that_others_reach_needs_a_proxy_with_tls() {
        let warning = |listen: &str, behind_tls_proxy| {
            Settings { behind_tls_proxy, ..Settings::default() }.listen_warning(listen.parse().unwrap())
        };
        for listen in ["127.0.0.1:80", "[::1]:80", "127.0.0.9:80"] {
            assert_eq!(warning(listen, false), None);
        }
        for listen in ["0.0.0.0:80", "[::]:80", "192.0.2.1:80"] {
            assert!(warning(listen, false).unwrap().contains("behind_tls_proxy = true"));
            assert_eq!(warning(listen, true), None);
        }
    }
}
