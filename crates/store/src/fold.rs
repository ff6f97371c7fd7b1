//! Folding: the form in which text is compared and ordered, the same on every database.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Text without case, accents and surplus white space: `  Müller  GmbH ` becomes `muller gmbh`.
///
/// Compatibility decomposition (Unicode NFKD), without marks, in lower case, with runs of white space as one space, and with
/// the letters that have no decomposition as people write them without their strokes: ł as l, ß as ss.
pub fn fold(text: &str) -> String {
    let lower_case: String = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    let lower_case = if lower_case.is_ascii() { lower_case } else { without_strokes(&lower_case) };
    lower_case.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text in lower case with the letters that Unicode does not decompose in letters of ASCII, and the final sigma as any
/// other.
fn without_strokes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'ł' => plain.push('l'),
            'ø' => plain.push('o'),
            'đ' | 'ð' => plain.push('d'),
            'ħ' => plain.push('h'),
            'ı' => plain.push('i'),
            'ŧ' => plain.push('t'),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'ß' => plain.push_str("ss"),
            'þ' => plain.push_str("th"),
            'ς' => plain.push('σ'),
            letter => plain.push(letter),
        }
    }
    plain
}

/// Whether a character is one that nobody sees: a soft hyphen, a zero-width character or a direction mark.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
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
        assert_eq!(
            fold("Łódź Øst Straße STRASSE Œuvre Æsir ΟΔΟΣ οδος"),
            "lodz ost strasse strasse oeuvre aesir οδοσ οδοσ"
        );
        assert_eq!(words("O'Brien-Smith, 2nd").collect::<Vec<_>>(), ["o", "brien", "smith", "2nd"]);
        assert_eq!(prefix("äbcd", 2), "äb");
    }
}
