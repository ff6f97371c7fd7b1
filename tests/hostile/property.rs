//! A property of every text: the checks before execution terminate and agree with each other.

use async_graphql::{
    Variables,
    parser::{parse_query, types::DocumentOperations},
};
use fieldgate::graphql::{
    SchemaTypes,
    cost::CostEstimate,
    limit::{Limits, measure, scan},
};

/// Whether a text passes all checks, in the order of the server.
pub fn passes(types: &SchemaTypes, text: &str) -> bool {
    let limits = Limits::default();
    if scan(text, &limits).is_err() {
        return false;
    }
    let Ok(mut document) = parse_query(text) else { return false };
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
    if let Ok(weight) = measure(&document, &wide) {
        assert!(
            weight.visited_selections <= text.len(),
            "{} steps for {} bytes",
            weight.visited_selections,
            text.len()
        );
        assert!(weight.fields <= weight.selections && weight.aliases <= weight.fields, "{weight:?}");
    }
    if measure(&document, &limits).is_err() {
        return false;
    }
    let variables = Variables::default();
    let price = |document: &_| {
        CostEstimate::of(types, &limits, document, None, &variables).map_or(Ok(0), |bill| bill.estimate())
    };
    let Ok(once) = price(&document) else { return false };
    let operations = match &mut document.operations {
        DocumentOperations::Single(operation) => vec![operation],
        DocumentOperations::Multiple(operations) => operations.values_mut().collect(),
    };
    for operation in operations {
        let items = &mut operation.node.selection_set.node.items;
        items.extend(items.clone());
    }
    assert_eq!(price(&document), Ok(once.saturating_mul(2)), "selected twice");
    true
}
