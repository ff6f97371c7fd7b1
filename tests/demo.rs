//! The demo, started as users start it: the tokens and the query that it prints work, on both databases alike.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::world::{
    Actor, DatabaseKind, JsonResponse, Postgres, Sqlite,
    database::{MASTER_KEY, TestDatabase},
    snapshot_text,
};

/// A query of everything that a new user looks at in a company.
const OVERVIEW: &str = include_str!("../bench/overview.graphql");

/// A running demo, stopped when it is dropped.
pub struct Demo {
    process: Child,
    /// The folder of a demo that has one of its own; deleted with it.
    folder: Option<TempDir>,
    /// The base URL of its server.
    pub base: String,
    /// The printed tokens, by company and role.
    pub tokens: HashMap<(String, String), String>,
    /// The printed query.
    query: String,
}

impl Demo {
    /// Starts a demo of its own on a database without tables.
    pub async fn on(database: DatabaseKind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut demo = match database {
            Sqlite => Self::start(folder.path(), &[]),
            Postgres => Self::start(folder.path(), &["--database-url", &TestDatabase::empty(Postgres).await.url]),
        };
        demo.folder = Some(folder);
        demo
    }

    /// Starts the demo and reads its output up to the last line.
    pub fn start(folder: &Path, more: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_fieldgate"))
            .args(["demo", "--port", "0", "--data-dir"])
            .arg(folder)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let printed = BufReader::new(process.stdout.take().unwrap()).lines();
        let (mut base, mut company, mut tokens, mut query) =
            (String::new(), String::new(), HashMap::new(), String::new());
        for line in printed {
            let line = line.unwrap();
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["Fieldgate", "is", "at", address] => address.clone_into(&mut base),
                ["Tokens", "for", slug, ..] => slug.clone_into(&mut company),
                [role, token] if token.starts_with("ey") => {
                    tokens.insert((company.clone(), role.to_owned()), token.to_owned());
                }
                ["{", "customers(first:", ..] => line.trim().clone_into(&mut query),
                ["Ctrl-C", "stops", "it;", ..] => break,
                _ => {}
            }
        }
        Self { process, folder: None, base, tokens, query }
    }

    /// An actor with a printed token.
    pub fn actor(&self, company: &str, role: &str) -> Actor {
        Actor::new(&self.base, &self.tokens[&(company.to_owned(), role.to_owned())])
    }

    /// Stops the demo with the signal of a terminal or a service manager, and waits for its end.
    fn stop(mut self) {
        let asked = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.process.id())]).status().unwrap();
        assert!(asked.success());
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // The demo may have stopped already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The data of a response without ids and times.
fn comparable_text(response: &JsonResponse) -> String {
    let text = snapshot_text(response.data());
    let is_time = |line: &&str| !line.contains("\"serviceDate\"");
    text.lines().filter(is_time).collect::<Vec<_>>().join("\n")
}

/// The code blocks of a language in the README.
fn readme_blocks(language: &str) -> Vec<String> {
    let readme = include_str!("../README.md");
    let begin = format!("```{language}\n");
    readme.split(&begin).skip(1).map(|part| part.split("```").next().unwrap().trim().to_owned()).collect()
}

/// A response without the values that differ in every run.
fn without_varying_values(response: &Json) -> Json {
    let mut response = response.clone();
    response["extensions"].as_object_mut().unwrap().remove("requestId");
    response["extensions"]["cost"].as_object_mut().unwrap().remove("remaining");
    response
}

#[tokio::test]
async fn the_demo_answers_one_query_equally_on_both_databases_in_eleven_statements() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let home = TestDatabase::empty(Postgres).await;
    let (sqlite, postgres) = std::thread::scope(|scope| {
        let postgres = scope.spawn(|| Demo::start(folders[1].path(), &["--database-url", &home.url]));
        (Demo::start(folders[0].path(), &[]), postgres.join().unwrap())
    });
    for company in ["lonestar", "cascade"] {
        for first in [20, 100] {
            let variables = json!({ "first": first });
            let small = sqlite.actor(company, "ADMIN").execute_with(OVERVIEW, variables.clone()).await;
            let large = postgres.actor(company, "ADMIN").execute_with(OVERVIEW, variables).await;
            assert_eq!(comparable_text(&small), comparable_text(&large), "{company}");
            // Definitions, customers and their count; contacts; assignments, their assets and service records; loads, and the
            // addresses of both ends together; values and their definitions.
            assert_eq!([small.statements(), large.statements()], [11, 11], "{company}");
            let customers = small.at("/data/customers/nodes").as_array().unwrap();
            assert_eq!(customers.len(), first);
            for edge in ["contacts", "assets", "loads", "customFields"] {
                let some = customers.iter().any(|customer| customer[edge]["nodes"].as_array().unwrap().len() > 1);
                assert!(some, "no customer of {company} has {edge}");
            }
            let served = |customer: &Json| {
                let assets = customer["assets"]["nodes"].as_array().unwrap();
                assets.iter().any(|asset| asset["serviceRecords"]["nodes"] != json!([]))
            };
            assert!(customers.iter().any(served), "nothing of {company} was ever served");
        }
    }
}

#[tokio::test]
async fn the_readme_shows_what_the_demo_answers_and_a_restart_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path(), &[]);
    assert_eq!(demo.actor("lonestar", "MANAGER").execute(&demo.query).await.error_codes(), Vec::<&str>::new());
    let [manager, viewer] = ["MANAGER", "VIEWER"].map(|role| demo.actor("cascade", role));
    let asked: Vec<Json> = readme_blocks("sh")
        .iter()
        .filter_map(|block| Some(block.split_once("-d '")?.1.trim_end().strip_suffix('\'')?.to_owned()))
        .map(|body| serde_json::from_str(&body).unwrap())
        .collect();
    let [query, mutation] = [&asked[0], &asked[1]].map(|body| body["query"].as_str().unwrap());
    let responses: Vec<Json> = readme_blocks("json").iter().map(|block| serde_json::from_str(block).unwrap()).collect();
    for (actor, query, response) in
        [(&manager, query, &responses[0]), (&viewer, query, &responses[1]), (&manager, mutation, &responses[2])]
    {
        let answered = actor.execute(query).await;
        assert_eq!(
            without_varying_values(&answered.body),
            without_varying_values(response),
            "the README should have\n{}",
            answered.body
        );
    }
    let counts = "{ customers { totalCount } contacts { totalCount } addresses { totalCount } assets { totalCount }
        customerAssets { totalCount } loads { totalCount } serviceRecords { totalCount }
        customFieldDefinitions { totalCount } }";
    let before = demo.actor("lonestar", "ADMIN").execute(counts).await;
    demo.stop();
    let again = Demo::start(folder.path(), &[]);
    assert_eq!(again.actor("lonestar", "ADMIN").execute(counts).await.data(), before.data());
}

#[tokio::test]
async fn the_demo_writes_into_no_database_but_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], url: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fieldgate"));
        command.args(arguments).args(["--data-dir", "data"]).current_dir(folder.path());
        command.envs(url.map(|url| ("FIELDGATE_DATABASE_URL", url)));
        command.env("FIELDGATE_MASTER_KEY", MASTER_KEY);
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let configured = format!("sqlite://{}?mode=rwc", folder.path().join("configured.sqlite").display());
    let (started, message) = run(&["demo", "--port", "0"], Some(&configured));
    assert!(!started && message.contains("database_url") && message.contains("database of its own"), "{message}");
    assert!(!folder.path().join("configured.sqlite").exists());
    assert!(run(&["tenant", "create", "acme"], None).0);
    let (started, message) = run(&["demo", "--port", "0"], None);
    assert!(!started && message.contains("the tenant acme"), "{message}");
    assert!(run(&["tenant", "create", "lonestar"], None).0, "the demo created its tenant");
}
