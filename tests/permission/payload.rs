//! Payloads: what a mutation gives back shows no more to a caller than a query would.

use std::collections::BTreeSet;

use access::Action;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{
    Token,
    data::create_rows,
    declaration::{Case, cases},
    edge::{edges, forbidden, is_followed},
};
use crate::world::{
    DatabaseKind, JsonResponse, World, each_database,
    schema::{Field, Schema},
};

/// What a mutation gives back beside its errors.
struct Payload<'a> {
    /// The mutation.
    mutation: &'a Field,
    /// The field with the row.
    field: &'a str,
    /// The type of the row.
    node: &'a str,
    /// The edges of the row, and if it is whole every value that needs no argument.
    selection: String,
    /// The edges, and the actions that they need.
    edges: Vec<(String, Action)>,
}

impl<'a> Payload<'a> {
    fn new(schema: &'a Schema, mutation: &'a Field, is_whole: bool) -> Self {
        let fields: Vec<_> = schema.get(&mutation.type_name).fields.iter().collect();
        let [row] = fields.iter().filter(|field| field.name != "userErrors").collect::<Vec<_>>()[..] else {
            panic!("{} gives more than a row: compare the rest, too", mutation.name)
        };
        let node = row.type_name.as_str();
        let (mut selection, edges) = edges(schema, node);
        if schema.is_node(node) {
            selection.push_str(" id");
        }
        if is_whole && schema.is_node(node) {
            selection = format!("{selection} {}", schema.leaf_selections(node).join(" "));
        }
        Self { mutation, field: &row.name, node, selection, edges }
    }

    /// Whether an edge of the row needs an action.
    fn needs(&self, action: Action) -> bool {
        self.edges.iter().any(|(_, needed)| *needed == action)
    }

    /// Sends the mutation.
    async fn send(&self, token: &Token, input: &Json) -> JsonResponse {
        let Field { name, args, .. } = self.mutation;
        let [argument, ..] = args.as_slice() else { panic!("{name} has no input") };
        let (arg, of) = (&argument.name, &argument.type_text);
        let select = format!("{} {{ {} }} userErrors {{ code message }}", self.field, self.selection);
        let document = format!("mutation($input: {of}) {{ {name}({arg}: $input) {{ {select} }} }}");
        let input = if argument.list { json!([input]) } else { input.clone() };
        token.actor.execute_with(&document, json!({ "input": input })).await
    }

    /// The payload in a response; of a list, that of its only input.
    fn result<'r>(&self, response: &'r JsonResponse) -> &'r Json {
        match response.at(&format!("/data/{}", self.mutation.name)) {
            Json::Array(results) => &results[0],
            result => result,
        }
    }

    /// The same row as a query gives it, with the paths below it that are refused.
    async fn query(&self, schema: &Schema, token: &Token, id: &Json) -> (Json, Vec<String>) {
        let (document, row, place) = if self.node == "Tenant" {
            let document = format!("{{ viewer {{ tenant {{ {} }} }} }}", self.selection);
            (document, "/data/viewer/tenant".to_owned(), "viewer.tenant".to_owned())
        } else {
            let list = &schema.root_list(self.node).name;
            let args = "first: 1, deleted: INCLUDE, where: { id: { eq: $id } }";
            let document = format!("query($id: ID!) {{ {list}({args}) {{ nodes {{ {} }} }} }}", self.selection);
            (document, format!("/data/{list}/nodes/0"), format!("{list}.nodes"))
        };
        let variables = if self.node == "Tenant" { json!({}) } else { json!({ "id": id }) };
        let response = token.actor.execute_with(&document, variables).await;
        let refused = forbidden(&response).into_iter().map(|path| path.replacen(&place, "", 1)).collect();
        (response.at(&row).clone(), refused)
    }

    /// The edges that lead from a row to anything.
    async fn followed(&self, schema: &Schema, admin: &Token, response: &JsonResponse) -> Vec<&(String, Action)> {
        if !schema.is_node(self.node) {
            return Vec::new();
        }
        let (whole, _) = self.query(schema, admin, &self.result(response)[self.field]["id"]).await;
        let rows = json!([whole]);
        self.edges.iter().filter(|(name, _)| is_followed(&rows, name)).collect()
    }

    /// Compares what a mutation gave back with the policy, and with what a query shows to the same token.
    async fn check(
        &self,
        schema: &Schema,
        (token, case): (&Token, &Case),
        followed: &[&(String, Action)],
        response: &JsonResponse,
    ) {
        let what = format!("{} ({}) with {}", self.mutation.name, case.what, token.name);
        let place = format!("{}.{}", self.mutation.name, self.field);
        let row = &self.result(response)[self.field];
        if !schema.is_node(self.node) {
            let may_read = token.caller.may(Action::CustomFieldRead);
            let expected = if may_read { vec![] } else { vec![place] };
            assert_eq!((forbidden(response), row.is_array()), (expected, may_read), "{what}: {response}");
            return;
        }
        assert!(row["id"].is_string(), "{what}: {response}");
        let is_refused = |edge: &&&(String, Action)| !token.caller.may(edge.1);
        let mut expected: Vec<_> = followed.iter().filter(is_refused).map(|(name, _)| format!(".{name}")).collect();
        expected.sort();
        let refused: Vec<_> = forbidden(response).into_iter().map(|path| path.replacen(&place, "", 1)).collect();
        // Those of the row itself; the edges of its parts are compared with the query.
        let own: Vec<_> = refused.iter().filter(|path| !path[1..].contains('.')).cloned().collect();
        assert_eq!(own, expected, "{what}: {response}");
        let queried = self.query(schema, token, &row["id"]).await;
        assert_eq!((row.clone(), refused), queried, "{what}");
    }
}

/// A tenant with the rows of the declaration, and its tokens: one with everything, and one for each action that reads, which
/// has all actions but that one and those that include it.
struct Tenant {
    world: World,
    admin: Token,
    without: Vec<(Action, Token)>,
}

impl Tenant {
    async fn new(database: DatabaseKind) -> Self {
        let world = World::new(database).await;
        create_rows(&world.admin()).await;
        let all = || Action::ALL.iter().copied();
        let admin = Token::with_scopes(&world, "everything".to_owned(), all());
        let includes = |action: Action, read: Action| {
            Token::with_scopes(&world, String::new(), std::iter::once(action)).caller.may(read)
        };
        let reading = all().filter(|action| action.scope().ends_with(":read"));
        let without = reading.map(|read| {
            let left = all().filter(|action| !includes(*action, read));
            (read, Token::with_scopes(&world, format!("everything but {}", read.scope()), left))
        });
        let without = without.collect();
        Self { world, admin, without }
    }

    /// The token with the actions that a case needs and no other.
    fn narrow(&self, case: &Case) -> Token {
        Token::with_scopes(&self.world, format!("{:?}", case.needs), case.needs.iter().copied())
    }
}

/// The input of a case with a key, by which it can be repeated. What it creates is named otherwise than what others create.
fn repeatable(case: &Case, number: usize) -> Json {
    let mut input = case.input.clone();
    input["idempotencyKey"] = json!(format!("key {number}"));
    for name in ["externalReference", "key"] {
        if input[name] == "new" {
            input[name] = json!(format!("new_{number}"));
        }
    }
    input
}

/// Every case is executed with the actions that it needs and no other; each mutation is repeated by its key with each token
/// that lacks one more, and executed in its form for many inputs. A case that does not fit what those before it have left is
/// executed on new rows.
#[apply(each_database)]
async fn a_payload_shows_only_what_a_query_shows(database: DatabaseKind) {
    let schema = Schema::load(&World::new(database).await.admin()).await;
    let (cases, mut repeated) = (cases(), BTreeSet::new());
    let mut tenant = Tenant::new(database).await;
    for (number, case) in cases.iter().enumerate() {
        let is_first = repeated.insert(case.mutation);
        for suffix in ["", "Many"] {
            let Some(mutation) = schema.mutation(&format!("{}{suffix}", case.mutation)) else { continue };
            if !suffix.is_empty() && !is_first {
                continue;
            }
            let payload = Payload::new(&schema, mutation, true);
            let edges = Payload::new(&schema, mutation, false);
            let input = repeatable(case, 2 * number + suffix.len().min(1));
            let is_done = |response: &JsonResponse| payload.result(response)["userErrors"] == json!([]);
            let mut token = tenant.narrow(case);
            let mut response = payload.send(&token, &input).await;
            if !is_done(&response) {
                tenant = Tenant::new(database).await;
                token = tenant.narrow(case);
                response = payload.send(&token, &input).await;
                assert!(is_done(&response), "{} ({}): {response}", mutation.name, case.what);
            }
            let followed = payload.followed(&schema, &tenant.admin, &response).await;
            payload.check(&schema, (&token, case), &followed, &response).await;
            if !is_first || !suffix.is_empty() {
                continue;
            }
            let may_repeat = |(_, token): &&(Action, Token)| token.missing(case.needs).is_empty();
            let is_needed = |(read, _): &&(Action, Token)| *read == Action::PiiRead || payload.needs(*read);
            for (read, token) in tenant.without.iter().filter(may_repeat).filter(is_needed) {
                let payload = if *read == Action::PiiRead { &payload } else { &edges };
                let response = payload.send(token, &input).await;
                assert!(
                    !response.at("/extensions/repeated").is_null(),
                    "{} is not repeated: {response}",
                    mutation.name
                );
                payload.check(&schema, (token, case), &followed, &response).await;
            }
        }
    }
}

#[apply(each_database)]
async fn the_payload_of_custom_field_values_needs_the_permission_to_read_them(database: DatabaseKind) {
    let world = World::new(database).await;
    create_rows(&world.admin()).await;
    let writer = Token::with_scopes(&world, "a writer".to_owned(), std::iter::once(Action::CustomerWrite));
    let document = "mutation($input: CustomFieldValuesSetInput!) {
        customFieldValuesSet(input: $input) { values { key } userErrors { code message } } }";
    let set = async |input: Json| writer.actor.execute_with(document, json!({ "input": input })).await;
    let values = json!([{ "key": "note", "value": "red" }]);
    for input in [
        json!({ "owner": "acme", "ownerType": "CUSTOMER", "values": values, "idempotencyKey": "k" }),
        json!({ "owner": "acme", "ownerType": "CUSTOMER", "values": values, "idempotencyKey": "k" }),
        json!({ "owner": "acme", "ownerType": "CUSTOMER", "values": values, "expectedVersion": 1_000_000 }),
    ] {
        let response = set(input).await;
        assert_eq!(forbidden(&response), ["customFieldValuesSet.values"], "{response}");
        assert_eq!(*response.at("/data/customFieldValuesSet/values"), Json::Null, "{response}");
    }
    // What was written is written: only its reading is refused.
    let read = "{ customer(ref: \"acme\") { customField(key: \"note\") { value } } }";
    let stored = world.admin().execute(read).await;
    assert!(stored.data().to_string().contains("red"), "{stored}");
    // The keys of the other fields are not shown either.
    let unknown = set(json!({ "owner": "acme", "ownerType": "CUSTOMER", "values": [{ "key": "nothing" }] })).await;
    assert!(!unknown.to_string().contains("spare"), "{unknown}");
}
