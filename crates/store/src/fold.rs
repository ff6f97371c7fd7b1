//! Folding: the form in which text is compared and ordered, the same on every database.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Text without case, accents and surplus white space: `  Müller  GmbH ` becomes `muller gmbh`.
///
/// Compatibility decomposition (Unicode NFKD), without marks, in lower case, with runs of white space as one space.
pub fn fold(text: &str) -> String {
    let lower_case: String = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    lower_case.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of a text, folded, without punctuation.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .into_iter()
}

/// The first characters of a text.
pub fn prefix(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_white_space_fold_away() {
        assert_eq!(fold("  Müller \t GmbH "), "muller gmbh");
        assert_eq!(fold("ÉCOLE Ⅳ"), "ecole iv");
        assert_eq!(words("O'Brien-Smith, 2nd").collect::<Vec<_>>(), ["o", "brien", "smith", "2nd"]);
        assert_eq!(prefix("äbcd", 2), "äb");
    }
}
