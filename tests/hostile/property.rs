//! A property of every text: the checks before execution terminate and agree with each other.

use apollo_compiler::parser::Parser;
use async_graphql::Variables;
use fieldgate::graphql::{
    SchemaTypes,
    cost::CostEstimate,
    limit::{Limits, measure, scan},
    operation::{DocumentValidator, RequestError},
};

/// Whether a text passes all checks, in the order of the server.
pub fn passes(validator: &DocumentValidator, types: &SchemaTypes, text: &str) -> bool {
    let limits = Limits::default();
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
    let Ok(operation) = document.operation(None, Variables::default()) else { return false };
    let again = document.operation(None, Variables::default()).expect("the plan is cached");
    let price = |document: &_| {
        let estimate = CostEstimate::of(types, &limits, document, &operation.variables);
        estimate.map_or(Ok(0), |estimate| estimate.estimate())
    };
    assert_eq!(price(&operation.document), price(&again.document));
    price(&operation.document).is_ok()
}
