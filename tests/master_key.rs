//! Master keys: a new one takes over the keys of all tenants while servers run, however often it is killed.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use store::vault::Vault;

use crate::world::{
    Actor, DatabaseKind, World, create_tenant,
    database::MASTER_KEY,
    each_database_in_parallel,
    program::{self, Server},
    random::Random,
};

/// How many tenants there are: several transactions of the command.
const TENANTS: usize = 90;

/// A command with these master keys, the current one first.
fn command(world: &World, keys: &str, args: &[&str]) -> std::process::Command {
    let mut command = program::command(&world.database.url, args);
    command.env("FIELDGATE_MASTER_KEY", keys);
    command
}

/// Runs a command that has to succeed.
fn run(world: &World, keys: &str, args: &[&str]) -> String {
    let output = command(world, keys, args).output().unwrap();
    assert!(output.status.success(), "{}", program::error_of(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// The id of a master key, as the program names it.
fn id_of(key: &str) -> String {
    Vault::open(key).unwrap().current_master_key().to_string()
}

/// The personal data of a customer of the first tenant, and of the other one.
async fn assert_readable(admins: &[Actor], base: &str) {
    for admin in admins {
        let read = admin.at(base).execute("{ customers { nodes { name notes } } }").await;
        assert_eq!(read.data()["customers"]["nodes"], json!([{ "name": "Ada Resident", "notes": "gate code 7" }]));
    }
}

#[apply(each_database_in_parallel)]
async fn a_new_master_key_takes_over_however_often_it_is_killed(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    for number in 0..TENANTS - 2 {
        create_tenant(&world.db, &format!("Tenant {number}")).await;
    }
    let admins = [world.admin(), world.other_admin()];
    for admin in &admins {
        let customer = json!({ "name": "Ada Resident", "type": "RESIDENTIAL", "notes": "gate code 7" });
        admin.mutate("customerCreate", customer, "id").await;
    }
    // Servers run, and a tenant changes its settings, while the command runs, is killed and runs again.
    let (mut random, mut interrupted, mut old) = (Random::from_seed(9), 0, MASTER_KEY.to_owned());
    while interrupted < 3 {
        let new = Vault::generate();
        let both = format!("{new},{old}");
        let (old_id, new_id) = (id_of(&old), id_of(&new));
        let status = run(&world, &both, &["keys", "status"]);
        assert_eq!(status, format!("{new_id}  current  0 tenants\n{old_id}  configured  {TENANTS} tenants\n"));
        let server = Server::spawn(&mut command(&world, &both, &["serve", "--port", "0"]));
        loop {
            let mut process = command(&world, &both, &["keys", "rewrap"]).stdout(Stdio::piped()).spawn().unwrap();
            // Open until the kill, so that the command can go on printing.
            let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
            let line = lines.next().map(Result::unwrap);
            // The kill comes after the first line, at a random time during what follows.
            for _ in 0..random.below(100) {
                std::thread::yield_now();
            }
            process.kill().unwrap();
            process.wait().unwrap();
            assert!(line.is_some_and(|line| line.contains(&format!("wrapped by the master key {new_id}"))));
            admins[0].at(&server.base).mutate("tenantUpdate", json!({ "name": format!("Kill {new_id}") }), "id").await;
            assert_readable(&admins, &server.base).await;
            if run(&world, &both, &["keys", "status"]).contains(&format!("{old_id}  configured  0 tenants")) {
                break;
            }
            interrupted += 1;
        }
        let said = run(&world, &both, &["keys", "rewrap"]);
        let end = format!(
            "every tenant's key is wrapped by the master key {new_id}\nnext: remove the master key {old_id} from the \
             configuration and restart the servers; keep a copy for backups\n"
        );
        assert!(said.ends_with(&end), "{said}");
        assert_readable(&admins, &server.base).await;
        old = new;
    }
    let (new, new_id) = (old.clone(), id_of(&old));

    // A server without the old key has everything; one without the new key says what it lacks.
    let server = Server::spawn(&mut command(&world, &new, &["serve", "--port", "0"]));
    assert_readable(&admins, &server.base).await;
    admins[0].at(&server.base).mutate("tenantUpdate", json!({ "name": "Lonestar" }), "id").await;
    let said = run(&world, &new, &["keys", "rewrap"]);
    assert!(said.ends_with("there is no other master key in the configuration: nothing is left to do\n"), "{said}");
    for args in [&["serve", "--port", "0"][..], &["keys", "rewrap"]] {
        let output = command(&world, MASTER_KEY, args).output().unwrap();
        let error = program::error_of(&output);
        assert!(!output.status.success());
        for part in ["master_key_file", &format!("{new_id} ({TENANTS} tenants)"), "fieldgate keys rewrap"] {
            assert!(error.contains(part), "no {part:?} in {error}");
        }
    }
}

#[apply(each_database_in_parallel)]
async fn a_wrapped_key_that_does_not_open_is_named_and_holds_up_no_other(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let (db, backend) = (world.db.connection(), world.db.backend());
    let mut broken = world.tenant.row.key_wrapped.clone();
    *broken.last_mut().unwrap() ^= 1;
    let sql = "UPDATE tenant SET key_wrapped = $1 WHERE id = $2";
    let values = [broken.into(), world.tenant.row.id.into()];
    db.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.unwrap();
    let new = Vault::generate();
    let both = format!("{new},{MASTER_KEY}");
    let output = command(&world, &both, &["keys", "rewrap"]).output().unwrap();
    let error = program::error_of(&output);
    assert!(!output.status.success() && error.contains(&world.tenant.row.id.to_string()), "{error}");
    let status = run(&world, &both, &["keys", "status"]);
    let (old_id, new_id) = (id_of(MASTER_KEY), id_of(&new));
    assert_eq!(status, format!("{new_id}  current  1 tenants\n{old_id}  configured  1 tenants\n"));
}
