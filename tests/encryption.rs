//! Encryption: personal data is ciphertext everywhere in the database, and opens only in its own row and column.

use std::collections::{BTreeMap, BTreeSet};

use access::{Action, Role};

use rstest_reuse::apply;
use sea_orm::{
    ConnectionTrait, ExprTrait, Statement, Value,
    prelude::{Expr, Uuid},
    sea_query::{Alias, Query},
};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{
    Table,
    registry::TABLES,
    vault::{SealContext, key_id},
};

use crate::document::form::Form;
use crate::stored_bytes::{stored_bytes, texts_in};
use crate::world::{
    Actor, DatabaseKind, JsonResponse, Postgres, Sqlite, World, assert_snapshot, custom_fields, each_database,
    sample_data::SampleData,
    schema::{Schema, lower},
};

/// A world on a database of its own, with rows of every type in both tenants. Their texts are too long to stand in an id or in
/// ciphertext by chance.
pub async fn world_with_rows(database: DatabaseKind) -> (World, Schema, Vec<String>, Vec<String>) {
    let world = World::builder(database).isolated().build().await;
    let (admin, other_admin) = (world.admin(), world.other_admin());
    let schema = Schema::load(&admin).await;
    let mut theirs = SampleData::complete(&schema, "vqytheirs");
    theirs.create_all(&other_admin, 2).await;
    update_rows(&other_admin, &schema, &theirs).await;
    give_reasons(&other_admin, &theirs, "vqytheirs").await;
    custom_fields::add_sensitive_values(&other_admin, &theirs.ids["Customer"], "vqytheirs").await;
    let mut sample = SampleData::complete(&schema, "wqxours");
    sample.create_all(&admin, 2).await;
    update_rows(&admin, &schema, &sample).await;
    let mut texts = custom_fields::add_sensitive_values(&admin, &sample.ids["Customer"], "wqxours").await;
    let types = sample.creatable_types();
    texts.extend(give_reasons(&admin, &sample, "wqxours").await);
    texts.extend(sample.texts.into_iter().map(|(_, text)| text));
    (world, schema, types, texts)
}

/// Cancels two loads and two service records, and skips two visits and two schedules, each with a reason, and uploads two files:
/// texts that no create and no update writes. Gives the texts.
async fn give_reasons(actor: &Actor, sample: &SampleData<'_>, prefix: &str) -> Vec<String> {
    let (customer, asset) = (&sample.ids["Customer"][0], &sample.ids["Asset"][0]);
    let mut texts = Vec::new();
    for index in ["a", "b"] {
        let [off, note, gone, away, spent] =
            ["off", "note", "gone", "away", "spent"].map(|word| format!("{prefix}{word}{index}"));
        let stops = json!([{ "type": "PICKUP" }, { "type": "DELIVERY" }]);
        let load = actor.mutate("loadCreate", json!({ "customer": customer, "stops": stops }), "id").await;
        actor.mutate("loadCancel", json!({ "id": load["id"], "reason": off, "note": note }), "id").await;
        let visit = json!({ "customer": customer, "serviceDate": "2026-01-01T00:00:00Z", "serviceType": "Visit",
            "status": "CANCELLED", "cancelReason": gone });
        actor.mutate("serviceRecordCreate", visit, "id").await;
        let plan = json!({ "customer": customer, "serviceType": "Visit", "frequency": "DAILY",
            "startDate": "2090-01-02" });
        let plan = actor.mutate("recurringServiceCreate", plan, "id").await;
        let skip = json!({ "id": plan["id"], "date": "2090-01-09", "reason": away });
        actor.mutate("recurringServiceSkip", skip, "id").await;
        let schedule = json!({ "equipment": asset, "serviceType": "Check", "intervalDays": 30 });
        let schedule = actor.mutate("equipmentScheduleCreate", schedule, "id").await;
        actor.mutate("equipmentScheduleSkip", json!({ "id": schedule["id"], "reason": spent }), "id").await;
        let scan = format!("{prefix}scan{index}.txt");
        let form = Form::new().field("customer", customer).file(&scan, "text/plain", off.as_bytes());
        assert_eq!(form.send(actor).await.status, 201);
        let hash = Sha256::digest(&off).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        texts.extend([off, note, gone, away, spent, scan, hash]);
    }
    texts
}

/// Updates every row, so that the log has images of previous values.
async fn update_rows(actor: &Actor, schema: &Schema, sample: &SampleData<'_>) {
    for (node, ids) in &sample.ids {
        let update = format!("{}Update", lower(node));
        for id in ids.iter().filter(|_| schema.mutation(&update).is_some()) {
            actor.mutate(&update, json!({ "id": id, "externalReference": format!("{id} again") }), "id").await;
        }
    }
}

/// An administrator whose token has every scope except the one for personal data.
pub fn without_personal_data(world: &World) -> Actor {
    let scopes = Action::ALL.iter().filter(|action| **action != Action::PiiRead);
    let scopes: Vec<_> = scopes.map(|action| action.scope().to_owned()).collect();
    world.user(&[Role::Admin]).scopes(&scopes).subject("reader").actor()
}

/// Everything that an actor reads of all rows, as text.
pub async fn read_everything(actor: &Actor, schema: &Schema, types: &[String]) -> (String, Vec<JsonResponse>) {
    let mut responses = Vec::new();
    for node in types {
        let list = &schema.root_list(node).name;
        let own = schema.get(node).fields.iter().any(|field| field.name == "customFields");
        let own = if own { "customFields { nodes { value displacedValue } }" } else { "" };
        let select = format!("{} {own}", schema.leaf_selections(node).join(" "));
        responses.push(
            actor.execute(&format!("{{ {list}(first: 100, deleted: INCLUDE) {{ nodes {{ {select} }} }} }}")).await,
        );
    }
    responses.push(actor.execute("{ changes(first: 100) { nodes { before after } } }").await);
    (responses.iter().map(|response| response.body.to_string()).collect(), responses)
}

#[apply(each_database)]
async fn the_database_has_no_personal_data_in_plain_text(database: DatabaseKind) {
    let (world, schema, types, texts) = world_with_rows(database).await;
    let (admin, reader) = (world.admin(), without_personal_data(&world));
    let (_, mut responses) = read_everything(&reader, &schema, &types).await;
    responses.pop();
    // Every row is updated again: its previous values are in the log.
    let mut again = SampleData::complete(&schema, "zqw");
    for node in &types {
        let update = format!("{}Update", lower(node));
        let Some(mutation) = schema.mutation(&update) else { continue };
        let list = &schema.root_list(node).name;
        let id = admin.execute(&format!("{{ {list}(first: 1) {{ nodes {{ id }} }} }}")).await;
        let mut input = again.input(&mutation.args[0].type_name, 0, &update, 0);
        input["id"] = id.at(&format!("/data/{list}/nodes/0/id")).clone();
        // Lists replace all child rows; they were written when the row was created.
        input.as_object_mut().unwrap().retain(|_, value| !value.is_array());
        let response = admin.send_mutation(&update, input, "id").await;
        assert_eq!(*response.at(&format!("/data/{update}/userErrors")), json!([]), "{response}");
    }
    let texts: Vec<_> = texts.into_iter().chain(again.texts.into_iter().map(|(_, text)| text)).collect();
    world.link_changes().await;

    // A text that is readable only with `pii:read` is personal; without it, the log shows none of them.
    let (whole, _) = read_everything(&admin, &schema, &types).await;
    responses.extend(read_everything(&reader, &schema, &types).await.1);
    let log = responses.pop().unwrap().body.to_string();
    let open: String = responses.iter().map(|response| response.body.to_string()).collect();
    assert!(responses.iter().any(|response| response.at("/extensions/redacted").is_array()));
    let personal: Vec<_> =
        texts.iter().filter(|text| whole.contains(*text) && !open.contains(*text)).cloned().collect();
    let plain: Vec<_> = texts.iter().filter(|text| open.contains(*text)).cloned().collect();
    assert_eq!(texts_in(log.as_bytes(), personal.iter()), BTreeSet::new(), "in the log");
    let sealed: usize = TABLES.iter().map(|table| table.sealed.len()).sum();
    assert!(personal.len() >= sealed - 2, "only {} texts are personal: {personal:?}", personal.len());

    for moment in ["open", "closed"] {
        if moment == "closed" {
            let db = world.db.connection();
            if database == Sqlite {
                db.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
            }
            db.clone().close().await.unwrap();
        }
        let bytes = stored_bytes(&world);
        assert_eq!(texts_in(&bytes, personal.iter()), BTreeSet::new(), "in the {moment} database");
        let all: BTreeSet<_> = plain.iter().map(String::as_str).collect();
        let there = texts_in(&bytes, plain.iter());
        // This search can fail: texts that are not personal are found.
        assert_eq!(all.difference(&there).collect::<Vec<_>>(), Vec::<&&str>::new(), "in the {moment} database");
        assert!(there.len() > 10, "{there:?}");
    }
}

#[apply(each_database)]
async fn a_name_that_becomes_personal_disappears_from_the_file(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let admin = world.admin();
    let name = "Wqxname Resident".to_owned();
    let id = admin.mutate("customerCreate", json!({ "name": name, "type": "COMMERCIAL" }), "id").await["id"].clone();
    let db = world.db.connection();
    if database == Sqlite {
        let pragma = Statement::from_string(db.get_database_backend(), "PRAGMA secure_delete");
        let row = db.query_one_raw(pragma).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i32>(0).unwrap(), 1, "what is deleted is not overwritten");
    }
    let stored_names = async || {
        if database == Sqlite {
            db.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
        }
        texts_in(&stored_bytes(&world), [name.clone(), "wqxname".to_owned()].iter()).len()
    };
    assert_eq!(stored_names().await, 2);
    let now = admin.mutate("customerUpdate", json!({ "id": id, "type": "RESIDENTIAL" }), "name").await;
    assert_eq!(now["name"], json!(name));
    assert_eq!(stored_names().await, 0);
    admin.mutate("customerUpdate", json!({ "id": id, "type": "BROKER" }), "name").await;
    assert_eq!(stored_names().await, 2);
}

#[test]
fn all_sealed_columns_are_listed() {
    let sealed = TABLES.iter().filter(|table| !table.sealed.is_empty()).map(|table| {
        let columns: Vec<_> = table.sealed.iter().map(|(column, _)| *column).collect();
        format!("{:<20} {}", table.name, columns.join(" "))
    });
    assert_snapshot!(sealed.collect::<Vec<_>>().join("\n"), @"
    customer             name_sealed contact_info emergency_contact tax_id notes
    address              street street2 zip_code coordinates instructions
    contact              name email phone mobile notes
    customer_asset       notes
    load                 cancel_reason
    load_stop            notes
    load_status          note
    recurring_service_exception reason
    service_record       notes cancel_reason
    equipment_schedule   skip_reason
    document             title link file_name sha256
    custom_field_value   sealed displaced_sealed
    change               before_sealed after_sealed
    ");
}

/// A sealed value: its table, column and row, and the ciphertext.
#[derive(Clone, Debug)]
struct Sealed {
    table: &'static Table,
    column: &'static str,
    tenant: Uuid,
    row: Uuid,
    /// None if the column is null.
    bytes: Option<Vec<u8>>,
}

/// Every sealed value of the database.
async fn sealed_values(world: &World) -> Vec<Sealed> {
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

async fn store_ciphertext(world: &World, at: &Sealed, bytes: Option<Vec<u8>>) -> Result<u64, sea_orm::DbErr> {
    let mut update = Query::update();
    update.table(Alias::new(at.table.name)).value(at.column, Value::Bytes(bytes));
    update.and_where(Expr::col("tenant_id").eq(at.tenant)).and_where(Expr::col("id").eq(at.row));
    Ok(world.db.connection().execute(&update).await?.rows_affected())
}

/// Stores ciphertexts in the place of others, reads everything, and restores them. Gives the text of the responses and the
/// number of values that did not open.
async fn read_with_moved(
    world: &World,
    schema: &Schema,
    types: &[String],
    moves: &[(&Sealed, Option<Vec<u8>>)],
) -> (String, usize) {
    for (at, bytes) in moves {
        assert_eq!(store_ciphertext(world, at, bytes.clone()).await.unwrap(), 1);
    }
    let (text, responses) = read_everything(&world.admin(), schema, types).await;
    let closed = responses.iter().flat_map(|response| {
        assert_eq!(response.status, 200, "{response}");
        // The path of each error leads to a null, or to a null above it.
        for error in response.at("/errors").as_array().into_iter().flatten() {
            let path = error["path"].as_array().unwrap_or_else(|| panic!("{response}"));
            let end = path.iter().try_fold(response.at("/data"), |at, step| match step.as_str() {
                _ if at.is_null() => Some(at),
                Some(name) => at.get(name),
                None => at.get(usize::try_from(step.as_u64()?).ok()?),
            });
            assert!(end.is_some_and(serde_json::Value::is_null), "{error}: {response}");
        }
        response.error_codes().into_iter().filter(|code| *code == "INTERNAL").map(str::to_owned).collect::<Vec<_>>()
    });
    let closed = closed.count();
    for (at, _) in moves {
        store_ciphertext(world, at, at.bytes.clone()).await.unwrap();
    }
    (text, closed)
}

#[apply(each_database)]
async fn ciphertext_opens_only_in_its_own_row_and_column(database: DatabaseKind) {
    let (world, schema, types, texts) = world_with_rows(database).await;
    world.link_changes().await;
    let all = sealed_values(&world).await;
    let filled: BTreeSet<_> = all.iter().map(|value| format!("{}.{}", value.table.name, value.column)).collect();
    let columns =
        TABLES.iter().flat_map(|table| table.sealed.iter().map(|(column, _)| format!("{}.{column}", table.name)));
    let missing: Vec<_> = columns.filter(|column| !filled.contains(column)).collect();
    assert!(missing.is_empty(), "no sample row has a value in {missing:?}: add one to tests/world/sample_values.rs");

    let (whole, before) = read_everything(&world.admin(), &schema, &types).await;
    assert!(before.iter().all(|response| response.error_codes().is_empty()), "{before:?}");
    let shown = |text: &str| texts.iter().map(|written| text.matches(written).count()).sum::<usize>();
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
            let (text, closed) = read_with_moved(&world, &schema, &types, &moves).await;
            assert!(closed > 0, "{name} opens in another {kind}: {one:?} {other:?}");
            assert!(!text.contains("vqytheirs"), "{name} shows what the other tenant wrote");
            assert!(shown(&text) < shown(&whole), "{name} shows as much as before");
            *kinds.entry(kind).or_insert(0) += 1;
        }
        // A row with one of two sealed columns has the other one free.
        if let (None, Some((free, _))) = (column, one.table.sealed.iter().find(|(column, _)| *column != one.column)) {
            let there = Sealed { column: free, bytes: None, ..one.clone() };
            let (text, closed) = read_with_moved(&world, &schema, &types, &[(&there, one.bytes.clone())]).await;
            assert!(closed > 0, "{name} opens as {free}");
            assert_eq!(shown(&text), shown(&whole), "{name} shows in {free}");
            *kinds.entry("column").or_insert(0) += 1;
        }
        // Sealed with the right key for the same row of another tenant: the key alone does not open it. One column of each
        // table stands for the others.
        if !bound.insert(one.table.name) {
            continue;
        }
        let ours = entity::Sealed(one.bytes.clone().unwrap());
        let key = world.db.vault.cached_key(one.tenant, key_id(&ours).unwrap()).unwrap();
        let here = SealContext { tenant: one.tenant, table: one.table.name, column: one.column, row: one.row };
        let elsewhere = SealContext { tenant: tenant.tenant, ..here };
        let sealed = key.seal(&key.open(&ours, here).unwrap(), elsewhere).unwrap();
        let (text, closed) = read_with_moved(&world, &schema, &types, &[(one, Some(sealed.0))]).await;
        assert!(closed > 0 && shown(&text) < shown(&whole), "{name} opens in another tenant");
    }
    assert!(kinds["row"] > 14 && kinds["tenant"] > 14 && kinds["column"] > 12, "{kinds:?}");
    assert!(bound.len() > 6, "{bound:?}");
    let (again, _) = read_everything(&world.admin(), &schema, &types).await;
    assert_eq!(again.len(), whole.len(), "all values are restored");
}

#[apply(each_database)]
async fn the_database_rejects_plain_text_in_a_sealed_column(database: DatabaseKind) {
    let (world, ..) = world_with_rows(database).await;
    let all = sealed_values(&world).await;
    let mut tried = BTreeSet::new();
    for value in &all {
        if !tried.insert((value.table.name, value.column)) {
            continue;
        }
        let refused = store_ciphertext(&world, value, Some(b"\0plain text".to_vec())).await;
        let message =
            refused.expect_err(&format!("{}.{} takes plain text", value.table.name, value.column)).to_string();
        assert!(message.to_lowercase().contains("check constraint"), "{message}");
        // The CHECK compares only the first byte.
        assert_eq!(store_ciphertext(&world, value, value.bytes.clone()).await.unwrap(), 1);
    }
    assert!(tried.len() > 14, "{tried:?}");
    // Tables without rows have the same CHECK.
    let db = world.db.connection();
    let sql = match database {
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
