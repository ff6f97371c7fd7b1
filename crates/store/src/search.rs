//! The blind index: personal text is found by keyed hashes of its word prefixes, never by itself.
//!
//! The index has a token for each prefix of 2 to 16 letters of a word, for each shorter word, and one for the whole
//! normalised value, for `eq`. E-mail addresses are one word, telephone numbers one for each way to dial them. More tokens
//! pad their number, because it would tell the length of the text. A value of a small domain has one token for itself only.
//! Texts that are never personal, such as cities, have tokens of prefixes only.
//! `docs/security.md` describes what this reveals.

use std::collections::BTreeSet;

use error::{Error, Result};

use super::{
    filter::Filter,
    fold::{fold, prefix, words},
    padding::padded_tokens,
    phone,
    table::Normalization,
    tenant::Tenant,
};

/// The shortest indexed prefix of a longer word.
pub const MIN_PREFIX_CHARS: usize = 2;
/// The longest indexed prefix; the letters of a word beyond it are not compared.
pub const MAX_PREFIX_CHARS: usize = 16;
/// The most words of one predicate: each is a lookup in the index.
pub const MAX_SEARCH_WORDS: usize = 8;

/// The words by whose beginnings a text is found.
pub fn searchable_words(normalization: Normalization, text: &str, country: &str) -> Vec<String> {
    match normalization {
        Normalization::Words | Normalization::ClearWords => words(text).collect(),
        Normalization::Email => Some(fold(text)).filter(|word| !word.is_empty()).into_iter().collect(),
        Normalization::Phone => phone::searchable_digits(text, country),
        Normalization::Whole => fold(text).split_whitespace().map(str::to_owned).collect(),
    }
}

/// The words that a query looks for. None finds nothing.
pub fn query_words(normalization: Normalization, text: &str, country: &str) -> Vec<String> {
    match normalization {
        Normalization::Phone => phone::query_digits(text, country).into_iter().collect(),
        _ => searchable_words(normalization, text, country),
    }
}

/// The form in which two values are equal; none if the value has no words.
pub fn equality_form(normalization: Normalization, text: &str, country: &str) -> Option<String> {
    let form = match normalization {
        Normalization::Phone => phone::canonical(text, country)?,
        _ => searchable_words(normalization, text, country).join(" "),
    };
    // It differs from every prefix, because no prefix begins with `=`.
    (!form.is_empty()).then(|| format!("={form}"))
}

/// Whether a word is too short for the index of prefixes: it is found by itself only.
pub fn is_short(word: &str) -> bool {
    word.chars().nth(MIN_PREFIX_CHARS - 1).is_none()
}

/// Every token of a text, in an order that tells nothing about it.
pub fn index_tokens(tenant: &Tenant, field: &str, normalization: Normalization, text: &str) -> Result<Vec<Vec<u8>>> {
    let texts = indexed_texts(normalization, text, &tenant.row.country);
    let mut tokens = tenant.keys.tokens(field, texts.iter().map(String::as_str))?;
    tokens.sort_unstable();
    Ok(tokens)
}

/// The texts under which a text is found, and those that only pad their number.
fn indexed_texts(normalization: Normalization, text: &str, country: &str) -> BTreeSet<String> {
    let whole = equality_form(normalization, text, country);
    let words = searchable_words(normalization, text, country);
    if normalization == Normalization::Whole {
        return words.iter().map(|word| format!("={word}")).collect();
    }
    let is_clear = normalization == Normalization::ClearWords;
    let mut texts: BTreeSet<_> = whole.iter().filter(|_| !is_clear).cloned().collect();
    for word in words {
        let chars = word.chars().count();
        let lengths = MIN_PREFIX_CHARS.min(chars)..=chars.min(MAX_PREFIX_CHARS);
        texts.extend(lengths.map(|length| prefix(&word, length).to_owned()));
    }
    if is_clear {
        return texts;
    }
    // Equal texts have equal padding, so that it is as frequent as a prefix that only this text has. No text that is looked
    // for begins with a space.
    let padding_of = whole.unwrap_or_else(|| fold(text));
    let padding = padded_tokens(texts.len()) - texts.len();
    texts.extend((0..padding).map(|number| format!(" {number} {padding_of}")));
    texts
}

/// The rows with a value that equals a text.
pub fn equal(tenant: &Tenant, field: &str, normalization: Normalization, text: &str) -> Result<Filter> {
    match equality_form(normalization, text, &tenant.row.country) {
        Some(form) => Ok(Filter::Token(tenant.keys.token(field, &form)?)),
        None => Ok(Filter::Any(Vec::new())),
    }
}

/// The rows with a value that has, for each word of a text, a word that begins with it. A word that is too short for the
/// index is passed over beside a longer one; without a longer one it finds the same word. A text without words finds
/// nothing.
pub fn begins_with(tenant: &Tenant, field: &str, normalization: Normalization, text: &str) -> Result<Filter> {
    Ok(each_token(beginnings(tenant, field, normalization, text)?, Filter::Token))
}

/// The same rows, if their text stands unencrypted in a column: for a caller who may not read personal data.
pub fn begins_with_in_clear(
    tenant: &Tenant,
    field: &str,
    normalization: Normalization,
    text: &str,
    column: &'static str,
) -> Result<Filter> {
    let tokens = beginnings(tenant, field, normalization, text)?;
    Ok(each_token(tokens, |token| Filter::ClearToken(token, column)))
}

/// The rows with all tokens; none without a token.
fn each_token(tokens: Vec<Vec<u8>>, filter: impl Fn(Vec<u8>) -> Filter) -> Filter {
    if tokens.is_empty() { Filter::Any(Vec::new()) } else { Filter::All(tokens.into_iter().map(filter).collect()) }
}

/// The tokens of the beginnings that a text looks for.
fn beginnings(tenant: &Tenant, field: &str, normalization: Normalization, text: &str) -> Result<Vec<Vec<u8>>> {
    let mut words = query_words(normalization, text, &tenant.row.country);
    if words.iter().any(|word| !is_short(word)) {
        words.retain(|word| !is_short(word));
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
    tenant.keys.tokens(field, words.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_tokens_tells_lengths_in_steps() {
        let count = |normalization, text| indexed_texts(normalization, text, "US").len();
        for name in ["Al", "Bob", "Jo Li", "Miller", "?"] {
            assert_eq!(count(Normalization::Words, name), 8, "{name}");
        }
        assert_eq!(count(Normalization::Words, "Maximiliane Oberhauser"), 24);
        assert_eq!(count(Normalization::Email, "al@example.com"), 16);
        assert_eq!(count(Normalization::Email, "maximiliane.oberhauser@example.com"), 16);
        for phone in ["(555) 123-4567", "+1 555 987 6543"] {
            assert_eq!(count(Normalization::Phone, phone), 24, "{phone}");
        }
    }

    #[test]
    fn a_text_that_is_never_personal_has_tokens_of_prefixes_only() {
        let texts = indexed_texts(Normalization::ClearWords, "St. Louis", "US");
        assert_eq!(texts, BTreeSet::from(["st", "lo", "lou", "loui", "louis"].map(str::to_owned)));
        assert_eq!(indexed_texts(Normalization::ClearWords, "[]", "US"), BTreeSet::new());
    }

    #[test]
    fn a_value_of_a_small_domain_has_one_token() {
        for value in ["true", "false", "2026-01-20", "-12.5", "gold_plus"] {
            assert_eq!(indexed_texts(Normalization::Whole, value, "US"), BTreeSet::from([format!("={value}")]));
        }
        let both = indexed_texts(Normalization::Whole, "gold Tin", "US");
        assert_eq!(both, BTreeSet::from(["=gold", "=tin"].map(str::to_owned)));
    }
}
