//! Starts the servers and stops them.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::adapter::Peer;
use crate::node::Node;
use crate::postgres::{OWNER, Postgres};
use crate::process::{self, Result};

const START_TIMEOUT: Duration = Duration::from_mins(1);

/// A started server; dropping it stops it.
pub struct Server {
    process: Child,
    pub address: String,
}

impl Server {
    /// Starts a program that listens at the address and waits until it does.
    pub fn start(command: &mut Command, address: &str) -> Result<Self> {
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let process = process.map_err(|error| format!("{} cannot be run: {error}", process::command_line(command)))?;
        let mut server = Self { process, address: address.to_owned() };
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = server.process.try_wait()?;
            if ended.is_some() || start.elapsed() > START_TIMEOUT {
                return Err(format!("{} does not listen at {address}.", process::command_line(command)).into());
            }
            sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A free address of this machine.
pub fn free_address() -> Result<String> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.to_string())
}

/// What the peers are started with.
pub struct Programs {
    node: Option<PathBuf>,
}

impl Programs {
    /// Builds or installs what the peers need.
    pub fn prepare(peers: &[Peer]) -> Result<Self> {
        for (peer, package) in [(Peer::Seaography, "seaography-peer"), (Peer::LimitRows, "limit")] {
            if peers.contains(&peer) && !process::run(&mut cargo("build", package))?.success() {
                return Err("the build failed; its output is above.".into());
            }
        }
        let needs_node = peers.iter().any(|peer| matches!(peer, Peer::PostGraphile | Peer::Yoga));
        Ok(Self { node: needs_node.then(install_node).transpose()? })
    }

    pub fn start(&self, peer: Peer, postgres: &Postgres) -> Result<Server> {
        let address = free_address()?;
        let mut command = match peer {
            Peer::Fieldgate => return Err("fieldgate.rs starts Fieldgate.".into()),
            Peer::PostGraphile => self.script("postgraphile.mjs")?,
            Peer::Yoga => self.script("yoga.mjs")?,
            Peer::Seaography => cargo("run", "seaography-peer"),
            Peer::LimitRows => cargo("run", "limit"),
        };
        // PostGraphile isolates tenants by row level security, which does not bind the owner of the tables.
        let account = if peer == Peer::PostGraphile { "peer_row_security" } else { OWNER };
        command.env("DATABASE_URL", postgres.url_of(account, "peers"));
        command.env("PORT", address.rsplit(':').next().unwrap_or_default());
        Server::start(&mut command, &address)
    }

    fn script(&self, name: &str) -> Result<Command> {
        let mut command = Command::new(self.node.as_ref().ok_or("Node.js is not installed.")?);
        command.arg(name).current_dir(node_folder());
        command.env("NODE_ENV", "production").env("GRAPHILE_ENV", "production");
        Ok(command)
    }
}

pub fn folder() -> PathBuf {
    crate::workspace_root().join("bench/peers")
}

pub fn node_folder() -> PathBuf {
    folder().join("node")
}

/// The Node.js among the packages, because PostGraphile needs a newer one than the explorer's tests do.
fn install_node() -> Result<PathBuf> {
    Node::find_or_install()?.install_packages(&node_folder())?;
    let node = node_folder().join("node_modules/node/bin/node");
    if !process::succeeds(Command::new(&node).arg("--version")) {
        return Err(format!("{} does not run.", node.display()).into());
    }
    Ok(node)
}

/// Runs cargo in the workspace of the peers; `cargo run` replaces itself by the program.
fn cargo(command: &str, package: &str) -> Command {
    let mut cargo = process::cargo();
    cargo.args([command, "--quiet", "--locked", "--release", "--package", package]).current_dir(folder());
    cargo
}

/// Creates the database of the peers with its rows.
pub fn create_rows(postgres: &Postgres, tenants: usize, customers: usize) -> Result<()> {
    postgres.psql("postgres", &["--command", "CREATE DATABASE peers"])?;
    let (tenants, customers) = (format!("tenants={tenants}"), format!("customers={customers}"));
    for file in ["schema.sql", "data.sql", "row_security.sql"] {
        let file = folder().join("sql").join(file);
        postgres.psql("peers", &["--set", &tenants, "--set", &customers, "--file", &file.to_string_lossy()])?;
    }
    Ok(())
}
