//! What async-graphql by itself does otherwise than the specification: a test fails when the library mends a difference.
//!
//! The documentation of [operations](super::operation) lists the differences. Where a test fails on the library's answer,
//! what puts the difference right can be removed.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{
    EmptySubscription, InputObject, Interface, MaybeUndefined, Object, PathSegment, Request, Response, Result, Schema,
    Union, ValidationMode, Variables,
};
use serde_json::{Value as Json, json};
use store::budget::Budget;

use super::{
    conform::ResponseShape,
    cost::CostEstimate,
    limit::Limits,
    operation::{DocumentValidator, RequestError},
    types::SchemaTypes,
};

/// What the resolvers of a schema were called with, in the order of the calls.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<String>>>);

impl Calls {
    fn push(&self, call: impl ToString) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(call.to_string());
    }

    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).join(" ")
    }
}

struct Query(Calls);
struct Mutation(Calls);
struct Part;

#[derive(Interface)]
#[graphql(field(name = "broken", ty = "i32"))]
enum Thing {
    Part(Part),
}

#[derive(Union)]
enum Item {
    Part(Part),
}

#[derive(InputObject)]
struct SizeInput {
    size: MaybeUndefined<i32>,
}

#[derive(Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
enum Color {
    Red,
}

#[Object]
impl Query {
    async fn part(&self) -> Option<Part> {
        Some(Part)
    }

    async fn parts(&self) -> Vec<Option<Part>> {
        vec![Some(Part)]
    }

    async fn thing(&self) -> Option<Thing> {
        Some(Thing::Part(Part))
    }

    async fn item(&self) -> Option<Item> {
        Some(Item::Part(Part))
    }

    async fn called(&self) -> i32 {
        self.0.push("called");
        1
    }

    async fn size(&self, #[graphql(default = 5)] size: i32) -> i32 {
        size
    }

    async fn sizes(&self, input: SizeInput) -> &'static str {
        match input.size {
            MaybeUndefined::Undefined => "absent",
            MaybeUndefined::Null => "null",
            MaybeUndefined::Value(_) => "given",
        }
    }

    async fn color(&self, color: Color) -> Color {
        color
    }
}

#[Object]
impl Mutation {
    async fn write(&self, number: i32) -> Option<i32> {
        self.0.push(number);
        Some(number)
    }
}

#[Object]
impl Part {
    async fn slow(&self) -> i32 {
        tokio::task::yield_now().await;
        1
    }

    async fn fast(&self) -> i32 {
        2
    }

    async fn failed(&self) -> Result<Option<i32>> {
        Err("failed".into())
    }

    async fn broken(&self) -> Result<i32> {
        Err("broken".into())
    }
}

type TestSchema = Schema<Query, Mutation, EmptySubscription>;

/// The schema with one of the library's own validations, and the calls of its resolvers.
fn schema(mode: ValidationMode) -> (TestSchema, Calls) {
    let calls = Calls::default();
    let schema = Schema::build(Query(calls.clone()), Mutation(calls.clone()), EmptySubscription);
    (schema.validation_mode(mode).finish(), calls)
}

fn describe(response: &Response) -> String {
    let segment = |segment: &PathSegment| match segment {
        PathSegment::Field(name) => name.clone(),
        PathSegment::Index(index) => index.to_string(),
    };
    let path = |path: &[PathSegment]| path.iter().map(segment).collect::<Vec<_>>().join(".");
    let paths: Vec<_> = response.errors.iter().map(|error| path(&error.path)).collect();
    format!("{} [{}]", serde_json::to_string(&response.data).unwrap(), paths.join(", "))
}

/// The answer in a comparison if the request is refused before it runs.
const REFUSED: &str = "refused";

/// Asserts what the library answers by itself, and what the specification requires.
async fn assert_differs(query: &str, by_itself: &str, conformed: &str) {
    assert_differs_in(&[ValidationMode::Fast], (query, json!({})), (by_itself, ""), (conformed, "")).await;
}

/// Asserts the answer and the calls of the library by itself, and those that the specification requires. The stricter of the
/// library's validations would do, if it put the difference right.
async fn assert_differs_with(request: (&str, Json), by_itself: (&str, &str), conformed: (&str, &str)) {
    assert_differs_in(&[ValidationMode::Fast, ValidationMode::Strict], request, by_itself, conformed).await;
}

async fn assert_differs_in(
    modes: &[ValidationMode],
    (query, variables): (&str, Json),
    by_itself: (&str, &str),
    conformed: (&str, &str),
) {
    let given = Variables::from_json(variables);
    for mode in modes {
        let (schema, calls) = schema(*mode);
        let response = schema.execute(Request::new(query).variables(given.clone())).await;
        let answer = describe(&response);
        assert_eq!((answer.as_str(), calls.take().as_str()), by_itself, "{query}, as async-graphql answers it");
    }
    let (schema, calls) = schema(ValidationMode::Fast);
    let answer = match answer(&schema, query, given).await {
        Ok(response) => describe(&response),
        Err(RequestError::Invalid(_)) => REFUSED.to_owned(),
        Err(RequestError::Limit(exceeded)) => panic!("{query}: {exceeded:?}"),
    };
    assert_eq!((answer.as_str(), calls.take().as_str()), conformed, "{query}, conformed");
}

/// The answer to a request as the server gives it: planned, executed and conformed.
async fn answer(schema: &TestSchema, query: &str, variables: Variables) -> Result<Response, RequestError> {
    let validator = DocumentValidator::new(&schema.sdl(), Limits::default());
    let operation = validator.validate(query)?.operation(None, variables)?;
    let (plan, variables) = (operation.document, operation.variables);
    let mut request = Request::new("").variables(variables.clone());
    request.set_parsed_query(plan.as_ref().clone());
    let mut response = schema.execute(request).await;
    let types = Arc::new(SchemaTypes::parse(&schema.sdl()));
    let limits = Limits::default();
    let estimate = CostEstimate::of(&types, &limits, &plan, &variables).unwrap();
    ResponseShape::of(types.clone()).conform(&plan, estimate, &mut response, &Budget::unlimited()).await;
    Ok(response)
}

#[tokio::test]
async fn a_wrong_variable_is_found_when_its_field_runs() {
    let query = "mutation($number: Int!) { a: write(number: 1) b: write(number: $number) }";
    for variables in [json!({}), json!({ "number": 3_000_000_000_u32 })] {
        assert_differs_with((query, variables), (r#"{"a":1} [b]"#, "1"), (REFUSED, "")).await;
    }
}

#[tokio::test]
async fn an_absent_variable_is_null() {
    let argument = "query($size: Int) { size(size: $size) }";
    assert_differs_with((argument, json!({})), ("null [size]", ""), (r#"{"size":5} []"#, "")).await;
    let field = "query($size: Int) { sizes(input: { size: $size }) }";
    assert_differs_with((field, json!({})), (r#"{"sizes":"null"} []"#, ""), (r#"{"sizes":"absent"} []"#, "")).await;
}

#[tokio::test]
async fn the_default_of_a_variable_in_a_condition_is_ignored() {
    let include = "query($is: Boolean = true) { part { fast slow @include(if: $is) } }";
    assert_differs(include, r#"{"part":{"fast":2}} []"#, r#"{"part":{"fast":2,"slow":1}} []"#).await;
    let skip = "query($is: Boolean = true) { part { fast slow @skip(if: $is) } }";
    assert_differs(skip, r#"{"part":{"fast":2,"slow":1}} []"#, r#"{"part":{"fast":2}} []"#).await;
}

#[tokio::test]
async fn a_field_runs_as_often_as_it_stands() {
    let query = "{ called called }";
    assert_differs_with((query, json!({})), (r#"{"called":1} []"#, "called called"), (r#"{"called":1} []"#, "called"))
        .await;
}

#[tokio::test]
async fn an_object_without_fields_is_null() {
    assert_differs("{ part { fast @skip(if: true) } }", r#"{"part":null} []"#, r#"{"part":{}} []"#).await;
}

#[tokio::test]
async fn fields_that_conflict_below_the_first_level_are_merged() {
    let query = "{ part { n: fast } part { n: slow } }";
    assert_differs_with((query, json!({})), (r#"{"part":{"n":2}} []"#, ""), (REFUSED, "")).await;
}

#[tokio::test]
async fn an_input_field_is_accepted_twice() {
    let query = "{ sizes(input: { size: 1, size: 2 }) }";
    assert_differs_with((query, json!({})), (r#"{"sizes":"given"} []"#, ""), (REFUSED, "")).await;
}

#[tokio::test]
async fn an_enum_is_accepted_as_a_string() {
    let query = "{ color(color: \"RED\") }";
    assert_differs_with((query, json!({})), (r#"{"color":"RED"} []"#, ""), (REFUSED, "")).await;
}

#[tokio::test]
async fn null_is_accepted_for_a_non_null_variable_with_a_default() {
    let query = "query($size: Int! = 2) { sizes(input: { size: $size }) }";
    assert_differs_with((query, json!({ "size": null })), (r#"{"sizes":"null"} []"#, ""), (REFUSED, "")).await;
}

#[tokio::test]
async fn fields_are_in_the_order_in_which_they_finish() {
    let conformed = r#"{"part":{"slow":1,"fast":2}} []"#;
    assert_differs("{ part { slow fast } }", r#"{"part":{"fast":2,"slow":1}} []"#, conformed).await;
}

#[tokio::test]
async fn a_failed_field_is_omitted() {
    let conformed = r#"{"part":{"failed":null,"fast":2}} [part.failed]"#;
    assert_differs("{ part { failed fast } }", r#"{"part":{"fast":2}} [part.failed]"#, conformed).await;
}

#[tokio::test]
async fn an_object_of_failed_fields_is_null() {
    let conformed = r#"{"part":{"failed":null}} [part.failed]"#;
    assert_differs("{ part { failed } }", r#"{"part":null} [part.failed]"#, conformed).await;
}

#[tokio::test]
async fn a_failed_non_null_field_leaves_its_parent() {
    let conformed = r#"{"part":null} [part.broken]"#;
    assert_differs("{ part { fast broken } }", r#"{"part":{"fast":2}} [part.broken]"#, conformed).await;
    let conformed = r#"{"parts":[null]} [parts.0.broken]"#;
    assert_differs("{ parts { fast broken } }", r#"{"parts":[{"fast":2}]} [parts.0.broken]"#, conformed).await;
}

#[tokio::test]
async fn an_error_behind_an_interface_has_no_path() {
    let conformed = r#"{"thing":null} [thing.broken]"#;
    assert_differs("{ thing { __typename broken } }", r#"{"thing":{"__typename":"Part"}} []"#, conformed).await;
}

#[tokio::test]
async fn an_interface_has_null_for_its_interfaces() {
    let conformed = r#"{"__type":{"interfaces":[]}} []"#;
    let query = "{ __type(name: \"Thing\") { interfaces { name } } }";
    assert_differs(query, r#"{"__type":{"interfaces":null}} []"#, conformed).await;
}

#[tokio::test]
async fn null_is_no_argument_of_introspection() {
    let conformed = r#"{"__type":{"fields":null}} []"#;
    let query = "{ __type(name: \"Int\") { fields(includeDeprecated: null) { name } } }";
    assert_differs(query, r#"{"__type":null} [__type.fields]"#, conformed).await;
}
