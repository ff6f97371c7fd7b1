//! Hostile documents: short texts that would take much work to execute. `cargo xtask bench` measures them, too.

/// Thirty levels of fragments, each of which spreads the next one twice; the last one selects `last`.
pub fn doubling(last: &str) -> String {
    let levels = (0..30).map(|level| format!(" fragment F{level} on Viewer {{ ...F{0} ...F{0} }}", level + 1));
    format!("{{ viewer {{ ...F0 }} }}{} fragment F30 on Viewer {{ {last} }}", levels.collect::<String>())
}

/// A chain of fragments, each of which spreads the next one; the first is spread `times` times.
pub fn chain(length: usize, times: usize) -> String {
    let links = (0..length).map(|link| format!(" fragment F{link} on Viewer {{ ...F{} }}", link + 1));
    let (spreads, links) = (" ...F0".repeat(times), links.collect::<String>());
    format!("{{ viewer {{{spreads} }} }}{links} fragment F{length} on Viewer {{ subject }}")
}

/// `count` fields of one object, each with an alias of its own.
pub fn aliases(count: usize) -> String {
    let fields: Vec<_> = (0..count).map(|number| format!(" a{number}: subject")).collect();
    format!("{{ viewer {{{} }} }}", fields.concat())
}

/// A filter that goes from contacts to customers and back, `times` times.
pub fn nested_edges(times: usize) -> String {
    let filter =
        "{ contacts: { some: { customer: ".repeat(times) + "{ number: { eq: \"C-1\" } }" + &" } } }".repeat(times);
    format!("{{ customers(where: {filter}) {{ totalCount }} }}")
}

/// A filter with `count` numbers in a list.
pub fn number_list(count: usize) -> String {
    let tests = "{ number: { eq: \"C-1\" } } ".repeat(count);
    format!("{{ customers(where: {{ or: [{tests}] }}) {{ totalCount }} }}")
}

/// Each document, the limit that rejects it, and the measured value.
pub fn hostile_documents() -> Vec<(String, &'static str, usize)> {
    let deep = |open: &str, close: &str| format!("{{ a(x: {}{}) }}", open.repeat(3_000), close.repeat(3_000));
    vec![
        (deep("[", "]"), "BRACKETS", 3_002),
        (deep("{a:", "}"), "BRACKETS", 65),
        ("{".repeat(100_000), "BRACKETS", 100_000),
        ("{a}".repeat(100_000), "TOKENS", 10_001),
        (doubling("subject"), "FIELDS", (1 << 30) + 1),
        // A fragment that selects nothing is expanded all the same.
        (doubling("...Nowhere"), "SELECTIONS", 3 << 30),
        (chain(400, 3_000), "SELECTIONS", 1 + 3_000 * 402),
        (chain(10_000, 1), "TOKENS", 10_001),
        (chain(600, 1), "FRAGMENTS", 601),
        (aliases(10_000), "TOKENS", 10_001),
        (aliases(300), "ALIASES", 300),
        ("{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }".to_owned(), "FRAGMENT_CYCLES", 1),
        (format!("{{ viewer {{ __typename {} }} }}", "@skip(if: false) ".repeat(300)), "DIRECTIVES", 300),
        (format!("{{ {} }}", "viewer { subject } ".repeat(60)), "ROOT_FIELDS", 60),
        (format!("{{ viewer {}{} }}", "{ a ".repeat(30), "}".repeat(30)), "DEPTH", 16),
        ("{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }".to_owned(), "INTROSPECTION", 4),
        ("{ customers(first: 2000000) { totalCount } }".to_owned(), "PAGE_SIZE", 2_000_000),
        ("query($n: Int = 2000000) { customers(last: $n) { totalCount } }".to_owned(), "PAGE_SIZE", 2_000_000),
        (format!("{{ nodes(ids: [{}]) {{ id }} }}", "\"cust_0\" ".repeat(5_000)), "ITEMS", 5_000),
        (nested_edges(8), "FILTER_EDGES", 16),
        (number_list(900), "FILTER_SIZE", 2_701),
        (number_list(30).replace("number: { eq", "name: { startsWith"), "FILTER_LOOKUPS", 30),
        (number_list(1).replace("C-1", &"x".repeat(100_000)), "FILTER_SIZE", 1_004),
        (
            "{ customers(first: 100) { nodes { contacts(first: 100) { nodes { customer { loads(first: 100) { nodes { id } } } } } } } }".to_owned(),
            "COST",
            1_030_201,
        ),
    ]
}
