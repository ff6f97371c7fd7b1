//! All settings of the program: its own, and the groups of the layers.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserializer;
use store::{
    clock::Clock,
    database::{self, SqliteSynchronous},
};

use super::{error::InvalidSetting, secret_file::read_secret, transport::verify_tls};
use crate::{
    http::{self, auth, telemetry},
    setting::{Secret, Setting, SettingGroup, SettingValue, choice_to_toml, read_choice, settings},
};

/// The most days for which visits are booked ahead: one transaction books those of a plan.
const MAX_BOOK_AHEAD_DAYS: u32 = 366;

/// The width of `name = example` in the help text; a longer one has its text on the next line.
const ASSIGNMENT_CHARS: usize = 34;

settings! {
    /// All settings of the program.
    pub struct Settings {
        /// Address and port
        listen: String = "127.0.0.1:8080".to_owned();
        /// Whether a proxy in front of the server terminates TLS
        behind_tls_proxy: bool = false;
        /// Folder of the embedded database and of the demo's keys
        data_dir: PathBuf = PathBuf::from("fieldgate-data");
        /// URL of the database; without it, SQLite in data_dir
        ///
        /// Without sslmode, the certificate of a PostgreSQL on another host is verified (verify-full).
        database_url: Option<Secret> = None, example "\"postgres://USER:PASSWORD@HOST/NAME?sslmode=verify-full\"";
        /// File of that URL
        database_url_file: Option<PathBuf> = None, example "\"/etc/fieldgate/database.url\"";
        /// Maximum of connections to the database; SQLite has one more, which writes
        database_connections: u32 = 10;
        /// Seconds to open a connection to the database
        database_connect_timeout: Duration = Duration::from_secs(10);
        /// Seconds to wait for a free connection, or for other writes to end on SQLite
        database_acquire_timeout: Duration = Duration::from_secs(30);
        /// Seconds from the beginning of a write to its commit; a longer one writes nothing
        ///
        /// A client that polls by `updatedAt` goes back by as much.
        database_write_timeout: Duration = Duration::from_secs(30);
        /// Days for which the visits of recurring services are booked ahead; at most 366
        book_ahead_days: u32 = 90;
        /// Where files are stored: a folder, or a bucket as s3://BUCKET/PREFIX; without it, the folder files in data_dir
        file_storage: Option<String> = None, example "\"s3://fieldgate/files\"";
        /// Address of an S3-compatible store; without it, that of Amazon
        s3_endpoint: Option<String> = None, example "\"https://s3.example\"";
        /// Region of the bucket
        s3_region: String = "us-east-1".to_owned();
        /// Id of the access key of the bucket
        s3_access_key_id: Option<String> = None, example "\"...\"";
        /// Secret of that access key
        s3_secret_access_key: Option<Secret> = None, example "\"...\"";
        /// File of that secret
        s3_secret_access_key_file: Option<PathBuf> = None, example "\"/etc/fieldgate/s3.secret\"";
        /// Days for which the file of a deleted document waits for its restore
        file_retention_days: u32 = 30;
        /// When SQLite waits for the disk: full or normal
        ///
        /// With full, an acknowledged write survives a power cut. With normal, the last ones before it may be lost.
        sqlite_synchronous: SqliteSynchronous = SqliteSynchronous::Full;
        /// Whether serve migrates the tables
        migrate: bool = true;
        /// Master keys, separated by commas, the current one first
        master_key: Option<Secret> = None, example "\"fgk1_...\"";
        /// File of master keys, one per line, the current one first
        master_key_file: Option<PathBuf> = None, example "\"/etc/fieldgate/master.key\"";
        /// Secret of HS256 tokens, at least 32 characters
        token_secret: Option<Secret> = None, example "\"...\"";
        /// File of that secret
        token_secret_file: Option<PathBuf> = None, example "\"/etc/fieldgate/token.secret\"";
        /// Files of the issuer's public keys, instead of a secret: PEM, JWK or JWK Set
        token_public_key_files: Vec<String> = Vec::new(), example "[\"/etc/fieldgate/issuer.pem\"]";
        /// Address of the issuer's JWK Set, instead of files: https, or http on loopback
        token_jwks_url: Option<String> = None, example "\"https://id.example/.well-known/jwks.json\"";
        /// File of certificates in PEM that vouch for that address, instead of the public authorities
        token_jwks_ca_file: Option<PathBuf> = None, example "\"/etc/fieldgate/ca.pem\"";
        /// Seconds after which the JWK Set is read again: a key that the issuer removes is accepted as long
        token_jwks_max_age: Duration = Duration::from_mins(5);
        /// Seconds between two reads of the JWK Set, also if a token names a key that it does not have
        token_jwks_min_interval: Duration = Duration::from_secs(30);
        /// Algorithms of the keys, of HS256, RS256, PS256, ES256, EdDSA and the like; without it, the keys say
        token_algorithms: Vec<String> = Vec::new(), example "[\"RS256\"]";
        /// Issuer that a token must name; public keys need it
        token_issuer: Option<String> = None, example "\"https://id.example\"";
        /// Audience that a token must name; public keys need it
        token_audience: Option<String> = None, example "\"fieldgate\"";
        /// Tolerated difference of clocks, in seconds
        token_skew: u64 = 30;
        /// Longest lifetime of a token in seconds, from iat to exp; at most 366 days
        token_max_ttl: Duration = Duration::from_hours(24);
    }
    groups {
        /// The names of the claims of a token.
        claims: auth::Claims;
        /// The settings of the HTTP layer.
        http: http::Settings;
        /// The settings of the log.
        telemetry: telemetry::Settings;
    }
}

impl Settings {
    /// The longest time for which a token is accepted after its issue.
    pub fn longest_token_life(&self) -> Result<Duration, InvalidSetting> {
        auth::check_times(self.token_max_ttl, self.token_skew)
            .map_err(|(setting, reason)| InvalidSetting::new(setting, format!("{reason}.")))?;
        Ok(self.token_max_ttl + 2 * Duration::from_secs(self.token_skew))
    }

    /// The URL of the database, of the setting or of its file; none if neither is set.
    pub(super) fn read_database_url(&self) -> Result<Option<String>, InvalidSetting> {
        let url = read_secret(("database_url", &self.database_url), ("database_url_file", &self.database_url_file))?;
        Ok(url.map(|(_, url)| url))
    }

    /// The settings of the database. Reads the file of its URL.
    pub fn database_settings(&self) -> Result<database::Settings, InvalidSetting> {
        if self.book_ahead_days > MAX_BOOK_AHEAD_DAYS {
            let reason = format!("visits are booked at most {MAX_BOOK_AHEAD_DAYS} days ahead.");
            return Err(InvalidSetting::new("book_ahead_days", reason));
        }
        let url = self.read_database_url()?.unwrap_or_else(|| sqlite_url(&self.data_dir));
        Ok(database::Settings {
            url: verify_tls(&url),
            connections: self.database_connections,
            connect_timeout: self.database_connect_timeout,
            acquire_timeout: self.database_acquire_timeout,
            write_timeout: self.database_write_timeout,
            book_ahead: Duration::from_hours(24 * u64::from(self.book_ahead_days)),
            sqlite_synchronous: self.sqlite_synchronous,
            clock: Clock::default(),
        })
    }

    /// Whether the URL of the database has a password.
    pub(super) fn has_password(&self) -> bool {
        self.database_url.as_ref().is_some_and(|url| database::has_password(url.expose()))
    }

    /// Whether the settings name a database.
    pub fn has_database(&self) -> bool {
        self.database_url.is_some() || self.database_url_file.is_some()
    }
}

/// The values of `sqlite_synchronous`, as SQLite names them.
const SYNCHRONOUS_NAMES: &[(&str, SqliteSynchronous)] =
    &[("full", SqliteSynchronous::Full), ("normal", SqliteSynchronous::Normal)];

impl SettingValue for SqliteSynchronous {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_choice(deserializer, SYNCHRONOUS_NAMES)
    }

    fn to_toml(&self) -> String {
        choice_to_toml(self, SYNCHRONOUS_NAMES)
    }
}

/// The URL of the embedded database in a data folder.
fn sqlite_url(folder: &Path) -> String {
    format!("sqlite://{}?mode=rwc", folder.join("fieldgate.sqlite").display())
}

/// Every setting, with its default as example.
pub fn list() -> Vec<Setting> {
    Settings::default().list()
}

/// The help text of all settings.
pub fn help() -> String {
    let title =
        "Settings are in fieldgate.toml, or in the environment as FIELDGATE_ and the name in capitals:".to_owned();
    let line = |Setting { name, example, text, .. }: Setting| {
        let assignment = format!("{name} = {example}");
        let text = text.trim();
        if assignment.len() > ASSIGNMENT_CHARS {
            return format!("  {assignment}\n  {:ASSIGNMENT_CHARS$} {text}", "");
        }
        format!("  {assignment:<ASSIGNMENT_CHARS$} {text}")
    };
    std::iter::once(title).chain(list().into_iter().map(line)).collect::<Vec<_>>().join("\n")
}
