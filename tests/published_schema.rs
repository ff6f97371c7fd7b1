//! The published schema: schema/schema.graphql is up to date, and everything in it has a description.

#[test]
fn the_published_schema_is_up_to_date() {
    let (printed, kept) = (fieldgate::graphql::sdl(), include_str!("../schema/schema.graphql"));
    let differs = printed.lines().zip(kept.lines()).position(|(printed, kept)| printed != kept);
    let line = differs.unwrap_or_else(|| printed.lines().count().min(kept.lines().count()));
    assert!(
        printed == kept,
        "schema/schema.graphql differs from line {}:\n  kept:    {}\n  printed: {}\nif the change is intended: cargo xtask schema",
        line + 1,
        kept.lines().nth(line).unwrap_or("(end)"),
        printed.lines().nth(line).unwrap_or("(end)"),
    );
}

#[test]
fn everything_in_the_schema_is_described() {
    let sdl = fieldgate::graphql::sdl();
    let mut undescribed = Vec::new();
    let (mut described, mut in_text, mut inside) = (false, false, String::new());
    for line in sdl.lines().map(str::trim) {
        if line.starts_with("\"\"\"") {
            let one_line = line.len() > 3 && line.ends_with("\"\"\"");
            in_text = !(in_text || one_line);
            described = true;
            continue;
        }
        if in_text
            || line.is_empty()
            || line.starts_with(['}', ')'])
            || line.starts_with("schema {")
            || line.starts_with("directive")
        {
            continue;
        }
        if line.starts_with("query:") || line.starts_with("mutation:") {
            continue;
        }
        if line.ends_with('{') {
            inside = line.to_owned();
        }
        if !described && !line.starts_with("type Query") && !line.starts_with("type Mutation") {
            undescribed.push(format!("{inside} {line}"));
        }
        described = false;
    }
    assert_eq!(undescribed, Vec::<String>::new());
}
