//! Excerpts: a bounded part of a text for a message or the log, where the text or its length may be a client's choice.

use std::borrow::Cow;

/// The most characters of a text that a client chose, such as the name of its operation.
pub const MAX_CLIENT_CHARS: usize = 100;

/// The most characters of the message of an internal error, which may quote what a client sent.
pub const MAX_MESSAGE_CHARS: usize = 2_000;

/// The beginning of a text, and a mark if there is more.
pub fn excerpt(text: &str, max_chars: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max_chars) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// The most names that a message lists.
const MAX_LISTED_NAMES: usize = 20;

/// Names, separated by commas; of many the first ones, and how many more there are.
pub fn list_names(names: &[&str]) -> String {
    match names.split_at_checked(MAX_LISTED_NAMES) {
        Some((first, rest)) if !rest.is_empty() => format!("{} and {} more", first.join(", "), rest.len()),
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_the_beginning_in_whole_characters() {
        assert_eq!(excerpt("short", 5), "short");
        assert_eq!(excerpt("longer", 5), "longe…");
        assert_eq!(excerpt(&"é".repeat(1_000_000), 2), "éé…");
        assert_eq!(excerpt("", 0), "");
    }

    #[test]
    fn of_many_names_the_first_are_listed() {
        assert_eq!(list_names(&[]), "");
        assert_eq!(list_names(&["a", "b"]), "a, b");
        assert_eq!(list_names(&["a"; 20]), ["a"; 20].join(", "));
        assert_eq!(list_names(&["a"; 23]), format!("{} and 3 more", ["a"; 20].join(", ")));
    }
}
