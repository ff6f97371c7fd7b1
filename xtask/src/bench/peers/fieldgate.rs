//! Fieldgate with a database, tenants and rows for the benchmark.

use std::fs::{self, DirBuilder};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::prelude::{BASE64_STANDARD as BASE64, Engine};
use serde_json::{Value as Json, json};

use super::adapter::Tenant;
use super::client::Client;
use super::options::{Build, Options};
use super::rows;
use super::serve::{Server, free_address};
use crate::postgres::{OWNER, Postgres};
use crate::process::{self, Result};

/// The settings of the measured server beside the defaults: all requests come from one client.
const MEASURED: &str = "rate_capacity = 2147483647\nrate_per_second = 2147483647\nlog = \"warn\"\n";
/// Batches of many rows, while the rows are created.
const LOADING: &str = "limit_items = 1000\nlimit_input_items = 100000\nlimit_statements = 1000000\ncost_limit = 10000000\n\
    body_limit = 33554432\nvariables_limit = 33554432\nlimit_arguments = 67108864\nlimit_cpu_time = 600000\n\
    request_timeout = 600\ndatabase_write_timeout = 600\nlimit_rows = 10000000\nlimit_values = 10000000\n";

/// The program, its folder with settings, and its database. Dropping it deletes the folder.
pub struct Fieldgate {
    build: Build,
    folder: PathBuf,
    settings: String,
    tokens: Vec<String>,
}

impl Fieldgate {
    /// Builds the program and creates its database with the rows of all tenants.
    pub fn prepare(options: &Options, postgres: &Postgres) -> Result<Self> {
        let build = match &options.build {
            Build::Profile(profile) => {
                crate::program::build(profile)?;
                Build::Profile(profile.clone())
            }
            Build::Program(program) => Build::Program(program.canonicalize()?),
        };
        let folder = std::env::temp_dir().join(format!("fieldgate-bench-peers-{}", std::process::id()));
        DirBuilder::new().mode(0o700).create(&folder)?;
        postgres.psql("postgres", &["--command", "CREATE DATABASE fieldgate"])?;
        let mut prepared = Self { build, folder, settings: String::new(), tokens: Vec::new() };
        prepared.write_settings("")?;
        let master_key = process::output(&mut prepared.command(&["keys", "generate"]))?;
        prepared.settings = format!(
            "database_url = \"{}\"\nmaster_key = \"{}\"\ntoken_secret = \"{}\"\n{MEASURED}",
            postgres.url_of(OWNER, "fieldgate"),
            master_key.trim(),
            random_text()?
        );
        prepared.write_settings("")?;
        process::output(&mut prepared.command(&["migrate", "up"]))?;
        for tenant in 1..=options.tenants {
            let slug = format!("t{tenant}");
            process::output(&mut prepared.command(&["tenant", "create", &slug]))?;
            let token = process::output(&mut prepared.command(&["token", "--tenant", &slug, "--role", "ADMIN"]))?;
            prepared.tokens.push(token.trim().to_owned());
        }
        // Until the rows are there, no commit waits for the disk.
        postgres.psql("fieldgate", &["--command", "ALTER DATABASE fieldgate SET synchronous_commit = off"])?;
        let server = prepared.start_with(LOADING)?;
        rows::create(&server.address, &prepared.tokens, options.customers)?;
        drop(server);
        postgres.psql("fieldgate", &["--command", "ALTER DATABASE fieldgate RESET synchronous_commit"])?;
        postgres.psql("fieldgate", &["--command", "VACUUM ANALYZE"])?;
        Ok(prepared)
    }

    /// Starts the server that is measured: a new process, so that its memory is not that of the rows' creation.
    pub fn start(&self) -> Result<Server> {
        self.start_with("")
    }

    fn start_with(&self, more: &str) -> Result<Server> {
        let address = free_address()?;
        self.write_settings(&format!("listen = \"{address}\"\n{more}"))?;
        Server::start(&mut self.command(&["serve"]), &address)
    }

    /// The tokens of all tenants, and the ids of their rows.
    pub fn tenants(&self, address: &str) -> Result<Vec<Tenant>> {
        self.tokens.iter().map(|token| read_tenant(address, token)).collect()
    }

    /// Its version and what was built.
    pub fn version(&self) -> Result<String> {
        let version = process::output(&mut self.command(&["--version"]))?;
        let mut describe = Command::new("git");
        describe.args(["describe", "--always", "--dirty"]).current_dir(crate::workspace_root());
        let build = match &self.build {
            // The last folder of its path is the profile, where cargo built it.
            Build::Program(program) => {
                let profile = program.parent().and_then(Path::file_name).unwrap_or_default();
                format!("built before with profile {}", profile.to_string_lossy())
            }
            Build::Profile(profile) => format!("{} with profile {profile}", process::output(&mut describe)?.trim()),
        };
        Ok(format!("{} ({build})", version.trim()))
    }

    fn write_settings(&self, more: &str) -> Result<()> {
        // Only this account may read it: it has the keys.
        let mut options = fs::File::options();
        let mut file = options.create(true).write(true).truncate(true).mode(0o600).open(self.settings_file())?;
        Ok(file.write_all(format!("{more}{}", self.settings).as_bytes())?)
    }

    /// The program with its settings.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match &self.build {
            Build::Program(program) => Command::new(program),
            Build::Profile(profile) => {
                let mut cargo = process::cargo();
                cargo.args([
                    "run",
                    "--quiet",
                    "--profile",
                    profile,
                    "--package",
                    "fieldgate",
                    "--bin",
                    "fieldgate",
                    "--",
                ]);
                cargo
            }
        };
        command.args(arguments).arg("--config").arg(self.settings_file()).current_dir(crate::workspace_root());
        command
    }

    fn settings_file(&self) -> PathBuf {
        self.folder.join("fieldgate.toml")
    }
}

impl Drop for Fieldgate {
    fn drop(&mut self) {
        // An error leaves files in the temporary directory, which is harmless.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn random_text() -> Result<String> {
    let mut bytes = [0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(BASE64.encode(bytes))
}

fn read_tenant(address: &str, token: &str) -> Result<Tenant> {
    let client = Client::new(address, token);
    let (mut ids, mut after) = (Vec::new(), Json::Null);
    let document = "query($after: String) { customers(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { \
        id contacts(first: 1) { nodes { id } } addresses(first: 1) { nodes { id } } loads(first: 1) { nodes { id } } \
        assets(first: 1) { nodes { asset { id } } } } } }";
    loop {
        let page = client.ask(document, &json!({ "after": after }))?["customers"].take();
        for customer in page["nodes"].as_array().into_iter().flatten() {
            let first = |list: &str, rest: &str| customer.pointer(&format!("/{list}/nodes/0{rest}/id"));
            let of_customer = [
                customer.get("id"),
                first("contacts", ""),
                first("addresses", ""),
                first("assets", "/asset"),
                first("loads", ""),
            ];
            ids.push(of_customer.map(|id| id.and_then(Json::as_str).unwrap_or_default().to_owned()));
        }
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] != true {
            return Ok(Tenant { token: token.to_owned(), ids });
        }
    }
}
