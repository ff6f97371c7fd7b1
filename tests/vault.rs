//! The vault: personal data is ciphertext wherever the database keeps it, and opens at its own place only.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::Command,
};

use access::{Action, Role};

use rstest::rstest;
use sea_orm::{
    ConnectionTrait, ExprTrait, Statement, Value,
    prelude::{Expr, Uuid},
    sea_query::{Alias, Query},
};
use serde_json::json;
use store::{
    Table,
    table::TABLES,
    vault::{SealContext, key_id},
};

use crate::world::{
    Actor, Answer, On, Postgres, Sqlite, World, custom, database,
    sample::Sample,
    schema::{Schema, lower},
    token_settings,
};

/// A world on a database of its own, with rows of every type in both tenants.
async fn filled(on: On) -> (World, Schema, Vec<String>, Vec<String>) {
    let world = World::at(database::own(on).await, token_settings()).await;
    let (admin, stranger) = (world.admin(), world.stranger());
    let schema = Schema::of(&admin).await;
    let mut theirs = Sample::whole(&schema, "vqy");
    theirs.make_all(&stranger, 2).await;
    rewrite(&stranger, &schema, &theirs).await;
    custom::seal(&stranger, &theirs.ids["Customer"], "vqy").await;
    let mut sample = Sample::whole(&schema, "wqx");
    sample.make_all(&admin, 2).await;
    rewrite(&admin, &schema, &sample).await;
    let mut said = custom::seal(&admin, &sample.ids["Customer"], "wqx").await;
    let made = sample.made();
    said.extend(sample.said.into_iter().map(|(_, text)| text));
    (world, schema, made, said)
}

/// Changes every row, so that the log has images of what was before.
async fn rewrite(actor: &Actor, schema: &Schema, sample: &Sample<'_>) {
    for (node, ids) in &sample.ids {
        let update = format!("{}Update", lower(node));
        for id in ids.iter().filter(|_| schema.mutation(&update).is_some()) {
            actor.done(&update, json!({ "id": id, "externalReference": format!("{id} again") }), "id").await;
        }
    }
}

/// An administrator whose token leaves personal data out, and nothing else.
fn without_personal_data(world: &World) -> Actor {
    let scopes = Action::ALL.iter().filter(|action| **action != Action::PiiRead);
    let scopes: Vec<_> = scopes.map(|action| action.scope().to_owned()).collect();
    world.granted(&world.tenant, &[Role::Admin], Some(&scopes), "reader")
}

/// All that an actor sees of all rows, as text.
async fn seen(actor: &Actor, schema: &Schema, made: &[String]) -> (String, Vec<Answer>) {
    let mut answers = Vec::new();
    for node in made {
        let list = &schema.list_of(node).name;
        let own = schema.get(node).fields.iter().any(|field| field.name == "customFields");
        let own = if own { "customFields { nodes { value displacedValue } }" } else { "" };
        let select = format!("{} {own}", schema.leaves(node).join(" "));
        answers
            .push(actor.ask(&format!("{{ {list}(first: 100, deleted: INCLUDE) {{ nodes {{ {select} }} }} }}")).await);
    }
    answers.push(actor.ask("{ changes(first: 100) { nodes { before after } } }").await);
    (answers.iter().map(|answer| answer.body.to_string()).collect(), answers)
}

/// Which of some texts stand in bytes: as they are, in hexadecimal digits, in UTF-16; in any case.
fn found<'a>(bytes: &[u8], texts: impl Iterator<Item = &'a String>) -> BTreeSet<&'a str> {
    let plain = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    // Latin text in UTF-16, of either order, is the same text with zeros between its letters.
    let wide: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    let wide = String::from_utf8_lossy(&wide).to_ascii_lowercase();
    let hex = |bytes: Vec<u8>| bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let stands = |text: &str| {
        let little = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let folded = text.to_ascii_lowercase();
        let digits = [text.as_bytes().to_vec(), folded.as_bytes().to_vec(), little, big].map(hex);
        plain.contains(&folded) || wide.contains(&folded) || digits.iter().any(|digits| plain.contains(digits))
    };
    texts.map(String::as_str).filter(|text| stands(text)).collect()
}

/// Everything the database has on disk: the files of SQLite, a dump of PostgreSQL.
fn disk(world: &World) -> Vec<u8> {
    let Some(folder) = &world.home.folder else {
        let dump = Command::new(pg_dump()).args(["--dbname", &world.home.url]).output().unwrap();
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        return dump.stdout;
    };
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(!files.is_empty());
    files.into_iter().flat_map(|file| std::fs::read(file).unwrap()).collect()
}

/// The program that dumps a PostgreSQL database.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests may say here where it is")]
fn pg_dump() -> PathBuf {
    if let Ok(path) = std::env::var("FG_TEST_PG_DUMP") {
        return path.into();
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    // The newest of those installed reads every older server.
    let mut installed: Vec<_> = installed.map(|version| version.path().join("bin")).collect();
    installed.sort_by_key(|path| std::cmp::Reverse(path.to_string_lossy().len() * 1000 + version(path)));
    let places = installed.into_iter().chain(path.split(':').map(PathBuf::from)).map(|place| place.join("pg_dump"));
    places.into_iter().find(|place| place.exists()).expect("say in FG_TEST_PG_DUMP where pg_dump is")
}

fn version(path: &std::path::Path) -> usize {
    path.to_string_lossy().split('/').find_map(|part| part.parse().ok()).unwrap_or_default()
}

#[rstest]
#[tokio::test]
async fn no_personal_text_stands_in_the_database(#[values(Sqlite, Postgres)] on: On) {
    let (world, schema, made, said) = filled(on).await;
    let (admin, reader) = (world.admin(), without_personal_data(&world));
    let (_, mut answers) = seen(&reader, &schema, &made).await;
    answers.pop();
    // Written again: old values are in the log, and were in the rows.
    let mut again = Sample::whole(&schema, "zqw");
    for node in &made {
        let update = format!("{}Update", lower(node));
        let Some(mutation) = schema.mutation(&update) else { continue };
        let list = &schema.list_of(node).name;
        let id = admin.ask(&format!("{{ {list}(first: 1) {{ nodes {{ id }} }} }}")).await;
        let mut input = again.input(&mutation.args[0].of, 0, &update, 0);
        input["id"] = id.at(&format!("/data/{list}/nodes/0/id")).clone();
        // Lists of parts replace what stands there; they were written when the row was made.
        input.as_object_mut().unwrap().retain(|_, value| !value.is_array());
        let answer = admin.tried(&update, input, "id").await;
        assert_eq!(*answer.at(&format!("/data/{update}/userErrors")), json!([]), "{answer}");
    }
    let said: Vec<_> = said.into_iter().chain(again.said.into_iter().map(|(_, text)| text)).collect();
    world.link().await;

    // What can be read with `pii:read` only is personal; the log shows none of it to who reads without.
    let (whole, _) = seen(&admin, &schema, &made).await;
    answers.extend(seen(&reader, &schema, &made).await.1);
    let log = answers.pop().unwrap().body.to_string();
    let open: String = answers.iter().map(|answer| answer.body.to_string()).collect();
    assert!(answers.iter().any(|answer| answer.at("/extensions/redacted").is_array()));
    let personal: Vec<_> = said.iter().filter(|text| whole.contains(*text) && !open.contains(*text)).cloned().collect();
    let plain: Vec<_> = said.iter().filter(|text| open.contains(*text)).cloned().collect();
    assert_eq!(found(log.as_bytes(), personal.iter()), BTreeSet::new(), "in the log");
    let sealed: usize = TABLES.iter().map(|table| table.sealed.len()).sum();
    assert!(personal.len() >= sealed - 2, "only {} texts are personal: {personal:?}", personal.len());

    for moment in ["open", "closed"] {
        if moment == "closed" {
            let db = world.db.connection();
            if on == Sqlite {
                db.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
            }
            db.clone().close().await.unwrap();
        }
        let bytes = disk(&world);
        assert_eq!(found(&bytes, personal.iter()), BTreeSet::new(), "in the {moment} database");
        let all: BTreeSet<_> = plain.iter().map(String::as_str).collect();
        let there = found(&bytes, plain.iter());
        // So that this test can fail: what is not personal is found.
        assert_eq!(all.difference(&there).collect::<Vec<_>>(), Vec::<&&str>::new(), "in the {moment} database");
        assert!(there.len() > 10, "{there:?}");
    }
}

#[rstest]
#[tokio::test]
async fn a_name_that_becomes_personal_leaves_the_file(#[values(Sqlite, Postgres)] on: On) {
    let world = World::at(database::own(on).await, token_settings()).await;
    let admin = world.admin();
    let name = "Wqxname Resident".to_owned();
    let id = admin.done("customerCreate", json!({ "name": name, "type": "COMMERCIAL" }), "id").await["id"].clone();
    let db = world.db.connection();
    let settled = async || {
        if on == Sqlite {
            db.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
        }
        found(&disk(&world), [name.clone(), "wqxname".to_owned()].iter()).len()
    };
    assert_eq!(settled().await, 2);
    let now = admin.done("customerUpdate", json!({ "id": id, "type": "RESIDENTIAL" }), "name").await;
    assert_eq!(now["name"], json!(name));
    assert_eq!(settled().await, 0);
    admin.done("customerUpdate", json!({ "id": id, "type": "BROKER" }), "name").await;
    assert_eq!(settled().await, 2);
}

#[test]
fn the_table_of_sealed_columns() {
    let sealed = TABLES.iter().filter(|table| !table.sealed.is_empty()).map(|table| {
        let columns: Vec<_> = table.sealed.iter().map(|(column, _)| *column).collect();
        format!("{:<20} {}", table.name, columns.join(" "))
    });
    insta::assert_snapshot!(sealed.collect::<Vec<_>>().join("\n"), @"
    customer             name_sealed contact_info emergency_contact tax_id notes
    address              street street2 zip_code coordinates instructions
    contact              name email phone mobile notes
    load_stop            notes
    service_record       notes
    custom_field_value   sealed displaced_sealed
    change               before_sealed after_sealed
    ");
}

/// One sealed value: where it stands, and the ciphertext.
#[derive(Clone, Debug)]
struct Sealed {
    table: &'static Table,
    column: &'static str,
    tenant: Uuid,
    row: Uuid,
    /// Nothing, where nothing stands.
    bytes: Option<Vec<u8>>,
}

/// Every sealed value of the database.
async fn sealed(world: &World) -> Vec<Sealed> {
    let db = world.db.connection();
    let mut all = Vec::new();
    for table in TABLES {
        for (column, _) in table.sealed {
            let mut select = Query::select();
            select.columns(["tenant_id", "id", column]).from(table.name).and_where(Expr::col(*column).is_not_null());
            select.order_by("id", sea_orm::Order::Asc);
            for row in db.query_all(&select).await.unwrap() {
                let [tenant, row_id] = [0, 1].map(|index| row.try_get_by_index(index).unwrap());
                let bytes = row.try_get_by_index(2).unwrap();
                all.push(Sealed { table, column, tenant, row: row_id, bytes: Some(bytes) });
            }
        }
    }
    all
}

async fn put(world: &World, at: &Sealed, bytes: Option<Vec<u8>>) -> Result<u64, sea_orm::DbErr> {
    let mut update = Query::update();
    update.table(Alias::new(at.table.name)).value(at.column, Value::Bytes(bytes));
    update.and_where(Expr::col("tenant_id").eq(at.tenant)).and_where(Expr::col("id").eq(at.row));
    Ok(world.db.connection().execute(&update).await?.rows_affected())
}

/// Puts ciphertexts where others stand, looks, and puts those back: all that is seen, and how many did not open.
async fn moved(
    world: &World,
    schema: &Schema,
    made: &[String],
    moves: &[(&Sealed, Option<Vec<u8>>)],
) -> (String, usize) {
    for (at, bytes) in moves {
        assert_eq!(put(world, at, bytes.clone()).await.unwrap(), 1);
    }
    let (text, answers) = seen(&world.admin(), schema, made).await;
    let closed = answers.iter().flat_map(|answer| {
        assert_eq!(answer.status, 200, "{answer}");
        // Each says which field of which row it is, and there, or above it, the answer has null.
        for error in answer.at("/errors").as_array().into_iter().flatten() {
            let path = error["path"].as_array().unwrap_or_else(|| panic!("{answer}"));
            let end = path.iter().try_fold(answer.at("/data"), |at, step| match step.as_str() {
                _ if at.is_null() => Some(at),
                Some(name) => at.get(name),
                None => at.get(usize::try_from(step.as_u64()?).ok()?),
            });
            assert!(end.is_some_and(serde_json::Value::is_null), "{error}: {answer}");
        }
        answer.codes().into_iter().filter(|code| *code == "INTERNAL").map(str::to_owned).collect::<Vec<_>>()
    });
    let closed = closed.count();
    for (at, _) in moves {
        put(world, at, at.bytes.clone()).await.unwrap();
    }
    (text, closed)
}

#[rstest]
#[tokio::test]
async fn ciphertext_opens_at_its_own_place_only(#[values(Sqlite, Postgres)] on: On) {
    let (world, schema, made, said) = filled(on).await;
    world.link().await;
    let all = sealed(&world).await;
    let filled: BTreeSet<_> = all.iter().map(|value| format!("{}.{}", value.table.name, value.column)).collect();
    let columns =
        TABLES.iter().flat_map(|table| table.sealed.iter().map(|(column, _)| format!("{}.{column}", table.name)));
    let missing: Vec<_> = columns.filter(|column| !filled.contains(column)).collect();
    assert!(missing.is_empty(), "no sample fills {missing:?}: say how in tests/world/known.rs");

    let (whole, before) = seen(&world.admin(), &schema, &made).await;
    assert!(before.iter().all(|answer| answer.codes().is_empty()), "{before:?}");
    let shown = |text: &str| said.iter().map(|said| text.matches(said).count()).sum::<usize>();
    let (mut kinds, mut bound) = (BTreeMap::new(), BTreeSet::new());
    for name in &filled {
        let here: Vec<_> =
            all.iter().filter(|value| format!("{}.{}", value.table.name, value.column) == *name).collect();
        let own: Vec<_> = here.iter().copied().filter(|value| value.tenant == world.tenant.row.id).collect();
        let [one, row, ..] = own[..] else { panic!("one {name} is not enough to move it") };
        let tenant =
            here.iter().copied().find(|value| value.tenant != one.tenant).expect("the other tenant has one too");
        let beside = |at: &Sealed| {
            all.iter()
                .find(|other| other.table.name == at.table.name && other.row == at.row && other.column != at.column)
        };
        let column = own.iter().find_map(|at| Some((*at, beside(at)?)));
        for (kind, pair) in [("row", Some((one, row))), ("tenant", Some((one, tenant))), ("column", column)] {
            let Some((one, other)) = pair else { continue };
            let moves = [(one, other.bytes.clone()), (other, one.bytes.clone())];
            let (text, closed) = moved(&world, &schema, &made, &moves).await;
            assert!(closed > 0, "{name} opens in another {kind}: {one:?} {other:?}");
            assert!(!text.contains("vqy"), "{name} shows what the other tenant wrote");
            assert!(shown(&text) < shown(&whole), "{name} shows as much as before");
            *kinds.entry(kind).or_insert(0) += 1;
        }
        // A row that has one sealed column at a time has room for it in the other.
        if let (None, Some((free, _))) = (column, one.table.sealed.iter().find(|(column, _)| *column != one.column)) {
            let there = Sealed { column: free, bytes: None, ..one.clone() };
            let (text, closed) = moved(&world, &schema, &made, &[(&there, one.bytes.clone())]).await;
            assert!(closed > 0, "{name} opens as {free}");
            assert_eq!(shown(&text), shown(&whole), "{name} shows in {free}");
            *kinds.entry("column").or_insert(0) += 1;
        }
        // Sealed by the right key for the same place of another tenant: the key alone does not make it ours. One column of
        // a table stands for the others.
        if !bound.insert(one.table.name) {
            continue;
        }
        let ours = entity::Sealed(one.bytes.clone().unwrap());
        let key = world.db.vault.cached_key(one.tenant, key_id(&ours).unwrap()).unwrap();
        let here = SealContext { tenant: one.tenant, table: one.table.name, column: one.column, row: one.row };
        let elsewhere = SealContext { tenant: tenant.tenant, ..here };
        let sealed = key.seal(&key.open(&ours, here).unwrap(), elsewhere).unwrap();
        let (text, closed) = moved(&world, &schema, &made, &[(one, Some(sealed.0))]).await;
        assert!(closed > 0 && shown(&text) < shown(&whole), "{name} opens in another tenant");
    }
    assert!(kinds["row"] > 14 && kinds["tenant"] > 14 && kinds["column"] > 12, "{kinds:?}");
    assert!(bound.len() > 6, "{bound:?}");
    let (again, _) = seen(&world.admin(), &schema, &made).await;
    assert_eq!(again.len(), whole.len(), "all is back in its place");
}

#[rstest]
#[tokio::test]
async fn the_database_refuses_what_is_not_sealed(#[values(Sqlite, Postgres)] on: On) {
    let (world, ..) = filled(on).await;
    let all = sealed(&world).await;
    let mut tried = BTreeSet::new();
    for value in &all {
        if !tried.insert((value.table.name, value.column)) {
            continue;
        }
        let refused = put(&world, value, Some(b"\0plain text".to_vec())).await;
        let message =
            refused.expect_err(&format!("{}.{} takes plain text", value.table.name, value.column)).to_string();
        assert!(message.to_lowercase().contains("check constraint"), "{message}");
        // The CHECK is about the mark and nothing else.
        assert_eq!(put(&world, value, value.bytes.clone()).await.unwrap(), 1);
    }
    assert!(tried.len() > 14, "{tried:?}");
    // A table without a row yet has the same CHECK.
    let db = world.db.connection();
    let sql = match on {
        Sqlite => "SELECT name, sql AS text FROM sqlite_master WHERE type = 'table'",
        Postgres => {
            "SELECT conrelid::regclass::text AS name, string_agg(pg_get_constraintdef(oid), ' ') AS text \
             FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace GROUP BY 1"
        }
    };
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    let checks: BTreeMap<String, String> = rows
        .iter()
        .map(|row| (row.try_get::<String>("", "name").unwrap().replace('"', ""), row.try_get("", "text").unwrap()))
        .collect();
    for table in TABLES {
        for (column, _) in table.sealed {
            let text = checks.get(table.name).map(|text| text.replace('"', "")).unwrap_or_default();
            let check = [format!("get_byte({column}, 0) <> 0"), format!("substr({column}, 1, 1) <> x'00'")];
            assert!(check.iter().any(|check| text.contains(check)), "{}.{column} has no CHECK: {text}", table.name);
        }
    }
}
