//! The complexity of a document after fragment expansion, computed while walking each fragment once.

use std::collections::HashMap;

use apollo_compiler::{
    Name, Node,
    ast::{Definition, Document, FragmentDefinition, Selection},
};
use error::catalogue;

use super::{LimitExceeded, Limits};

/// The introspection fields that return lists of types or fields, which have such lists again.
const INTROSPECTION_LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];

/// The complexity of a selection set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Complexity {
    /// The nesting depth of fields.
    pub depth: usize,
    /// The number of fields.
    pub fields: usize,
    /// The number of fields, inline fragments and spreads.
    pub selections: usize,
    /// The number of fields with an alias.
    pub aliases: usize,
    /// The number of directives.
    pub directives: usize,
    /// The number of fields at the top level.
    pub root_fields: usize,
    /// The nesting depth of introspection lists.
    pub introspection: usize,
    /// The number of selections that were visited, those of each fragment once.
    pub visited_selections: usize,
}

/// Measures every operation of a document, because operations that are not executed are validated too.
pub fn measure(document: &Document, limits: &Limits) -> Result<Complexity, LimitExceeded> {
    let fragments = document.definitions.iter().filter_map(|definition| match definition {
        Definition::FragmentDefinition(fragment) => Some((&fragment.name, fragment)),
        _ => None,
    });
    let fragments: HashMap<_, _> = fragments.collect();
    if fragments.len() > limits.fragments {
        return Err(LimitExceeded::new(catalogue::LIMIT_FRAGMENTS, limits.fragments, fragments.len()));
    }
    let names: Vec<_> = fragments.keys().copied().collect();
    let mut visitor = ComplexityVisitor {
        fragments,
        measured: HashMap::new(),
        depth: 0,
        max_depth: limits.depth,
        visited_selections: 0,
    };
    let mut total = Complexity::default();
    for definition in &document.definitions {
        let Definition::OperationDefinition(operation) = definition else { continue };
        let mut complexity = visitor.selections(&operation.selection_set)?;
        complexity.directives += operation.directives.len();
        total.add(complexity);
    }
    // Fragments that are never spread are validated too.
    for name in names {
        visitor.fragment(name)?;
    }
    total.visited_selections = visitor.visited_selections;
    let limits = [
        (catalogue::LIMIT_ROOT_FIELDS, limits.root_fields, total.root_fields),
        (catalogue::LIMIT_INTROSPECTION, limits.introspection, total.introspection),
        (catalogue::LIMIT_DEPTH, limits.depth, total.depth),
        (catalogue::LIMIT_ALIASES, limits.aliases, total.aliases),
        (catalogue::LIMIT_DIRECTIVES, limits.directives, total.directives),
        (catalogue::LIMIT_FIELDS, limits.fields, total.fields),
        // The cost estimate and the validator expand spreads even if they lead to no field.
        (catalogue::LIMIT_SELECTIONS, limits.selections, total.selections),
    ];
    match limits.into_iter().find(|(_, maximum, actual)| actual > maximum) {
        Some((error, maximum, actual)) => Err(LimitExceeded::new(error, maximum, actual)),
        None => Ok(total),
    }
}

/// The walk over a document that computes its complexity.
struct ComplexityVisitor<'a> {
    fragments: HashMap<&'a Name, &'a Node<FragmentDefinition>>,
    /// The complexity of every visited fragment; none while it is being measured.
    measured: HashMap<&'a Name, Option<Complexity>>,
    /// The current depth. The walk recurses, so it stops at the maximum.
    depth: usize,
    max_depth: usize,
    visited_selections: usize,
}

impl<'a> ComplexityVisitor<'a> {
    fn selections(&mut self, set: &'a [Selection]) -> Result<Complexity, LimitExceeded> {
        let mut total = Complexity::default();
        for selection in set {
            self.visited_selections += 1;
            let mut complexity = match selection {
                Selection::Field(field) => {
                    self.depth += 1;
                    if self.depth > self.max_depth {
                        return Err(LimitExceeded::new(catalogue::LIMIT_DEPTH, self.max_depth, self.depth));
                    }
                    let mut complexity = self.selections(&field.selection_set)?;
                    self.depth -= 1;
                    complexity.depth += 1;
                    complexity.fields = complexity.fields.saturating_add(1);
                    complexity.aliases = complexity.aliases.saturating_add(usize::from(field.alias.is_some()));
                    complexity.directives = complexity.directives.saturating_add(field.directives.len());
                    let listed = INTROSPECTION_LISTS.contains(&field.name.as_str()) && !field.selection_set.is_empty();
                    complexity.introspection += usize::from(listed);
                    complexity.root_fields = 1;
                    complexity
                }
                Selection::InlineFragment(fragment) => {
                    let mut complexity = self.selections(&fragment.selection_set)?;
                    complexity.directives = complexity.directives.saturating_add(fragment.directives.len());
                    complexity
                }
                Selection::FragmentSpread(spread) => {
                    let mut complexity = self.fragment(&spread.fragment_name)?;
                    complexity.directives = complexity.directives.saturating_add(spread.directives.len());
                    complexity
                }
            };
            complexity.selections = complexity.selections.saturating_add(1);
            total.add(complexity);
        }
        Ok(total)
    }

    /// The complexity of a fragment. An undefined fragment counts nothing: the validator reports it.
    fn fragment(&mut self, name: &Name) -> Result<Complexity, LimitExceeded> {
        let Some((&name, &fragment)) = self.fragments.get_key_value(name) else { return Ok(Complexity::default()) };
        match self.measured.get(name) {
            Some(Some(complexity)) => return Ok(*complexity),
            // The fragment is spread within itself.
            Some(None) => return Err(LimitExceeded::new(catalogue::LIMIT_FRAGMENT_CYCLES, 0, 1)),
            None => {}
        }
        self.measured.insert(name, None);
        let mut complexity = self.selections(&fragment.selection_set)?;
        complexity.directives = complexity.directives.saturating_add(fragment.directives.len());
        self.measured.insert(name, Some(complexity));
        Ok(complexity)
    }
}

impl Complexity {
    /// Adds the complexity of a sibling selection.
    fn add(&mut self, other: Self) {
        self.depth = self.depth.max(other.depth);
        self.introspection = self.introspection.max(other.introspection);
        self.fields = self.fields.saturating_add(other.fields);
        self.selections = self.selections.saturating_add(other.selections);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.root_fields = self.root_fields.saturating_add(other.root_fields);
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use apollo_compiler::parser::Parser;

    use super::*;

    fn parse(document: &str) -> Document {
        Parser::new().parse_ast(document, "").unwrap()
    }

    fn measured(document: &str) -> Result<Complexity, LimitExceeded> {
        measure(&parse(document), &Limits::default())
    }

    fn limit(document: &str) -> (&'static str, usize) {
        let exceeded = measured(document).unwrap_err();
        (exceeded.error.code, exceeded.actual)
    }

    #[test]
    fn fragments_count_where_they_are_spread_and_are_walked_once() {
        let complexity = measured("{ a ...F b { ...F } } fragment F on T { x: c @skip(if: true) { d } }").unwrap();
        let counts =
            (complexity.depth, complexity.fields, complexity.aliases, complexity.directives, complexity.root_fields);
        assert_eq!(counts, (3, 6, 2, 2, 3));
        assert_eq!((complexity.selections, complexity.visited_selections), (8, 6));
    }

    #[test]
    fn fragments_that_double_at_every_level_are_rejected_within_a_hundred_selections() {
        let mut document = "{ ...F0 }".to_owned();
        for level in 0..30 {
            write!(document, " fragment F{level} on T {{ ...F{0} ...F{0} }}", level + 1).unwrap();
        }
        document.push_str(" fragment F30 on T { id }");
        assert_eq!(limit(&document), ("LIMIT_ROOT_FIELDS", 1 << 30));
        let no_fields = document.replacen("{ id }", "{ ...Nowhere }", 1);
        assert_eq!(limit(&no_fields), ("LIMIT_SELECTIONS", (3 << 30) - 1));
        let nested = document.replacen("{ ...F0 }", "{ a { ...F0 } }", 1);
        assert_eq!(limit(&nested), ("LIMIT_FIELDS", (1 << 30) + 1));
        let mut limits = Limits::default();
        (limits.root_fields, limits.fields, limits.selections) = (usize::MAX, usize::MAX, usize::MAX);
        assert!(measure(&parse(&document), &limits).unwrap().visited_selections < 100);
    }

    #[test]
    fn cycles_and_exceeded_counts_are_rejected() {
        assert_eq!(
            limit("{ ...A } fragment A on T { ...B } fragment B on T { x { ...A } }"),
            ("LIMIT_FRAGMENT_CYCLES", 1)
        );
        assert_eq!(limit("{ a } fragment A on T { ...A }"), ("LIMIT_FRAGMENT_CYCLES", 1));
        let fragments: Vec<_> = (0..501).map(|number| format!("fragment F{number} on T {{ id }}")).collect();
        let fragments = fragments.join(" ");
        assert_eq!(limit(&format!("{{ a }} {fragments}")), ("LIMIT_FRAGMENTS", 501));
        let aliases: Vec<_> = (0..201).map(|number| format!("a{number}: id")).collect();
        let aliases = aliases.join(" ");
        assert_eq!(limit(&format!("{{ a {{ {aliases} }} }}")), ("LIMIT_ALIASES", 201));
        assert_eq!(
            limit(&format!("{{ a {{ __typename {} }} }}", "@skip(if: false) ".repeat(201))),
            ("LIMIT_DIRECTIVES", 201)
        );
        let deep = format!("{}{}", "{ a ".repeat(16), "}".repeat(16));
        assert_eq!(limit(&deep), ("LIMIT_DEPTH", 16));
    }

    #[test]
    fn introspection_may_select_types_of_types_but_not_cycles() {
        let types = "{ __schema { types { fields { type { ofType { ofType { name } } } } } } }";
        assert_eq!(measured(types).unwrap().introspection, 1);
        let cycle =
            "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }";
        assert_eq!(limit(cycle), ("LIMIT_INTROSPECTION", 4));
    }
}
