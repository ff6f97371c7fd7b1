//! Permission: every row that a mutation writes and every edge that is followed needs its own action, whatever leads there.
//!
//! The walk sends every case of the declaration with every token of [`tokens`]: the policy says which of them are refused.

mod custom_field;
mod data;
mod declaration;
mod edge;
mod payload;
mod planning;

use std::collections::BTreeSet;

use access::{Action, Caller, Role};
use fieldgate::http::auth::Grant;
use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value as Json, json};
use store::registry::TABLES;

use self::{
    data::{TECHNICIAN, create_rows},
    declaration::{Case, cases},
};
use crate::world::{
    Actor, DatabaseKind, JsonResponse, World, assert_snapshot, each_database,
    schema::{Field, Schema, upper},
};

/// A token by its name, and what the policy table says of it.
struct Token {
    name: String,
    /// Whether it has all scopes but one: then what it allows is not executed again, because the actions of a case alone allow
    /// it, too.
    is_broad: bool,
    caller: Caller,
    actor: Actor,
}

impl Token {
    fn new(world: &World, name: String, role: Role, scopes: Option<Vec<String>>) -> Self {
        let (tenant, subject) = (world.tenant.row.id, "ada");
        let (roles, technician) = (vec![role], Some(TECHNICIAN));
        let grant = Grant {
            tenant,
            subject,
            roles: &roles,
            scopes: scopes.as_deref(),
            technician,
            read_only: false,
            seconds: 86_400,
        };
        let actor = world.actor_with_token(&world.tokens.sign(&grant).unwrap().text);
        let caller = Caller {
            tenant,
            subject: subject.to_owned(),
            roles,
            scopes,
            technician: TECHNICIAN.to_owned(),
            token: None,
            read_only: false,
            request_id: String::new(),
            has_client_request_id: false,
        };
        Self { name, is_broad: false, caller, actor }
    }

    fn with_scopes(world: &World, name: String, actions: impl Iterator<Item = Action>) -> Self {
        Self::new(world, name, Role::Admin, Some(actions.map(|action| action.scope().to_owned()).collect()))
    }

    /// The scopes that a case needs and this token does not give.
    fn missing(&self, needs: &[Action]) -> Vec<&'static str> {
        needs.iter().filter(|action| !self.caller.may(**action)).map(|action| action.scope()).collect()
    }
}

/// Each role, each scope alone, and all scopes but one.
fn tokens(world: &World) -> Vec<Token> {
    let role = |role: &Role| Token::new(world, format!("the role {}", role.name()), *role, None);
    let alone = |action: &Action| {
        Token::with_scopes(world, format!("the scope {} alone", action.scope()), std::iter::once(*action))
    };
    let without = |action: &Action| {
        let others = Action::ALL.iter().copied().filter(|other| other != action);
        Token { is_broad: true, ..Token::with_scopes(world, format!("all scopes but {}", action.scope()), others) }
    };
    let roles = Role::ALL.iter().map(role);
    roles.chain(Action::ALL.iter().map(alone)).chain(Action::ALL.iter().map(without)).collect()
}

/// The world of a walk: one server and one set of rows for all of its requests.
struct Walk {
    world: World,
    schema: Schema,
    cases: Vec<Case>,
    problems: Vec<String>,
}

impl Walk {
    async fn new(database: DatabaseKind) -> Self {
        let world = World::new(database).await;
        let schema = Schema::load(&world.admin()).await;
        create_rows(&world.admin()).await;
        world.link_changes().await;
        Self { world, schema, cases: cases(), problems: Vec::new() }
    }

    /// Every row of the tenant, counted: a write changes a number.
    async fn counts(&self) -> String {
        let derived = ["search_token", "data_key", "idempotency", "counter", "backfill"].map(|name| (name, false));
        let tables = TABLES.iter().map(|table| (table.name, table.audited)).chain(derived);
        let select = |(name, audited): (&str, bool)| {
            let sums = if audited { "COUNT(deleted_at), CAST(SUM(version) AS BIGINT)" } else { "0, 0" };
            format!("SELECT '{name}', COUNT(*), {sums} FROM {name} WHERE tenant_id = $1")
        };
        let sql = tables.map(select).collect::<Vec<_>>().join(" UNION ALL ");
        let statement = Statement::from_sql_and_values(self.world.db.backend(), sql, [self.world.tenant.row.id.into()]);
        let rows = self.world.db.connection().query_all_raw(statement).await.unwrap();
        let line = |row: &sea_orm::QueryResult| {
            let name: String = row.try_get_by_index(0).unwrap();
            let numbers = [1, 2, 3].map(|index| row.try_get_by_index::<Option<i64>>(index).unwrap());
            format!("{name} {numbers:?}")
        };
        rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// The mutation of a case in its form for many inputs; a tenant and its values have none.
    fn many(&self, case: &Case) -> Option<&Field> {
        self.schema.mutation(&format!("{}Many", case.mutation))
    }

    /// Sends a case that the policy refuses, as one input or as the only one of many, and checks the refusal.
    async fn refuse(&mut self, token: &Token, case: &Case, missing: &[&str], as_list: bool) {
        let name = if as_list { format!("{}Many", case.mutation) } else { case.mutation.to_owned() };
        let Some(mutation) = self.schema.mutation(&name) else { return };
        let text = document(&[("a0".to_owned(), mutation)]);
        let input = if as_list { json!([case.input]) } else { case.input.clone() };
        let response = token.actor.execute_with(&text, json!({ "a0": input })).await;
        let errors = response.at("/errors").as_array().cloned().unwrap_or_default();
        let is_refused = matches!(errors.as_slice(), [error] if {
            let extensions = &error["extensions"];
            extensions["code"] == "FORBIDDEN"
                && extensions["scope"].as_str().is_some_and(|scope| missing.contains(&scope))
                && names_field(extensions, &json!({ mutation.args[0].name.as_str(): input }))
        });
        let payload = response.at("/data/a0");
        let payload = payload.get(0).unwrap_or(payload);
        if case.is_hidden(missing) && errors.is_empty() {
            // For an upsert, there is no row to update either, and a new one lacks its owner.
            let code = &payload["userErrors"][0]["code"];
            if code != "NOT_FOUND" && code != "REQUIRED" {
                self.problems.push(format!("{name} ({}) with {} shows a row: {response}", case.what, token.name));
            }
            return;
        }
        if !is_refused || payload.is_object() {
            self.problems.push(format!("{name} ({}) with {} needs {missing:?}: {response}", case.what, token.name));
        }
    }

    /// Sends cases that the policy allows, each in a transaction whose second input is rejected, so that nothing of it stays.
    async fn allow(&mut self, token: &Token, cases: &[&Case]) {
        let mut fields = Vec::new();
        let mut variables = json!({});
        for (index, case) in cases.iter().enumerate() {
            let (alias, many) = (format!("a{index}"), self.many(case));
            variables[&alias] = match many {
                Some(_) => json!([case.input, rejected(&self.schema, case)]),
                None => case.input.clone(),
            };
            fields.push((alias, many.unwrap_or_else(|| self.schema.mutation(case.mutation).unwrap())));
        }
        let response = token.actor.execute_with(&document(&fields), variables).await;
        let mut problems = Vec::new();
        for ((alias, mutation), case) in fields.iter().zip(cases) {
            let payload = response.at(&format!("/data/{alias}"));
            let codes = |payload: &Json| payload["userErrors"][0]["code"].as_str().unwrap_or_default().to_owned();
            let is_allowed = if mutation.name.ends_with("Many") {
                codes(&payload[0]) == "ABORTED" && !["", "ABORTED", "FORBIDDEN"].contains(&codes(&payload[1]).as_str())
            } else {
                payload["userErrors"] == json!([])
            };
            if !is_allowed {
                let errors = response.at("/errors");
                problems.push(format!("{} ({}) with {}: {payload} {errors}", case.mutation, case.what, token.name));
            }
        }
        self.problems.append(&mut problems);
    }

    /// Fails with the first problems, if there are any.
    fn finish(self) {
        let count = self.problems.len();
        let first: Vec<_> = self.problems.into_iter().take(20).collect();
        assert!(first.is_empty(), "{count} problems, of which these are the first:\n{}", first.join("\n"));
    }
}

/// A document of mutations, each under an alias that is the name of the variable with its input.
fn document(fields: &[(String, &Field)]) -> String {
    let variable = |(alias, mutation): &(String, &Field)| format!("${alias}: {}", mutation.args[0].type_text);
    let variables: Vec<_> = fields.iter().map(variable).collect();
    let selection = |(alias, mutation): &(String, &Field)| {
        let (name, arg) = (&mutation.name, &mutation.args[0].name);
        let atomic = if name.ends_with("Many") { ", atomic: true" } else { "" };
        format!("{alias}: {name}({arg}: ${alias}{atomic}) {{ userErrors {{ code message field }} }}")
    };
    let selections: Vec<_> = fields.iter().map(selection).collect();
    format!("mutation({}) {{ {} }}", variables.join(" "), selections.join(" "))
}

/// An input that is rejected after the one of a case has been executed: another version of its row, or the same row again.
fn rejected(schema: &Schema, case: &Case) -> Json {
    let mut input = case.input.clone();
    if schema.has_field(&format!("{}Input", upper(case.mutation)), "expectedVersion") {
        input["expectedVersion"] = json!(1_000_000);
    }
    input
}

/// Whether the field that a refusal names, if it names one, is in the arguments.
fn names_field(extensions: &Json, arguments: &Json) -> bool {
    let Some(path) = extensions["field"].as_array() else { return true };
    let below = |place: &Json, step: &Json| {
        let step = step.as_str()?;
        let index = step.parse::<usize>().ok();
        place.get(step).or_else(|| place.get(index?)).cloned()
    };
    path.iter().try_fold(arguments.clone(), |place, step| below(&place, step)).is_some()
}

#[tokio::test]
async fn every_mutation_of_the_schema_is_declared() {
    let world = World::new(DatabaseKind::Sqlite).await;
    let schema = Schema::load(&world.admin()).await;
    let names = schema.mutations().iter().map(|mutation| mutation.name.trim_end_matches("Many").to_owned());
    let declared = cases().into_iter().map(|case| case.mutation.to_owned());
    assert_eq!(
        names.collect::<BTreeSet<_>>(),
        declared.collect::<BTreeSet<_>>(),
        "declare the actions of each mutation in tests/permission/declaration.rs"
    );
}

#[apply(each_database)]
async fn a_mutation_writes_only_what_the_policy_allows(database: DatabaseKind) {
    let mut walk = Walk::new(database).await;
    let before = walk.counts().await;
    let cases = std::mem::take(&mut walk.cases);
    for token in tokens(&walk.world) {
        let mut allowed = Vec::new();
        for case in &cases {
            let missing = token.missing(case.needs);
            if missing.is_empty() {
                allowed.extend((!token.is_broad).then_some(case));
                continue;
            }
            walk.refuse(&token, case, &missing, false).await;
            if token.caller.may(case.needs[0]) {
                walk.refuse(&token, case, &missing, true).await;
            }
        }
        for cases in allowed.chunks(40) {
            walk.allow(&token, cases).await;
        }
        let after = walk.counts().await;
        assert_eq!(before, after, "{} wrote something; {:#?}", token.name, walk.problems);
    }
    walk.finish();
}

#[apply(each_database)]
async fn a_mutation_needs_the_declared_actions_and_no_other(database: DatabaseKind) {
    let mut walk = Walk::new(database).await;
    let before = walk.counts().await;
    let cases = std::mem::take(&mut walk.cases);
    for case in &cases {
        let token = Token::with_scopes(&walk.world, format!("{:?}", case.needs), case.needs.iter().copied());
        walk.allow(&token, &[case]).await;
        for action in case.needs {
            let others = case.needs.iter().copied().filter(|other| other != action);
            let token = Token::with_scopes(&walk.world, format!("no {action:?}"), others);
            let missing = token.missing(case.needs);
            if !missing.is_empty() {
                walk.refuse(&token, case, &missing, false).await;
            }
        }
    }
    assert_eq!(before, walk.counts().await);
    walk.finish();
}

/// The actor of an administrator's token with some scopes.
fn scoped(world: &World, scopes: &[&str]) -> Actor {
    let scopes: Vec<_> = scopes.iter().map(ToString::to_string).collect();
    world.user(&[Role::Admin]).scopes(&scopes).subject("narrow").actor()
}

fn errors(response: &JsonResponse) -> String {
    let line = |error: &Json| {
        let extensions = &error["extensions"];
        let field = extensions["field"].as_array().cloned().unwrap_or_default();
        let field: Vec<_> = field.iter().filter_map(Json::as_str).collect();
        let [code, scope] = ["code", "scope"].map(|name| extensions[name].as_str().unwrap_or_default());
        format!("{code} {scope} {}: {}", field.join("."), error["message"].as_str().unwrap_or_default())
    };
    response.at("/errors").as_array().into_iter().flatten().map(line).collect::<Vec<_>>().join("\n")
}

#[apply(each_database)]
async fn a_refusal_names_the_scope_and_the_field_that_needs_it(database: DatabaseKind) {
    let world = World::new(database).await;
    create_rows(&world.admin()).await;
    let writer = scoped(&world, &["customer:write"]);
    let mut lines = Vec::new();
    for (mutation, input) in [
        ("addressCreate", json!({ "city": "Rome" })),
        ("customerCreate", json!({ "name": "New", "type": "SHIPPER", "contacts": [{ "name": "Bo" }] })),
        ("customerUpdate", json!({ "id": "acme", "addresses": [] })),
        ("customerUpsert", json!({ "externalReference": "gone", "name": "Back" })),
        ("customerDelete", json!({ "id": "full" })),
        ("customerDelete", json!({ "id": "busy", "cancelOpen": true })),
        ("customerRestore", json!({ "id": "gone" })),
    ] {
        lines.push(format!("{mutation}: {}", errors(&writer.send_mutation(mutation, input, "").await)));
    }
    for (mutation, input) in [
        ("loadDelete", json!({ "id": "load-paid" })),
        ("loadRestore", json!({ "id": "load-gone-paid" })),
        ("loadUpsert", json!({ "externalReference": "load-gone-paid" })),
    ] {
        let dispatcher = world.actor(Role::Dispatcher);
        lines.push(format!("{mutation}: {}", errors(&dispatcher.send_mutation(mutation, input, "").await)));
    }
    let agent = world.actor(Role::Agent);
    let done = json!({ "externalReference": "visit", "status": "COMPLETED" });
    lines.push(format!("serviceRecordUpsert: {}", errors(&agent.send_mutation("serviceRecordUpsert", done, "").await)));
    assert_snapshot!(lines.join("\n"), @"
    addressCreate: FORBIDDEN address:write : This needs the permission address:write, which the token does not give.
    customerCreate: FORBIDDEN contact:write input.contacts: input.contacts needs the permission contact:write, which the token does not give.
    customerUpdate: FORBIDDEN address:write input.addresses: input.addresses needs the permission address:write, which the token does not give.
    customerUpsert: FORBIDDEN contact:write input.externalReference: input.externalReference needs the permission contact:write, which the token does not give.
    customerDelete: FORBIDDEN contact:write input.id: input.id needs the permission contact:write, which the token does not give.
    customerDelete: FORBIDDEN load:write input.cancelOpen: input.cancelOpen needs the permission load:write, which the token does not give.
    customerRestore: FORBIDDEN contact:write input.id: input.id needs the permission contact:write, which the token does not give.
    loadDelete: FORBIDDEN load:bill input.id: input.id needs the permission load:bill, which the token does not give.
    loadRestore: FORBIDDEN load:bill input.id: input.id needs the permission load:bill, which the token does not give.
    loadUpsert: FORBIDDEN load:bill input.externalReference: input.externalReference needs the permission load:bill, which the token does not give.
    serviceRecordUpsert: FORBIDDEN service:work input.status: input.status needs the permission service:work, which the token does not give.
    ");
}

#[apply(each_database)]
async fn an_input_of_a_list_is_refused_alone_unless_the_list_is_atomic(database: DatabaseKind) {
    let world = World::new(database).await;
    create_rows(&world.admin()).await;
    let writer = scoped(&world, &["customer:write"]);
    let mut lines = Vec::new();
    for atomic in [false, true] {
        let document = "mutation($inputs: [CustomerUpdateInput!]!, $atomic: Boolean!) {
            customerUpdateMany(inputs: $inputs, atomic: $atomic) { customer { industry } userErrors { code field } } }";
        let inputs = json!([
            { "id": "acme", "industry": "grain" },
            { "id": "bare", "industry": "salt", "contacts": [{ "name": "Bo" }] },
            { "id": "eve", "industry": if atomic { "coal" } else { "iron" } },
        ]);
        let response = writer.execute_with(document, json!({ "inputs": inputs, "atomic": atomic })).await;
        lines.push(format!("{} {}", response.at("/data/customerUpdateMany"), errors(&response)).trim_end().to_owned());
    }
    let industries = world.admin().execute("{ customers(orderBy: [{ number: ASC }]) { nodes { industry } } }").await;
    lines.push(industries.at("/data/customers/nodes").to_string());
    assert_snapshot!(lines.join("\n"), @r#"
    [{"customer":{"industry":"grain"},"userErrors":[]},{"customer":null,"userErrors":[{"code":"FORBIDDEN","field":["inputs","1","contacts"]}]},{"customer":{"industry":"iron"},"userErrors":[]}]
    null FORBIDDEN contact:write inputs.1.contacts: inputs.1.contacts needs the permission contact:write, which the token does not give.
    [{"industry":"grain"},{"industry":null},{"industry":null},{"industry":null},{"industry":"iron"}]
    "#);
}

#[apply(each_database)]
async fn a_rule_binds_a_caller_who_may_not_read_the_rows_that_it_looks_at(database: DatabaseKind) {
    let world = World::new(database).await;
    create_rows(&world.admin()).await;
    let mut lines = Vec::new();
    for (scope, mutation, id) in
        [("address:write", "addressDelete", "dallas"), ("customer:write", "customerDelete", "busy")]
    {
        for scopes in [vec![scope], vec![scope, "load:read", "service:read"]] {
            lines.extend(scoped(&world, &scopes).user_errors(mutation, json!({ "id": id })).await);
        }
    }
    assert_snapshot!(lines.join("\n"), @"
    IN_USE input.id: A load stops at this address.
    IN_USE input.id: Load L-00001 stops at this address.
    IN_USE input.id: The customer has open loads; finish them, or say cancelOpen: true.
    IN_USE input.id: The customer has open service records; finish them, or say cancelOpen: true.
    IN_USE input.id: The customer has 1 open loads; finish them, or say cancelOpen: true.
    IN_USE input.id: The customer has 1 open service records; finish them, or say cancelOpen: true.
    ");
}
