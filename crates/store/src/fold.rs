//! Folding: the form in which text is compared and ordered, the same on every database.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Text without case, accents and surplus white space: `  Müller  GmbH ` is `muller gmbh`.
///
/// Compatibility decomposition (Unicode NFKD), marks dropped, lower case, runs of white space as one space.
pub fn fold(text: &str) -> String {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
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

/// The first letters of folded text.
pub fn prefix(folded: &str, letters: usize) -> &str {
    folded.char_indices().nth(letters).map_or(folded, |(end, _)| &folded[..end])
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
