//! A property of every text: the checks before execution terminate and agree with each other, and coercion is done when it is
//! done once.

use apollo_compiler::parser::Parser;
use async_graphql::Variables;
use fieldgate::graphql::{
    SchemaTypes,
    cost::CostEstimate,
    limit::{Limits, measure, scan},
    operation::{DocumentValidator, Operation, RequestError, is_mutation, root_fields},
};

/// What separates a document from the values of its variables, in JSON. It begins a comment.
const VARIABLES: &str = "\n#variables ";

/// Whether a document, and the values of its variables behind it, pass all checks, in the order of the server.
pub fn passes(validator: &DocumentValidator, types: &SchemaTypes, text: &str) -> bool {
    let limits = Limits::default();
    let (text, variables) = text.rsplit_once(VARIABLES).unwrap_or((text, "{}"));
    let variables = serde_json::from_str(variables).map(Variables::from_json).unwrap_or_default();
    if scan(text, &limits).is_err() {
        return false;
    }
    let most = usize::MAX;
    let wide = Limits {
        fields: most,
        selections: most,
        aliases: most,
        root_fields: most,
        directives: most,
        introspection: most,
        ..limits.clone()
    };
    if let Ok(document) = Parser::new().parse_ast(text, "")
        && let Ok(weight) = measure(&document, &wide)
    {
        assert!(
            weight.visited_selections <= text.len(),
            "{} steps for {} bytes",
            weight.visited_selections,
            text.len()
        );
        assert!(weight.fields <= weight.selections && weight.aliases <= weight.fields, "{weight:?}");
    }
    let document = match validator.validate(text) {
        Ok(document) => document,
        Err(RequestError::Limit(_)) => return false,
        Err(RequestError::Invalid(errors)) => {
            assert!(!errors.is_empty(), "a document is invalid without a reason");
            return false;
        }
    };
    let operation = match document.operation(None, variables) {
        Ok(operation) => operation,
        Err(RequestError::Limit(_)) => return false,
        Err(RequestError::Invalid(errors)) => {
            assert!(!errors.is_empty(), "variables are invalid without a reason");
            return false;
        }
    };
    let again = document.operation(None, operation.variables.clone()).expect("what is coerced is valid");
    assert_eq!(*again.variables, *operation.variables, "a second coercion changes values");
    coerce_arguments(&operation);
    let price = |document: &_| {
        let estimate = CostEstimate::of(types, &limits, document, &operation.variables);
        let memory = |cost, estimate: &CostEstimate<'_>| estimate.argument_memory().map(|memory| (cost, memory));
        estimate.map_or(Ok((0, 0)), |estimate| estimate.estimate().and_then(|cost| memory(cost, &estimate)))
    };
    assert_eq!(price(&operation.document), price(&again.document));
    price(&operation.document).is_ok()
}

/// Coerces the arguments of mutations, as the server does before an idempotency key compares them.
fn coerce_arguments(operation: &Operation) {
    if !is_mutation(&operation.document) {
        return;
    }
    for field in root_fields(&operation.document) {
        for (name, value) in &field.arguments {
            let variable = |name: async_graphql::Name| -> Result<_, ()> {
                Ok(operation.variables.get(&name).cloned().unwrap_or_default())
            };
            let Ok(value) = value.node.clone().into_const_with(variable) else { continue };
            let coerce = |value| operation.arguments.coerce(&field.name.node, &name.node, value);
            let coerced = coerce(value);
            assert_eq!(coerce(coerced.clone()), coerced, "a second coercion changes an argument");
        }
    }
}
