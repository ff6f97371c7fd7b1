//! Documents: parsed, measured and validated against the schema.

use std::sync::{Arc, Mutex, PoisonError};

use apollo_compiler::{
    ExecutableDocument, Name, Node,
    collections::IndexSet,
    diagnostic::Diagnostic,
    executable,
    parser::Parser,
    response::GraphQLError,
    schema::ExtendedType,
    validation::{DiagnosticData, DiagnosticList, Valid},
};
use async_graphql::{Pos, ServerError, Value, Variables};

use super::{
    MAX_ERRORS, Operation, RequestError,
    coercion::{ArgumentCoercion, coerce_variables},
    plan::{Plan, is_introspection, plan},
    rules,
    suggestion::{field_suggestion, suggestion},
    type_system::TypeSystem,
};
use crate::graphql::limit::{Limits, measure, scan};

/// The most plans that a document keeps: one for each set of absent variables and of conditions.
const MAX_PLANS: usize = 8;

/// Parses and validates documents.
pub struct DocumentValidator {
    types: Arc<TypeSystem>,
    limits: Limits,
}

/// A valid document.
pub struct Document {
    types: Arc<TypeSystem>,
    executable: Valid<ExecutableDocument>,
    /// The variables whose values a plan depends on.
    conditions: IndexSet<Name>,
    plans: Mutex<Vec<(PlanKey, Arc<Plan>)>>,
}

/// What a plan depends on: the operation, and for each of its variables whether it is absent, or what a condition says.
#[derive(PartialEq, Eq)]
struct PlanKey {
    operation: Option<Name>,
    variables: Vec<VariableState>,
}

#[derive(PartialEq, Eq)]
enum VariableState {
    Absent,
    Present,
    Condition(bool),
}

impl DocumentValidator {
    /// The validator of a schema, from its text.
    ///
    /// # Panics
    ///
    /// If the text is not a valid schema. It is the published one, which the tests read.
    pub fn new(sdl: &str, limits: Limits) -> Self {
        Self { types: Arc::new(TypeSystem::parse(sdl)), limits }
    }

    /// Parses, measures and validates a document.
    pub fn validate(&self, text: &str) -> Result<Document, RequestError> {
        scan(text, &self.limits)?;
        let parsed = Parser::new().parse_ast(text, "");
        let ast = parsed.map_err(|invalid| syntax_error(&invalid.errors, text))?;
        // Measured before it is validated: to compare mergeable fields multiplies over fragments.
        measure(&ast, &self.limits)?;
        let schema = &self.types.schema;
        let executable =
            ast.to_executable_validate(schema).map_err(|invalid| validation_errors(&self.types, &invalid.errors))?;
        let errors = rules::check(&self.types, &executable);
        if !errors.is_empty() {
            return Err(RequestError::Invalid(errors));
        }
        let conditions = conditions(&executable);
        Ok(Document { types: self.types.clone(), executable, conditions, plans: Mutex::default() })
    }
}

impl Document {
    /// Prepares an operation of the document with its variables for execution. Without a name it is the only one.
    pub fn operation(&self, name: Option<&str>, variables: Variables) -> Result<Operation, RequestError> {
        let operation = self.select(name.filter(|name| !name.is_empty()))?;
        let variables = coerce_variables(&self.types.schema, &self.executable, operation, variables)?;
        let plan = self.plan(operation, &variables)?;
        plan.check_nulls(&variables)?;
        let name = operation.name.as_ref().map(ToString::to_string);
        let arguments = ArgumentCoercion(self.types.clone());
        Ok(Operation { name, document: plan.document.clone(), variables, arguments })
    }

    fn select(&self, name: Option<&str>) -> Result<&Node<executable::Operation>, RequestError> {
        let operations = &self.executable.operations;
        operations.get(name).map_err(|_| {
            let names: Vec<_> = operations.named.keys().map(Name::as_str).collect();
            RequestError::invalid(
                match (name, names.as_slice()) {
                    (_, []) if operations.anonymous.is_none() => "The document has no operation.".to_owned(),
                    (Some(_), []) => {
                        "The document has no operation of that name; its only operation has none.".to_owned()
                    }
                    (Some(name), names) => {
                        format!("The document has no operation \"{name}\"; it has {}.", names.join(", "))
                    }
                    (None, names) => {
                        format!("The document has several operations: give operationName, one of {}.", names.join(", "))
                    }
                },
                None,
            )
        })
    }

    fn plan(&self, operation: &Node<executable::Operation>, variables: &Variables) -> Result<Arc<Plan>, RequestError> {
        let state = |name: &Name| match variables.get(name.as_str()) {
            None => VariableState::Absent,
            Some(Value::Boolean(value)) if self.conditions.contains(name) => VariableState::Condition(*value),
            Some(_) => VariableState::Present,
        };
        let states = operation.variables.iter().map(|definition| state(&definition.name)).collect();
        let key = PlanKey { operation: operation.name.clone(), variables: states };
        let lock = || self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, plan)) = lock().iter().find(|(candidate, _)| *candidate == key) {
            return Ok(plan.clone());
        }
        let plan = Arc::new(plan(&self.types, &self.executable, operation, variables)?);
        let mut plans = lock();
        if plans.len() >= MAX_PLANS {
            plans.remove(0);
        }
        plans.push((key, plan.clone()));
        Ok(plan)
    }
}

/// The variables that a `@skip` or `@include` of a document reads, or an argument of introspection.
fn conditions(document: &ExecutableDocument) -> IndexSet<Name> {
    let mut conditions = IndexSet::default();
    let mut pending: Vec<_> = document.operations.iter().map(|operation| &operation.selection_set).collect();
    pending.extend(document.fragments.values().map(|fragment| &fragment.selection_set));
    while let Some(set) = pending.pop() {
        for selection in &set.selections {
            let mut read = Vec::new();
            read.extend(selection.directives().iter().flat_map(|directive| &directive.arguments));
            match selection {
                executable::Selection::Field(field) => {
                    read.extend(field.arguments.iter().filter(|_| is_introspection(&set.ty)));
                    pending.push(&field.selection_set);
                }
                executable::Selection::InlineFragment(fragment) => pending.push(&fragment.selection_set),
                executable::Selection::FragmentSpread(_) => {}
            }
            conditions.extend(read.iter().filter_map(|argument| argument.value.as_variable()).cloned());
        }
    }
    conditions
}

/// The first syntax error, with its position and a few characters of the text there: the others follow from it.
fn syntax_error(errors: &DiagnosticList, text: &str) -> RequestError {
    let Some(error) = errors.iter().next() else { return RequestError::invalid("Syntax error.", None) };
    let error = error.unstable_to_json_compat();
    let pos = first_position(&error);
    let message = ["syntax error: ", "Syntax Error: "].iter().find_map(|prefix| error.message.strip_prefix(prefix));
    let mut message = message.unwrap_or(&error.message).to_owned();
    for (token, text) in TOKENS {
        message = message.replace(token, text);
    }
    let line = text.lines().nth(pos.line.saturating_sub(1)).unwrap_or_default();
    let found: String = line.chars().skip(pos.column.saturating_sub(1)).take(MAX_FOUND_CHARS).collect();
    let found = if found.is_empty() { "the end of the line".to_owned() } else { format!("\"{found}\"") };
    let Pos { line, column } = pos;
    RequestError::invalid(format!("Syntax error in line {line}, column {column}: {message}, at {found}."), Some(pos))
}

/// The most characters of a document that a syntax error quotes.
const MAX_FOUND_CHARS: usize = 50;

/// The names that apollo-compiler has for punctuation, and what a document has.
const TOKENS: [(&str, &str); 8] = [
    ("R_CURLY", "\"}\""),
    ("L_CURLY", "\"{\""),
    ("R_PAREN", "\")\""),
    ("L_PAREN", "\"(\""),
    ("R_BRACK", "\"]\""),
    ("L_BRACK", "\"[\""),
    ("COLON", "\":\""),
    ("EOF", "the end"),
];

/// The errors of an invalid document, with suggestions.
fn validation_errors(types: &TypeSystem, errors: &DiagnosticList) -> RequestError {
    let name = |error: &Diagnostic<'_, DiagnosticData>| error.error.unstable_error_name();
    let has_unknown_field = errors.iter().any(|error| name(&error) == Some("UndefinedField"));
    // A selection set of nothing but unknown fields is reported as an empty one, too.
    let follows =
        |error: &Diagnostic<'_, DiagnosticData>| has_unknown_field && name(error) == Some("MissingSubselection");
    let errors = errors.iter().filter(|error| !follows(error)).take(MAX_ERRORS).map(|error| {
        let rule = name(&error).unwrap_or_default();
        let error = error.unstable_to_json_compat();
        let pos = first_position(&error);
        let message = error.message.trim_end_matches('.');
        let message = format!("{message}{}", suggest(types, rule, message));
        let end = if message.ends_with('?') { "" } else { "." };
        ServerError::new(message + end, Some(pos))
    });
    RequestError::Invalid(errors.collect())
}

/// A suggestion for the unknown name of a message, which quotes it and the type that it is unknown in, or for a value that
/// stands where a filter is asked for.
fn suggest(types: &TypeSystem, rule: &str, message: &str) -> String {
    let schema = &types.schema;
    if let Some((name, value)) = message.split_once(" cannot represent value: ")
        && let Some(ExtendedType::InputObject(object)) = schema.types.get(name)
        && object.fields.contains_key("eq")
        && !value.starts_with(['{', '['])
    {
        return format!("; did you mean {{ eq: {value} }}?");
    }
    let quoted: Vec<_> = message.split('"').skip(1).step_by(2).collect();
    let (Some(given), owner) = (quoted.first(), quoted.get(1).copied().unwrap_or_default()) else {
        return String::new();
    };
    let (owner, field) = owner.split_once('.').unwrap_or((owner, ""));
    let names: Vec<&str> = match (rule, schema.types.get(owner)) {
        ("UndefinedField", Some(ExtendedType::Object(object))) => object.fields.keys().map(Name::as_str).collect(),
        ("UndefinedField", Some(ExtendedType::Interface(interface))) => {
            interface.fields.keys().map(Name::as_str).collect()
        }
        ("UndefinedArgument", _) => match schema.type_field(owner, field) {
            Ok(field) => field.arguments.iter().map(|argument| argument.name.as_str()).collect(),
            Err(_) => Vec::new(),
        },
        ("UndefinedInputValue", Some(ExtendedType::InputObject(object))) => return field_suggestion(given, object),
        ("UndefinedEnumValue", Some(ExtendedType::Enum(of))) => of.values.keys().map(Name::as_str).collect(),
        (
            "UndefinedDefinition"
            | "UndefinedTypeInNamedFragmentTypeCondition"
            | "UndefinedTypeInInlineFragmentTypeCondition",
            _,
        ) => schema.types.keys().map(Name::as_str).collect(),
        _ => Vec::new(),
    };
    suggestion(given, &names)
}

fn first_position(error: &GraphQLError) -> Pos {
    error.locations.first().map_or_else(Pos::default, |at| Pos { line: at.line, column: at.column })
}
