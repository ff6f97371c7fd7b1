//! Configuration: settings from a file, the environment and the command line, the only reader of the environment.
//!
//! A setting `x_y` is `x_y = ...` in `fieldgate.toml` and `FIELDGATE_X_Y` in the environment. The environment overrides the
//! file, and the command line overrides both.

mod http;
mod keys;

use std::{
    fmt,
    path::{Path, PathBuf},
};

use config::{Config, Environment, File, FileFormat};
use serde::Deserialize;

use crate::{
    http::{Settings as HttpSettings, telemetry::LogFormat, trusted_documents::Mode},
    store::connect,
};

/// Every setting with an example, for `--help` and for errors.
pub const SETTINGS: &str = "\
Settings stand in fieldgate.toml, or in the environment as FIELDGATE_ and the name in capitals:
  listen = \"127.0.0.1:8080\"             address and port
  data_dir = \"fieldgate-data\"           folder of the embedded database
  database_url = \"postgres://fg@db/fg\"  another database than the embedded one
  database_connections = 10             the most connections to it
  migrate = true                        whether serve brings the tables up to date
  master_key = \"fgk1_...\"               what personal data is sealed under
  master_key_file = \"master.key\"        the same in a file; fieldgate keys generate makes one
  token_secret = \"...\"                  what HS256 tokens are signed with, at least 32 characters
  token_secret_file = \"token.secret\"    the same in a file
  token_public_key_file = \"issuer.pem\"  the public key of another issuer, instead
  token_algorithms = [\"RS256\"]          HS256, RS256, ES256 or EdDSA, as fits the key
  token_issuer = \"https://id.example\"   what a token must name as its issuer
  token_audience = \"fieldgate\"          what a token must name as its audience
  token_skew = 30                       how many seconds clocks may differ
  claim_tenant = \"tenant\"               the claim with the tenant's id or slug
  claim_subject = \"sub\"                 the claim that says who it is
  claim_roles = \"roles\"                 the claim with the list of roles
  claim_scopes = \"scope\"                the claim with the list of scopes
  claim_technician = \"technician\"       the claim with the technician's id
  show_statements = false               whether everybody is told the SQL statements of a request
  body_limit = 2097152                  the largest request body in bytes
  header_limit = 65536                  the largest head of a request in bytes
  query_string_limit = 16384            the longest query string in bytes
  variables_limit = 1048576             the largest JSON of variables in bytes
  batch_limit = 0                       the most operations of one body; 0 refuses arrays
  connections = 1024                    the most connections at once
  requests = 128                        the most requests worked on at once
  header_timeout = 30                   seconds for the head of a request, and of silence between two
  body_timeout = 30                     seconds for a body to arrive
  request_timeout = 30                  seconds for a request in all
  answer_timeout = 30                   seconds an answer waits for its client to read on
  stop_timeout = 30                     seconds for requests to end once the server stops
  cors_origins = [\"https://a.example\"] whose pages may read answers; none by default
  limit_brackets = 64                   how deep brackets of a document may nest
  limit_tokens = 10000                  the most tokens of a document
  limit_fragments = 500                 the most fragments of a document
  limit_depth = 15                      how deep fields may nest
  limit_fields = 5000                   the most fields, fragments opened
  limit_selections = 10000              the most fields and spreads, fragments opened
  limit_aliases = 200                   the most aliases
  limit_root_fields = 50                the most fields of an operation itself
  limit_directives = 200                the most directives
  limit_introspection = 3               how deep lists of the introspection may nest
  limit_page_size = 100                 the most rows of a page
  limit_items = 100                     the most inputs of a mutation, and ids of nodes
  limit_filter_size = 500               the most objects and values of one where
  limit_filter_edges = 3                how deep edges may nest in a where
  limit_filter_lookups = 20             the most tests of a where that look into other rows
  limit_input_items = 10000             the most items of all lists in the inputs of an operation
  limit_arguments = 4194304             the most bytes of all arguments, their variables filled in
  cost_limit = 50000                    the most an operation may cost
  rate_capacity = 100000                what a client may spend at once
  rate_per_second = 2000                what a client gets back per second
  trusted_documents = \"off\"             off, log or enforce: whether only documents of the manifest run
  trusted_documents_file = \"docs.json\"  the manifest, as Relay, Apollo or graphql-codegen write it
  trusted_explorers = [\"ADMIN\"]         roles that run any document all the same
  introspection = \"all\"                 all, none or a list of roles: who may ask for the schema
  log = \"info\"                          what is logged, such as warn or info,fieldgate=debug
  log_format = \"auto\"                   auto, terminal or json";

/// Every setting, as it was given.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address and port to listen on.
    pub listen: String,
    /// Folder of the embedded database and, in `demo`, of its keys.
    pub data_dir: PathBuf,
    /// Where the database is; absent: SQLite in the data folder.
    pub database_url: Option<String>,
    /// The most connections to the database.
    pub database_connections: u32,
    /// Whether `serve` brings the database's tables up to date.
    pub migrate: bool,
    /// Master keys, parted by commas, the present one first.
    pub master_key: Option<String>,
    /// A file of master keys, one a line, the present one first.
    pub master_key_file: Option<PathBuf>,
    /// The secret that signs tokens, for HS256.
    pub token_secret: Option<String>,
    /// A file with that secret.
    pub token_secret_file: Option<PathBuf>,
    /// A file with the public key of the token issuer, in PEM.
    pub token_public_key_file: Option<PathBuf>,
    /// The algorithms that are accepted.
    pub token_algorithms: Names,
    /// The issuer a token must name.
    pub token_issuer: Option<String>,
    /// The audience a token must name.
    pub token_audience: Option<String>,
    /// How many seconds clocks may differ.
    pub token_skew: u64,
    /// The claim that names the tenant.
    pub claim_tenant: String,
    /// The claim that names who it is.
    pub claim_subject: String,
    /// The claim that lists the roles.
    pub claim_roles: String,
    /// The claim that lists the scopes.
    pub claim_scopes: String,
    /// The claim that names the technician.
    pub claim_technician: String,
    /// Whether everybody is told how many SQL statements a request took.
    pub show_statements: bool,
    /// The largest body in bytes.
    pub body_limit: usize,
    /// The largest head of a request in bytes.
    pub header_limit: usize,
    /// The longest query string in bytes.
    pub query_string_limit: usize,
    /// The largest JSON of variables in bytes.
    pub variables_limit: usize,
    /// The most operations of one body; none: arrays are refused.
    pub batch_limit: usize,
    /// The most connections at once.
    pub connections: usize,
    /// The most requests worked on at once.
    pub requests: u32,
    /// Seconds for the head of a request, and of silence between two.
    pub header_timeout: u64,
    /// Seconds for a body to arrive.
    pub body_timeout: u64,
    /// Seconds for a request in all.
    pub request_timeout: u64,
    /// Seconds an answer waits for its client to read on.
    pub answer_timeout: u64,
    /// Seconds for requests to end once the server stops.
    pub stop_timeout: u64,
    /// Whose pages may read answers.
    pub cors_origins: Names,
    /// How deep brackets of a document may nest.
    pub limit_brackets: usize,
    /// The most tokens of a document.
    pub limit_tokens: usize,
    /// The most fragments of a document.
    pub limit_fragments: usize,
    /// How deep fields of a document may nest.
    pub limit_depth: usize,
    /// The most fields of a document, fragments opened.
    pub limit_fields: usize,
    /// The most fields and spreads of a document, fragments opened.
    pub limit_selections: usize,
    /// The most aliases of a document.
    pub limit_aliases: usize,
    /// The most fields of an operation itself.
    pub limit_root_fields: usize,
    /// The most directives of a document.
    pub limit_directives: usize,
    /// How deep lists of the introspection may nest.
    pub limit_introspection: usize,
    /// The most rows of a page.
    pub limit_page_size: usize,
    /// The most inputs of a mutation, and ids of `nodes`.
    pub limit_items: usize,
    /// The most objects and values of one `where`.
    pub limit_filter_size: usize,
    /// How deep edges may nest in a `where`.
    pub limit_filter_edges: usize,
    /// The most tests of a `where` that look into other rows.
    pub limit_filter_lookups: usize,
    /// The most items of all lists in the inputs of an operation.
    pub limit_input_items: usize,
    /// The most bytes of all arguments, their variables filled in.
    pub limit_arguments: usize,
    /// The most an operation may cost.
    pub cost_limit: u64,
    /// What a client may spend at once.
    pub rate_capacity: u64,
    /// What a client gets back per second.
    pub rate_per_second: u64,
    /// Whether documents are known by id, and whether only such run.
    pub trusted_documents: Mode,
    /// The manifest of the known documents.
    pub trusted_documents_file: Option<PathBuf>,
    /// The roles that may run any document.
    pub trusted_explorers: Names,
    /// The roles that may ask for the schema; `all` or `none`.
    pub introspection: Names,
    /// What is logged.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
}

/// A list of names, or a text of names separated by commas, as in the environment.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a name or a list of names")]
pub enum Names {
    /// Names separated by commas.
    One(String),
    /// A list of names.
    Many(Vec<String>),
}

impl Default for Settings {
    fn default() -> Self {
        let http = HttpSettings::default();
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            data_dir: PathBuf::from("fieldgate-data"),
            database_url: None,
            database_connections: 10,
            migrate: true,
            master_key: None,
            master_key_file: None,
            token_secret: None,
            token_secret_file: None,
            token_public_key_file: None,
            token_algorithms: Names::Many(Vec::new()),
            token_issuer: None,
            token_audience: None,
            token_skew: 30,
            claim_tenant: "tenant".to_owned(),
            claim_subject: "sub".to_owned(),
            claim_roles: "roles".to_owned(),
            claim_scopes: "scope".to_owned(),
            claim_technician: "technician".to_owned(),
            show_statements: http.show_statements,
            body_limit: http.body_limit,
            header_limit: http.header_limit,
            query_string_limit: http.query_string_limit,
            variables_limit: http.variables_limit,
            batch_limit: http.batch_limit,
            connections: http.connections,
            requests: http.requests,
            header_timeout: http.header_timeout.as_secs(),
            body_timeout: http.body_timeout.as_secs(),
            request_timeout: http.request_timeout.as_secs(),
            answer_timeout: http.answer_timeout.as_secs(),
            stop_timeout: http.stop_timeout.as_secs(),
            cors_origins: Names::Many(Vec::new()),
            limit_brackets: http.limits.brackets,
            limit_tokens: http.limits.tokens,
            limit_fragments: http.limits.fragments,
            limit_depth: http.limits.depth,
            limit_fields: http.limits.fields,
            limit_selections: http.limits.selections,
            limit_aliases: http.limits.aliases,
            limit_root_fields: http.limits.root_fields,
            limit_directives: http.limits.directives,
            limit_introspection: http.limits.introspection,
            limit_page_size: http.limits.page_size,
            limit_items: http.limits.items,
            limit_filter_size: http.limits.filter_size,
            limit_filter_edges: http.limits.filter_edges,
            limit_filter_lookups: http.limits.filter_lookups,
            limit_input_items: http.limits.input_items,
            limit_arguments: http.limits.arguments,
            cost_limit: http.cost_limit,
            rate_capacity: http.rate.capacity,
            rate_per_second: http.rate.per_second,
            trusted_documents: http.trusted.mode,
            trusted_documents_file: None,
            trusted_explorers: Names::One("ADMIN".to_owned()),
            introspection: Names::One("all".to_owned()),
            log: "info".to_owned(),
            log_format: LogFormat::Auto,
        }
    }
}

/// An invalid setting: its name, its sources, the reason and an example.
#[derive(Debug)]
pub struct InvalidSetting(String);

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidSetting {}

impl InvalidSetting {
    /// An invalid setting, the reason and an example.
    pub fn new(setting: &str, reason: impl fmt::Display, example: &str) -> Self {
        let variable = setting.to_ascii_uppercase();
        Self(format!(
            "{setting} (in fieldgate.toml, or FIELDGATE_{variable}): {reason}\n  example: {setting} = {example}"
        ))
    }
}

/// Reads the settings: a file if there is one (`fieldgate.toml`, or the one named), then the environment.
pub fn read(file: Option<&Path>) -> Result<Settings, InvalidSetting> {
    let path = file.unwrap_or(Path::new("fieldgate.toml"));
    let read = Config::builder()
        .add_source(File::from(path).format(FileFormat::Toml).required(file.is_some()))
        .add_source(Environment::with_prefix("FIELDGATE").prefix_separator("_"))
        .build()
        .and_then(Config::try_deserialize);
    read.map_err(|error| {
        let example = example(&error.to_string()).unwrap_or("`fieldgate --help` names the settings, with examples");
        InvalidSetting(format!("The configuration cannot be read: {error}\n  {example}"))
    })
}

/// The example of the setting that an error names.
fn example(error: &str) -> Option<&'static str> {
    let (_, rest) = error.split_once("for key `")?;
    let (name, _) = rest.split_once('`')?;
    SETTINGS.lines().map(str::trim).find(|line| line.split_once(" = ").is_some_and(|(known, _)| known == name))
}

impl Settings {
    /// The settings of the database.
    pub fn database_settings(&self) -> connect::Settings {
        let url = self.database_url.clone().unwrap_or_else(|| sqlite_url(&self.data_dir));
        connect::Settings { url, connections: self.database_connections }
    }
}

/// The URL of the embedded database in a data folder.
fn sqlite_url(folder: &Path) -> String {
    format!("sqlite://{}?mode=rwc", folder.join("fieldgate.sqlite").display())
}
