//! Builds and starts the demo, and sends requests to it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::process::{self, Result};

pub struct Server {
    process: Child,
    folder: PathBuf,
    address: String,
    token: String,
    connection: BufReader<TcpStream>,
}

fn cargo(command: &str, profile: &str) -> Command {
    let mut cargo = process::cargo();
    cargo.args([command, "--profile", profile, "--package", "fieldgate", "--bin", "fieldgate"]);
    cargo.current_dir(crate::workspace_root());
    cargo
}

impl Server {
    /// Starts the demo with its own data and without a rate limit.
    pub fn start(profile: &str, more: &[&str]) -> Result<Self> {
        // `cargo run` replaces itself by the program, so the child is the server.
        let mut run = cargo("run", profile);
        run.args(["--quiet", "--"]);
        Self::launch(run, &more.len().to_string(), more)
    }

    /// Starts the demo by a command that takes its arguments. The name tells its folder from those of others.
    pub fn launch(mut demo: Command, name: &str, more: &[&str]) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("fieldgate-bench-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let settings = folder.join("bench.toml");
        fs::write(
            &settings,
            "rate_capacity = 2147483647\nrate_per_second = 2147483647\nheader_timeout = 3600\nlog = \"warn\"\n",
        )?;
        demo.args(["demo", "--port", "0", "--data-dir"]).arg(&folder).arg("--config").arg(&settings).args(more);
        let mut process = demo.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let stdout = process.stdout.take().ok_or("the demo has no output.")?;
        let (mut address, mut token) = (String::new(), String::new());
        for line in BufReader::new(stdout).lines() {
            match line?.split_whitespace().collect::<Vec<_>>()[..] {
                ["Fieldgate", "is", "at", url] => url.trim_start_matches("http://").clone_into(&mut address),
                ["ADMIN", printed_token] if token.is_empty() => printed_token.clone_into(&mut token),
                ["Ctrl-C", "stops", "it;", ..] => break,
                _ => {}
            }
        }
        match TcpStream::connect(&address) {
            Ok(connection) => {
                connection.set_nodelay(true)?;
                Ok(Self { process, folder, address, token, connection: BufReader::new(connection) })
            }
            Err(error) => {
                process.kill()?;
                Err(format!("the demo does not listen: {error}").into())
            }
        }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The head of a request with a body.
    pub fn head(&self, content_type: &str, length: usize) -> String {
        format!(
            "POST /graphql HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\nContent-Type: {content_type}\r\n\
             Content-Length: {length}\r\n\r\n",
            self.token
        )
    }

    /// Sends bytes on a new connection and returns the status, or `none` where it does not wait or gets no response.
    pub fn send(&self, bytes: &[u8], disconnects: bool) -> Result<String> {
        let mut connection = TcpStream::connect(&self.address)?;
        // The server may respond and close before it has read everything.
        let _ = connection.write_all(bytes);
        let mut response = [0; 12];
        if disconnects || connection.read_exact(&mut response).is_err() {
            return Ok("none".to_owned());
        }
        Ok(String::from_utf8_lossy(&response[9..]).into_owned())
    }

    /// Sends an operation on the open connection and returns the body of the response.
    pub fn query(&mut self, query: &str, variables: &str) -> Result<String> {
        let query = query.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let body = format!("{{\"query\":\"{query}\",\"variables\":{variables}}}");
        let head = self.head("application/json", body.len());
        self.connection.get_mut().write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
        let (mut line, mut length) = (String::new(), 0);
        loop {
            line.clear();
            if self.connection.read_line(&mut line)? == 0 {
                return Err("the server closed the connection.".into());
            }
            match line.trim().to_ascii_lowercase().split_once(": ") {
                Some(("content-length", number)) => length = number.parse()?,
                _ if line.trim().is_empty() => break,
                _ => {}
            }
        }
        let mut response = vec![0; length];
        self.connection.read_exact(&mut response)?;
        Ok(String::from_utf8(response)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        // An error leaves files in the temporary directory, which is harmless.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
