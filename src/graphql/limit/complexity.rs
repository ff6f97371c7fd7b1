//! The weight of a document: what it asks for with all fragments opened, though each is walked once.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{ExecutableDocument, FragmentDefinition, Selection, SelectionSet},
};

use super::{LimitExceeded, Limits};

/// The fields of the introspection that are lists of what has such fields again.
const LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];

/// What some selections measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Complexity {
    /// How deep fields nest.
    pub depth: usize,
    /// How many fields there are.
    pub fields: usize,
    /// How many fields, inline fragments and spreads there are.
    pub selections: usize,
    /// How many of them have an alias.
    pub aliases: usize,
    /// How many directives there are.
    pub directives: usize,
    /// How many fields there are at the top.
    pub root_fields: usize,
    /// How deep lists of the introspection nest.
    pub introspection: usize,
    /// How many selections were looked at, each fragment's once.
    pub steps: usize,
}

/// Weighs every operation of a document: one that is not executed is validated all the same.
pub fn measure(document: &ExecutableDocument, limits: &Limits) -> Result<Complexity, LimitExceeded> {
    if document.fragments.len() > limits.fragments {
        return Err(LimitExceeded::new("fragments", limits.fragments, document.fragments.len()));
    }
    let (fragments, known) = (&document.fragments, HashMap::new());
    let mut scale = ComplexityVisitor { fragments, known, depth: 0, deepest: limits.depth, steps: 0 };
    let mut all = Complexity::default();
    for (_, operation) in document.operations.iter() {
        let mut weight = scale.selections(&operation.node.selection_set.node)?;
        weight.directives += operation.node.directives.len();
        all.beside(weight);
    }
    // What nobody spreads is validated, too.
    for name in document.fragments.keys() {
        scale.fragment(name)?;
    }
    all.steps = scale.steps;
    let limits = [
        ("root_fields", limits.root_fields, all.root_fields),
        ("introspection", limits.introspection, all.introspection),
        ("depth", limits.depth, all.depth),
        ("aliases", limits.aliases, all.aliases),
        ("directives", limits.directives, all.directives),
        ("fields", limits.fields, all.fields),
        // Spreads that lead to no field are opened all the same, by the price and by the validator.
        ("selections", limits.selections, all.selections),
    ];
    match limits.into_iter().find(|(_, most, actual)| actual > most) {
        Some((limit, maximum, actual)) => Err(LimitExceeded::new(limit, maximum, actual)),
        None => Ok(all),
    }
}

/// What weighs.
struct ComplexityVisitor<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// The weight of every fragment that was met; nothing while it is being weighed.
    known: HashMap<&'a Name, Option<Complexity>>,
    /// How deep the walk is: it goes no deeper than a document may, because it recurses.
    depth: usize,
    deepest: usize,
    steps: usize,
}

impl<'a> ComplexityVisitor<'a> {
    fn selections(&mut self, set: &'a SelectionSet) -> Result<Complexity, LimitExceeded> {
        let mut all = Complexity::default();
        for item in &set.items {
            self.steps += 1;
            let mut weight = match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    self.depth += 1;
                    if self.depth > self.deepest {
                        return Err(LimitExceeded::new("depth", self.deepest, self.depth));
                    }
                    let mut weight = self.selections(&field.selection_set.node)?;
                    self.depth -= 1;
                    weight.depth += 1;
                    weight.fields = weight.fields.saturating_add(1);
                    weight.aliases = weight.aliases.saturating_add(usize::from(field.alias.is_some()));
                    weight.directives = weight.directives.saturating_add(field.directives.len());
                    let listed =
                        LISTS.contains(&field.name.node.as_str()) && !field.selection_set.node.items.is_empty();
                    weight.introspection += usize::from(listed);
                    weight.root_fields = 1;
                    weight
                }
                Selection::InlineFragment(fragment) => {
                    let mut weight = self.selections(&fragment.node.selection_set.node)?;
                    weight.directives = weight.directives.saturating_add(fragment.node.directives.len());
                    weight
                }
                Selection::FragmentSpread(spread) => {
                    let mut weight = self.fragment(&spread.node.fragment_name.node)?;
                    weight.directives = weight.directives.saturating_add(spread.node.directives.len());
                    weight
                }
            };
            weight.selections = weight.selections.saturating_add(1);
            all.beside(weight);
        }
        Ok(all)
    }

    /// The weight of a fragment. One that is not defined weighs nothing: the validator names it.
    fn fragment(&mut self, name: &Name) -> Result<Complexity, LimitExceeded> {
        let Some((name, fragment)) = self.fragments.get_key_value(name) else { return Ok(Complexity::default()) };
        match self.known.get(name) {
            Some(Some(weight)) => return Ok(*weight),
            // It is spread inside itself.
            Some(None) => return Err(LimitExceeded::new("fragment_cycles", 0, 1)),
            None => {}
        }
        self.known.insert(name, None);
        let mut weight = self.selections(&fragment.node.selection_set.node)?;
        weight.directives = weight.directives.saturating_add(fragment.node.directives.len());
        self.known.insert(name, Some(weight));
        Ok(weight)
    }
}

impl Complexity {
    /// Adds what stands beside it.
    fn beside(&mut self, other: Self) {
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

    use async_graphql::parser::parse_query;

    use super::*;

    fn weighed(document: &str) -> Result<Complexity, LimitExceeded> {
        measure(&parse_query(document).unwrap(), &Limits::default())
    }

    fn limit(document: &str) -> (&'static str, usize) {
        let exceeded = weighed(document).unwrap_err();
        (exceeded.limit, exceeded.actual)
    }

    #[test]
    fn fragments_weigh_where_they_are_spread_and_are_walked_once() {
        let weight = weighed("{ a ...F b { ...F } } fragment F on T { x: c @skip(if: true) { d } }").unwrap();
        let counts = (weight.depth, weight.fields, weight.aliases, weight.directives, weight.root_fields);
        assert_eq!(counts, (3, 6, 2, 2, 3));
        assert_eq!((weight.selections, weight.steps), (8, 6));
    }

    #[test]
    fn fragments_that_double_at_every_level_are_refused_in_a_hundred_steps() {
        let mut document = "{ ...F0 }".to_owned();
        for level in 0..30 {
            write!(document, " fragment F{level} on T {{ ...F{0} ...F{0} }}", level + 1).unwrap();
        }
        document.push_str(" fragment F30 on T { id }");
        assert_eq!(limit(&document), ("root_fields", 1 << 30));
        let nowhere = document.replacen("{ id }", "{ ...Nowhere }", 1);
        assert_eq!(limit(&nowhere), ("selections", (3 << 30) - 1));
        let inside = document.replacen("{ ...F0 }", "{ a { ...F0 } }", 1);
        assert_eq!(limit(&inside), ("fields", (1 << 30) + 1));
        let mut scale = Limits::default();
        (scale.root_fields, scale.fields, scale.selections) = (usize::MAX, usize::MAX, usize::MAX);
        assert!(measure(&parse_query(&document).unwrap(), &scale).unwrap().steps < 100);
    }

    #[test]
    fn circles_chains_and_crowds_are_refused() {
        assert_eq!(limit("{ ...A } fragment A on T { ...B } fragment B on T { x { ...A } }"), ("fragment_cycles", 1));
        assert_eq!(limit("{ a } fragment A on T { ...A }"), ("fragment_cycles", 1));
        let crowd: Vec<_> = (0..501).map(|number| format!("fragment F{number} on T {{ id }}")).collect();
        let crowd = crowd.join(" ");
        assert_eq!(limit(&format!("{{ a }} {crowd}")), ("fragments", 501));
        let aliases: Vec<_> = (0..201).map(|number| format!("a{number}: id")).collect();
        let aliases = aliases.join(" ");
        assert_eq!(limit(&format!("{{ a {{ {aliases} }} }}")), ("aliases", 201));
        assert_eq!(
            limit(&format!("{{ a {{ __typename {} }} }}", "@skip(if: false) ".repeat(201))),
            ("directives", 201)
        );
        let deep = format!("{}{}", "{ a ".repeat(16), "}".repeat(16));
        assert_eq!(limit(&deep), ("depth", 16));
    }

    #[test]
    fn introspection_may_ask_for_types_of_types_and_not_for_circles() {
        let types = "{ __schema { types { fields { type { ofType { ofType { name } } } } } } }";
        assert_eq!(weighed(types).unwrap().introspection, 1);
        let circle =
            "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }";
        assert_eq!(limit(circle), ("introspection", 4));
    }
}
