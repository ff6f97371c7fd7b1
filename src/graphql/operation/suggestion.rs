//! Suggestions: the names that could be meant by an unknown one, at the end of a message.

use apollo_compiler::{Name, schema::InputObjectType};

/// The similarity of two names, from 0 to 1, from which one is suggested for the other.
const MIN_SIMILARITY: f64 = 0.8;

/// The end of a message that suggests a name like the given one, or else lists the names if they are few.
pub fn suggestion(given: &str, names: &[&str]) -> String {
    let given = given.to_lowercase();
    let ranked = names.iter().map(|name| (strsim::jaro_winkler(&given, &name.to_lowercase()), name));
    let best = ranked.filter(|(similarity, _)| *similarity >= MIN_SIMILARITY).max_by(|(a, _), (b, _)| a.total_cmp(b));
    match best {
        Some((_, name)) => format!("; did you mean \"{name}\"?"),
        None if !names.is_empty() && names.len() <= MAX_LISTED_NAMES => format!("; choose from {}", names.join(", ")),
        None => String::new(),
    }
}

/// The same for a field of an input object. The conditions of a filter are listed with what they are about, which says why
/// there are no others.
pub fn field_suggestion(given: &str, object: &InputObjectType) -> String {
    let names: Vec<_> = object.fields.keys().map(Name::as_str).collect();
    let suggestion = suggestion(given, &names);
    let about = object.description.as_deref().map(|text| text.trim().split(". ").next().unwrap_or_default());
    match about.filter(|_| suggestion.starts_with(SUGGESTIONS[1]) && object.name.ends_with("Filter")) {
        Some(about) => format!("{suggestion}. {}", about.replace('\n', " ").trim_end_matches('.')),
        None => suggestion,
    }
}

/// The beginnings of suggestions.
pub const SUGGESTIONS: [&str; 2] = ["; did you mean ", "; choose from "];

/// The most names that a message lists.
const MAX_LISTED_NAMES: usize = 16;
