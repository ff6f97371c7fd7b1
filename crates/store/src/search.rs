//! The blind index: personal text is found by keyed hashes of its word prefixes, never by itself.
//!
//! The index has a token for each prefix of 2 to 16 letters of a word, and one for the whole normalised value, for `eq`.
//! E-mail addresses and telephone numbers are one word. `docs/security.md` describes what this reveals.

use error::{Error, Result};

use super::{
    fold::{fold, prefix, words},
    table::Normalization,
    vault::TenantKeys,
};

/// The shortest indexed prefix.
pub const MIN_PREFIX_CHARS: usize = 2;
/// The longest indexed prefix; the letters of a word beyond it are not compared.
pub const MAX_PREFIX_CHARS: usize = 16;
/// The most words of one predicate: each is a lookup in the index.
pub const MAX_SEARCH_WORDS: usize = 8;

/// The words of a text, normalised.
pub fn normalize(normalization: Normalization, text: &str) -> Vec<String> {
    let word = match normalization {
        Normalization::Words => return words(text).collect(),
        Normalization::Email => fold(text),
        Normalization::Phone => {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            // A North American number is the same with and without its country code.
            match digits.strip_prefix('1') {
                Some(national) if national.len() == 10 => national.to_owned(),
                _ => digits,
            }
        }
    };
    if word.is_empty() { Vec::new() } else { vec![word] }
}

/// Every token under which a text is found.
pub fn index_tokens(keys: &TenantKeys, field: &str, normalization: Normalization, text: &str) -> Result<Vec<Vec<u8>>> {
    let words = normalize(normalization, text);
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let mut texts = vec![exact_form(&words)];
    for word in &words {
        let chars = word.chars().count();
        let lengths = MIN_PREFIX_CHARS.min(chars)..=chars.min(MAX_PREFIX_CHARS);
        texts.extend(lengths.map(|length| prefix(word, length).to_owned()));
    }
    texts.sort_unstable();
    texts.dedup();
    keys.tokens(field, texts.iter().map(String::as_str))
}

/// The token of a whole value; nothing if the value has no words.
pub fn equality_token(
    keys: &TenantKeys,
    field: &str,
    normalization: Normalization,
    text: &str,
) -> Result<Option<Vec<u8>>> {
    let words = normalize(normalization, text);
    if words.is_empty() { Ok(None) } else { keys.token(field, &exact_form(&words)).map(Some) }
}

/// The tokens of all words of a text: a value matches if, for each of them, one of its words begins with that word.
pub fn prefix_tokens(keys: &TenantKeys, field: &str, normalization: Normalization, text: &str) -> Result<Vec<Vec<u8>>> {
    let words = normalize(normalization, text);
    if words.is_empty() || words.iter().any(|word| word.chars().count() < MIN_PREFIX_CHARS) {
        return Err(Error::BadInput(format!(
            "Personal text is found by words of at least {MIN_PREFIX_CHARS} letters or digits; \"{}\" has a shorter one.",
            prefix(text, 50)
        )));
    }
    let mut words: Vec<_> = words.iter().map(|word| prefix(word, MAX_PREFIX_CHARS)).collect();
    words.sort_unstable();
    words.dedup();
    if words.len() > MAX_SEARCH_WORDS {
        let count = words.len();
        return Err(Error::BadInput(format!(
            "Personal text is found by at most {MAX_SEARCH_WORDS} words; {count} were given."
        )));
    }
    keys.tokens(field, words.into_iter())
}

/// A whole value as one text that differs from every prefix, because no prefix begins with `=`.
fn exact_form(words: &[String]) -> String {
    format!("={}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_number_is_its_digits() {
        for text in ["(555) 123-4567", "+1 555 123 4567", "1-555-123-4567"] {
            assert_eq!(normalize(Normalization::Phone, text), ["5551234567"]);
        }
        assert_eq!(normalize(Normalization::Words, "José O'Neill"), ["jose", "o", "neill"]);
        assert!(normalize(Normalization::Email, "  ").is_empty());
    }
}
