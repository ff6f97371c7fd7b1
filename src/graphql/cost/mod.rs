//! The cost of an operation: the maximum before it runs, and the actual cost of its response.
//!
//! A scalar costs 0 and an object 1. A page of a connection costs the cost of a row times the maximum number of rows; the visits
//! of a plan and the groups of an aggregate cost the same way. A lookup of a `where` (an edge, a custom field, personal text,
//! `contains`) costs 25, and 25 times that behind an edge; a comparison with a column that has no index costs 25 unless an edge
//! leads there, and so does an order by one. A word of `search` and `totalCount` cost 25, `analytics` 150, and `aggregate` 25
//! for the groups, for each key and for each figure. A mutation costs 10 for each input and 4 for each item of the lists in it,
//! besides the selection on its payload. Introspection costs 1 for about each 10 fields of its answer. Any other list is read
//! in one statement with the object that has it, and counts as one object whatever its length. The cost is that of the
//! operation's plan: a field that is selected twice runs once.
//! The schema has the same costs as `@cost` and `@listSize` (IBM's GraphQL Cost Directives specification); see
//! [`annotate`].

mod annotation;
mod argument_size;
mod dearest;
mod filter_cost;
mod input_count;
mod introspection;
mod table_scan;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    convert::Infallible,
};

use async_graphql::{
    Name, Pos, Positioned, Value, Variables,
    parser::types::{ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet},
};
use error::catalogue;

pub use self::annotation::annotate;
use self::filter_cost::{FILTER_EDGE_COST, FilterCost};
use super::{
    aggregate::DEFAULT_GROUPS,
    limit::{LimitExceeded, Limits},
    list::DEFAULT_PAGE_SIZE,
    types::{SchemaTypes, is_connection, named},
};

/// The cost of a mutation for each input, besides the selection on its payload.
pub const MUTATION_COST: u64 = 10;

/// The cost of an item of a list in an input, such as a contact of a customer.
pub const INPUT_ITEM_COST: u64 = 4;

/// The cost of `totalCount`, which reads the whole list: the same as a page of rows.
pub const TOTAL_COUNT_COST: u64 = DEFAULT_PAGE_SIZE as u64;

/// The cost of an aggregate for the groups, for each key and for each figure: each may read the whole list, as a count does.
pub const AGGREGATE_COST: u64 = TOTAL_COUNT_COST;

/// The cost of analytics, besides the selection on them: each reads all rows of a customer or of the tenant, as a count does, for
/// each of up to six sources of figures.
pub const ANALYTICS_COST: u64 = 6 * TOTAL_COUNT_COST;

/// An operation with everything that its cost depends on.
pub struct CostEstimate<'a> {
    types: &'a SchemaTypes,
    limits: &'a Limits,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    /// The cost of each field's `where` by the location of the field: it is the same under every parent.
    filter_costs: RefCell<HashMap<Pos, u64>>,
    /// The number of list items in all inputs so far.
    counted_items: Cell<usize>,
}

/// The actual cost of a field of a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charge {
    /// The cost of the field, whatever it returned: a mutation that wrote and failed later has its cost.
    pub field: u64,
    /// The cost of each object that it returned, without the fields of the object.
    pub object: u64,
    /// Whether a list of the objects is no page: it costs as much as its most expensive object.
    pub is_part: bool,
}

/// The name of the type of aggregates.
const AGGREGATE: &str = "Aggregate";

/// The name of the root type of an operation.
pub fn root(operation_type: OperationType) -> &'static str {
    match operation_type {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

impl<'a> CostEstimate<'a> {
    /// The estimate of a planned operation.
    pub fn of(
        types: &'a SchemaTypes,
        limits: &'a Limits,
        document: &'a ExecutableDocument,
        variables: &'a Variables,
    ) -> Option<Self> {
        let (_, Positioned { node: operation, .. }) = document.operations.iter().next()?;
        Some(Self {
            types,
            limits,
            operation,
            variables,
            filter_costs: RefCell::default(),
            counted_items: Cell::default(),
        })
    }

    /// The maximum cost of the operation.
    pub fn estimate(&self) -> Result<u64, LimitExceeded> {
        // Checked before variables are substituted: a long variable that is used a thousand times would fill the memory.
        let (root, selection_set) = (Name::new(root(self.operation.ty)), &self.operation.selection_set.node);
        self.check_arguments()?;
        let cost = self.selections(&root, selection_set, 0)?;
        Ok(cost.saturating_add(self.introspection_cost()))
    }

    /// What a field of the response costs; nothing if it has no objects.
    pub fn charge(&self, parent: &Name, field: &Field) -> Charge {
        let Some(field_type) = self.types.field(parent, &field.name.node).map(named) else { return Charge::default() };
        if !self.types.has_fields(field_type) {
            return Charge { field: count_cost(parent, field), ..Charge::default() };
        }
        let multiplicity = multiplicity(parent, field);
        Charge {
            field: if multiplicity == Multiplicity::Inputs {
                self.mutation_cost(field, self.input_items(field))
            } else {
                0
            },
            // The estimate has rejected filters that are too large.
            object: object_cost(field_type)
                + self.aggregate(field_type, field)
                + self.filter(field_type, field).unwrap_or_default(),
            is_part: multiplicity == Multiplicity::Parts,
        }
    }

    /// The cost of a selection set on one object; for a connection, on a page with the given number of rows. Of the
    /// fragments on several types, an object has one.
    fn selections(&self, parent: &Name, set: &SelectionSet, rows: u64) -> Result<u64, LimitExceeded> {
        let (mut sum, mut of_type) = (0_u64, 0_u64);
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => sum = sum.saturating_add(self.field(parent, &field.node, rows)?),
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map_or(parent, |on| &on.node.on.node);
                    of_type = of_type.max(self.selections(on, &fragment.node.selection_set.node, rows)?);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
        Ok(sum.saturating_add(of_type))
    }

    fn field(&self, parent: &Name, field: &Field, rows: u64) -> Result<u64, LimitExceeded> {
        self.field_cost(parent, field, rows).map_err(|exceeded| exceeded.within(&field.response_key().node))
    }

    fn field_cost(&self, parent: &Name, field: &Field, rows: u64) -> Result<u64, LimitExceeded> {
        let Some(field_type) = self.types.field(parent, &field.name.node).map(named) else { return Ok(0) };
        let mutation = if parent == "Mutation" { self.count_mutation(field)? } else { 0 };
        if !self.types.has_fields(field_type) {
            return Ok(mutation.saturating_add(count_cost(parent, field)));
        }
        let (size, read) = if is_connection(field_type) {
            (self.page(field)?, self.filter(field_type, field)?)
        } else {
            (self.groups(field_type, field), self.aggregate(field_type, field))
        };
        let item_cost = self
            .selections(field_type, &field.selection_set.node, size)?
            .saturating_add(object_cost(field_type))
            .saturating_add(read);
        let count = match multiplicity(parent, field) {
            Multiplicity::Rows => rows,
            Multiplicity::Ids => self.count_items(field, "ids")?,
            Multiplicity::Inputs => self.argument_length(field, "inputs") as u64,
            Multiplicity::Visits => self.page(field)?,
            Multiplicity::Parts => 1,
        };
        Ok(item_cost.saturating_mul(count).saturating_add(mutation))
    }

    /// The maximum number of rows of a page.
    fn page(&self, field: &Field) -> Result<u64, LimitExceeded> {
        let mut size = None;
        for name in ["first", "last"] {
            if let Some(Value::Number(number)) = self.argument(field, name) {
                let rows = number.as_u64().map_or(0, |rows| usize::try_from(rows).unwrap_or(usize::MAX));
                if rows > self.limits.page_size {
                    return Err(LimitExceeded::new(catalogue::LIMIT_PAGE_SIZE, self.limits.page_size, rows));
                }
                size = size.max(Some(rows));
            }
        }
        Ok(size.unwrap_or(DEFAULT_PAGE_SIZE.min(self.limits.page_size)) as u64)
    }

    /// The maximum number of groups of an aggregate; none for other fields.
    fn groups(&self, field_type: &Name, field: &Field) -> u64 {
        match self.argument(field, "first") {
            _ if field_type != AGGREGATE => 0,
            Some(Value::Number(number)) => number.as_u64().unwrap_or_default(),
            _ => DEFAULT_GROUPS as u64,
        }
    }

    /// The cost of computing an aggregate; none for other fields.
    fn aggregate(&self, field_type: &Name, field: &Field) -> u64 {
        if field_type != AGGREGATE {
            return 0;
        }
        let length = |argument| match self.argument(field, argument) {
            Some(Value::List(items)) => items.len() as u64,
            // A single item stands for a list of one.
            Some(Value::Null) | None => 0,
            Some(_) => 1,
        };
        AGGREGATE_COST.saturating_mul(1 + length("groupBy") + length("figures"))
    }

    /// The cost of a list's `where` and `orderBy`.
    fn filter(&self, connection: &Name, field: &Field) -> Result<u64, LimitExceeded> {
        if field.name.node == "search" {
            return Ok(self.search(field));
        }
        let Some(filter_type) = self.types.filter(connection) else { return Ok(0) };
        if let Some(cost) = self.filter_costs.borrow().get(&field.name.pos) {
            return Ok(*cost);
        }
        let mut filter_cost = FilterCost::default();
        if let Some(filter) = self.argument(field, "where") {
            filter_cost.measure(self.types, filter_type, &filter, (0, FILTER_EDGE_COST));
        }
        let limits = [
            (catalogue::LIMIT_FILTER_SIZE, self.limits.filter_size, filter_cost.size),
            (catalogue::LIMIT_FILTER_EDGES, self.limits.filter_edges, filter_cost.edge_depth),
            (catalogue::LIMIT_FILTER_LOOKUPS, self.limits.filter_lookups, filter_cost.lookups),
        ];
        match limits.into_iter().find(|(_, maximum, actual)| actual > maximum) {
            Some((error, maximum, actual)) => Err(LimitExceeded::new(error, maximum, actual)),
            None => {
                let cost = filter_cost.cost.saturating_add(self.order(connection, field));
                self.filter_costs.borrow_mut().insert(field.name.pos, cost);
                Ok(cost)
            }
        }
    }

    /// The cost of a list's `orderBy`.
    fn order(&self, connection: &Name, field: &Field) -> u64 {
        let Some(order_type) = self.types.order(connection) else { return 0 };
        let mut order_cost = FilterCost::default();
        if let Some(order) = self.argument(field, "orderBy") {
            order_cost.measure(self.types, order_type, &order, (0, FILTER_EDGE_COST));
        }
        order_cost.cost
    }

    /// The cost of a search: each of its words looks through texts that no index knows the middle of.
    fn search(&self, field: &Field) -> u64 {
        let words = match self.argument(field, "query") {
            Some(Value::String(text)) => text.split_whitespace().count(),
            _ => 0,
        };
        FILTER_EDGE_COST.saturating_mul(words as u64)
    }

    /// The cost of a mutation's writes. Counts the list items of its inputs towards the operation's total.
    fn count_mutation(&self, field: &Field) -> Result<u64, LimitExceeded> {
        self.count_items(field, "inputs")?;
        let items = self.input_items(field);
        let sum = items.saturating_add(self.counted_items.get());
        self.counted_items.set(sum);
        let limit = self.limits.input_items;
        if sum > limit {
            return Err(LimitExceeded::new(catalogue::LIMIT_INPUT_ITEMS, limit, sum));
        }
        Ok(self.mutation_cost(field, items))
    }

    /// The cost of a mutation's writes: of its inputs, and of the items of the lists in them.
    fn mutation_cost(&self, field: &Field, items: usize) -> u64 {
        let inputs = self.argument_length(field, "inputs");
        let listed = if field.get_argument("inputs").is_some() { inputs } else { 0 };
        let nested = items.saturating_sub(listed) as u64;
        MUTATION_COST.saturating_mul(inputs as u64).saturating_add(INPUT_ITEM_COST.saturating_mul(nested))
    }

    /// The number of items of a list argument, if there are not too many.
    fn count_items(&self, field: &Field, name: &str) -> Result<u64, LimitExceeded> {
        let (length, maximum) = (self.argument_length(field, name), self.limits.items);
        if length > maximum {
            return Err(LimitExceeded::new(catalogue::LIMIT_ITEMS, maximum, length));
        }
        Ok(length as u64)
    }

    /// The value of an argument, with variables substituted.
    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        let value = field.get_argument(name)?.node.clone();
        // A variable without a value becomes null, which counts like an omitted argument.
        value
            .into_const_with(|variable| Ok::<_, Infallible>(self.variables.get(&variable).cloned().unwrap_or_default()))
            .ok()
    }
}

/// How often the selection on a field counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Multiplicity {
    /// Once for each row of a page, and for each group of an aggregate.
    Rows,
    /// Once for each id of `nodes`.
    Ids,
    /// Once for each input of a mutation.
    Inputs,
    /// Once for each visit of a plan, at most `first`.
    Visits,
    /// Once: the field is part of the object that has it.
    Parts,
}

fn multiplicity(parent: &Name, field: &Field) -> Multiplicity {
    match field.name.node.as_str() {
        _ if parent == "Mutation" => Multiplicity::Inputs,
        "nodes" if parent == "Query" => Multiplicity::Ids,
        "recurringServiceOccurrences" if parent == "Query" => Multiplicity::Visits,
        "nodes" | "edges" if is_connection(parent) => Multiplicity::Rows,
        "groups" if parent == AGGREGATE => Multiplicity::Rows,
        _ => Multiplicity::Parts,
    }
}

/// The cost of an object without its fields.
fn object_cost(object: &Name) -> u64 {
    if object == "Analytics" { ANALYTICS_COST } else { 1 }
}

/// The cost of counting a list.
fn count_cost(parent: &Name, field: &Field) -> u64 {
    if is_connection(parent) && field.name.node == "totalCount" { TOTAL_COUNT_COST } else { 0 }
}
