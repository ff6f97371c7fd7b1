//! File permissions: what the program creates is for its user alone, and it uses no secret that others can read.

use std::{
    fs::{self, Permissions},
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::json;

use crate::world::database::MASTER_KEY;

/// What precedes the command that mends a file.
const MENDED_BY: &str = "This mends it: ";

/// The program with arguments, in a folder, and started by a shell with the usual mask.
fn fieldgate(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("umask 022; exec {} {arguments}", env!("CARGO_BIN_EXE_fieldgate"))]);
    command.current_dir(folder);
    command
}

fn run(folder: &Path, arguments: &str) -> Output {
    fieldgate(folder, arguments).output().unwrap()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Runs a command that a message told.
fn mend(command: &str) {
    assert!(Command::new("sh").args(["-c", command]).status().unwrap().success(), "{command}");
}

/// A folder with spaces in its name.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a folder");
    fs::create_dir(&folder).unwrap();
    (parent, folder)
}

/// A server, and what it logged until it listened or ended.
struct Server {
    process: Child,
    log: Vec<String>,
    listens: bool,
}

impl Server {
    /// A server that listens, with the keys of the tests.
    fn start(folder: &Path) -> Self {
        let secret = ("FIELDGATE_TOKEN_SECRET", "a secret of at least thirty-two characters");
        let server = Self::run(folder, &[secret]);
        assert!(server.listens, "the server did not start: {:#?}", server.log);
        server
    }

    /// A server with these variables, until it listens or ends.
    fn run(folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut process = fieldgate(folder, "serve --port 0")
            .env("FIELDGATE_MASTER_KEY", MASTER_KEY)
            .env("FIELDGATE_LOG", "info")
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
        let (mut log, mut listens) = (Vec::new(), false);
        while !listens && let Some(line) = lines.next() {
            listens = line.contains("listening on");
            log.push(line);
        }
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, log, listens }
    }

    /// The commands that it told to mend files.
    fn commands(&self) -> Vec<String> {
        let command = |line: &String| {
            let (_, command) = line.split_once(MENDED_BY)?;
            Some(command.trim_end_matches(['"', '}', ',']).to_owned())
        };
        self.log.iter().filter_map(command).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn what_the_server_creates_is_for_its_user_alone() {
    let (_parent, folder) = folder();
    assert!(run(&folder, "keys generate > master.key").status.success());
    assert_eq!(mode(&folder.join("master.key")), 0o600);
    let server = Server::start(&folder);
    assert_eq!(server.commands(), Vec::<String>::new());
    let data = folder.join("fieldgate-data");
    assert_eq!(mode(&data), 0o700);
    for file in ["fieldgate.sqlite", "fieldgate.sqlite-wal", "fieldgate.sqlite-shm"] {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
    }
}

#[test]
fn a_database_that_others_can_reach_is_reported_with_the_command_that_mends_it() {
    let (_parent, folder) = folder();
    drop(Server::start(&folder));
    let data = folder.join("fieldgate-data");
    let database = data.join("fieldgate.sqlite");
    set_mode(&data, 0o755);
    // SQLite gives the files beside the database its mode.
    for file in fs::read_dir(&data).unwrap() {
        set_mode(&file.unwrap().path(), 0o644);
    }
    let server = Server::start(&folder);
    let commands = server.commands();
    assert_eq!(
        commands[..2],
        ["chmod 700 fieldgate-data", "chmod 600 fieldgate-data/fieldgate.sqlite"],
        "{:#?}",
        server.log
    );
    drop(server);
    for command in commands {
        mend(&format!("cd '{}' && {command}", folder.display()));
    }
    assert_eq!((mode(&data), mode(&database)), (0o700, 0o600));
    assert_eq!(Server::start(&folder).commands(), Vec::<String>::new());
}

#[test]
fn a_secret_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    let (_parent, folder) = folder();
    let write = |name: &str, text: &str, mode: u32| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        set_mode(&path, mode);
        path
    };
    let database = format!("sqlite://{}?mode=rwc", folder.join("d.sqlite").display());
    let files = [
        ("master_key_file", write("master.key", MASTER_KEY, 0o600)),
        ("token_secret_file", write("token.secret", "a secret of at least thirty-two characters", 0o600)),
        ("database_url_file", write("database.url", &database, 0o600)),
    ];
    let line = |(setting, path): &(&str, PathBuf)| format!("{setting} = {:?}", path.display().to_string());
    let settings: Vec<_> = files.iter().map(line).collect();
    // A configuration without secrets may be read by anybody.
    let configuration = write("fieldgate.toml", &settings.join("\n"), 0o644);
    assert!(run(&folder, "tenant create acme").status.success());
    let token = || run(&folder, "token --tenant acme --role ADMIN");
    let refused = |path: &Path| {
        let output = token();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{} is used", path.display());
        let (reason, rest) = message.split_once(MENDED_BY).unwrap_or_else(|| panic!("{message}"));
        let command = rest.lines().next().unwrap();
        assert_eq!(command, format!("chmod 600 '{}'", path.display()));
        mend(command);
        let again = token();
        assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
        reason.to_owned()
    };
    for (setting, path) in &files {
        for loose in [0o644, 0o604, 0o660] {
            set_mode(path, loose);
            let reason = refused(path);
            assert!(reason.contains(setting) && reason.contains(&format!("{loose:04o}")), "{reason}");
            assert_eq!(mode(path), 0o600);
        }
    }
    // The same for a configuration that has a secret itself.
    let secret = "token_secret = \"a secret of at least thirty-two characters\"";
    fs::write(&configuration, [settings[0].as_str(), secret, &settings[2]].join("\n")).unwrap();
    let output = token();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("token_secret") && message.contains("chmod 600 fieldgate.toml"), "{message}");
    set_mode(&configuration, 0o600);
    assert!(token().status.success());
    // One secret has one place.
    let both = fieldgate(&folder, "token --tenant acme --role ADMIN")
        .env("FIELDGATE_TOKEN_SECRET_FILE", &files[1].1)
        .output()
        .unwrap();
    let message = String::from_utf8(both.stderr).unwrap();
    assert!(!both.status.success() && message.contains("token_secret is set, too"), "{message}");
}

/// A file of keys, or of documents, is no secret; who writes it signs tokens of everybody, or runs documents of their own.
#[test]
fn what_the_server_trusts_is_refused_if_others_can_write_it() {
    let (_parent, folder) = folder();
    let key =
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": "new", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    for (name, text) in [
        ("issuer.pem", include_str!("keys/es256.pub.pem")),
        ("keys.json", &json!({ "keys": [key] }).to_string()),
        ("ca.pem", include_str!("keys/tls-authority.pem")),
        ("documents.json", r#"{ "viewer": "{ viewer { subject } }" }"#),
    ] {
        fs::write(folder.join(name), text).unwrap();
        set_mode(&folder.join(name), 0o644);
    }
    let issued = [("FIELDGATE_TOKEN_ISSUER", "https://id.example"), ("FIELDGATE_TOKEN_AUDIENCE", "fieldgate")];
    let by_file = [("FIELDGATE_TOKEN_PUBLIC_KEY_FILES", "issuer.pem,keys.json")];
    let by_address =
        [("FIELDGATE_TOKEN_JWKS_URL", "https://127.0.0.1:9/jwks"), ("FIELDGATE_TOKEN_JWKS_CA_FILE", "ca.pem")];
    let documents =
        [("FIELDGATE_TRUSTED_DOCUMENTS", "enforce"), ("FIELDGATE_TRUSTED_DOCUMENTS_FILE", "documents.json")];
    let documents = [&by_file[..], &documents].concat();
    for (setting, name, variables) in [
        ("token_public_key_files", "issuer.pem", &by_file[..]),
        ("token_public_key_files", "keys.json", &by_file),
        ("token_jwks_ca_file", "ca.pem", &by_address),
        ("trusted_documents_file", "documents.json", &documents),
    ] {
        let (path, variables) = (folder.join(name), [variables, &issued].concat());
        for loose in [0o664, 0o646, 0o622] {
            set_mode(&path, loose);
            let refused = Server::run(&folder, &variables);
            let message = refused.log.join("\n");
            assert!(!refused.listens, "{name} with {loose:o} is used");
            let (reason, rest) = message.split_once(MENDED_BY).unwrap_or_else(|| panic!("{message}"));
            assert!(reason.contains(setting) && reason.contains(&format!("{loose:04o}")), "{reason}");
            let command = rest.lines().next().unwrap();
            assert_eq!(command, format!("chmod go-w {name}"));
            mend(&format!("cd '{}' && {command}", folder.display()));
            assert_eq!(mode(&path), loose & !0o022);
        }
        set_mode(&path, 0o644);
        let server = Server::run(&folder, &variables);
        assert!(server.listens, "{name}: {:#?}", server.log);
    }
    // Who writes the configuration names all of these.
    let configuration = folder.join("fieldgate.toml");
    fs::write(&configuration, "limit_depth = 14").unwrap();
    for (loose, mended) in [(0o666, 0o644), (0o620, 0o600)] {
        set_mode(&configuration, loose);
        let output = run(&folder, "tenant create acme");
        let message = String::from_utf8(output.stderr).unwrap();
        let (_, rest) = message.split_once(MENDED_BY).unwrap_or_else(|| panic!("{message}"));
        assert_eq!(rest.lines().next(), Some("chmod go-w fieldgate.toml"), "{message}");
        mend(&format!("cd '{}' && chmod go-w fieldgate.toml", folder.display()));
        assert_eq!(mode(&configuration), mended);
        let _listens = Server::start(&folder);
    }
}
