//! Telephone numbers: what people write as one, and the digits under which it is found.

use phonenumber::{Mode, PhoneNumber, country};
use unicode_normalization::UnicodeNormalization;

use super::fold::is_invisible;

/// Words that may stand in a telephone number, the longer ones first.
const WORDS: [&str; 4] = ["extension", "ext", "tel", "x"];

/// The characters between the digits of a telephone number.
const SEPARATORS: &str = " +-().,/*#;:=";

/// A telephone number as a phone or a spreadsheet writes it, in ASCII: compatibility forms are composed (Unicode NFKC), and
/// direction marks and zero-width characters are left out. Nothing if the text has a letter or another character that no
/// telephone number has, or no digit.
fn ascii_number(text: &str) -> Option<String> {
    let text: String = text.nfkc().filter(|c| !is_invisible(*c)).flat_map(char::to_lowercase).collect();
    let mut rest = text.as_str();
    let mut ascii = String::with_capacity(rest.len());
    while let Some(next) = rest.chars().next() {
        if let Some(word) = WORDS.iter().find(|word| rest.starts_with(**word)) {
            ascii.push_str(word);
            rest = &rest[word.len()..];
            continue;
        }
        match next {
            '0'..='9' => ascii.push(next),
            '\u{2010}'..='\u{2014}' | '\u{2212}' => ascii.push('-'),
            next if next.is_whitespace() => ascii.push(' '),
            next if SEPARATORS.contains(next) => ascii.push(next),
            _ => return None,
        }
        rest = &rest[next.len_utf8()..];
    }
    ascii.bytes().any(|byte| byte.is_ascii_digit()).then_some(ascii)
}

/// How many digits a text has, if it has only characters of a telephone number.
pub fn digit_count(text: &str) -> Option<usize> {
    ascii_number(text).map(|text| text.bytes().filter(u8::is_ascii_digit).count())
}

/// The number of a text in a country (ISO 3166-1 alpha-2), where it has no country code. Nothing if it cannot be parsed; a
/// number that nobody has can be.
fn parse(ascii: &str, country: &str) -> Option<PhoneNumber> {
    phonenumber::parse(country.parse::<country::Id>().ok(), ascii).ok()
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A telephone number in the form in which two are equal: the digits of E.164 with a plus, or its digits as written if it
/// cannot be parsed. Nothing if the text is no telephone number.
pub fn canonical(text: &str, country: &str) -> Option<String> {
    let ascii = ascii_number(text)?;
    Some(match parse(&ascii, country) {
        Some(number) => number.format().mode(Mode::E164).to_string(),
        None => digits(&ascii),
    })
}

/// The digits whose beginnings find a telephone number: as written, in international form, in national form, and in national
/// form without the prefix of trunk calls.
pub fn searchable_digits(text: &str, country: &str) -> Vec<String> {
    let Some(ascii) = ascii_number(text) else { return Vec::new() };
    let mut forms = vec![digits(&ascii)];
    if let Some(number) = parse(&ascii, country) {
        let national = number.format().mode(Mode::National).to_string();
        forms.extend([
            digits(&number.format().mode(Mode::E164).to_string()),
            digits(&national),
            number.national().to_string(),
        ]);
    }
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// The digits with which a telephone number is looked for by its beginning. Nothing if the text is no telephone number.
pub fn query_digits(text: &str, country: &str) -> Option<String> {
    let digits = digits(&ascii_number(text)?);
    // The prefixes with which an international call begins: 011 in North America, 00 in most other countries.
    let prefix = if ["US", "CA"].contains(&country) { "011" } else { "00" };
    Some(digits.strip_prefix(prefix).filter(|rest| !rest.is_empty()).map_or(digits.clone(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        for text in [
            "(555) 123-4567",
            "+1 555 123 4567",
            "1-555-123-4567",
            "555.123.4567",
            "tel:+1-555-123-4567",
            "５５５ 123 4567",
            "555\u{a0}123\u{2013}4567",
            "\u{202a}555 123 4567\u{202c}",
            "(555) 123-4567 ext. 12",
            "+1(555)123-4567;ext=12",
        ] {
            assert_eq!(canonical(text, "US").as_deref(), Some("+15551234567"), "{text}");
            let found = searchable_digits(text, "US");
            for query in ["(555) 123-4567", "+1 555 123", "1-555", "555 12", "0"] {
                let query_digits = query_digits(query, "US").unwrap();
                let finds = found.iter().any(|digits| digits.starts_with(&query_digits));
                assert_eq!(finds, query != "0", "{query} finds {text}: {found:?}");
            }
        }
        for text in ["030 123456", "+49 (0)30 123456", "0049 30 123456"] {
            assert_eq!(canonical(text, "DE").as_deref(), Some("+4930123456"), "{text}");
            for query in ["030 12", "+49 30 12", "0049 30", "30 123456"] {
                let query = query_digits(query, "DE").unwrap();
                assert!(
                    searchable_digits(text, "DE").iter().any(|digits| digits.starts_with(&query)),
                    "{query} finds {text}"
                );
            }
        }
        assert_eq!(canonical("12", "US").as_deref(), Some("12"), "digits that are no number stay");
        assert_eq!(canonical("5551234567", "nowhere").as_deref(), Some("5551234567"));
    }

    #[test]
    fn a_text_with_letters_is_no_number() {
        for text in ["zzz214", "office21@nobody", "3M", "", "ext", "+", "\u{feff}", "1-800-FLOWERS"] {
            assert_eq!(canonical(text, "US"), None, "{text}");
            assert_eq!(query_digits(text, "US"), None, "{text}");
            assert!(searchable_digits(text, "US").is_empty(), "{text}");
        }
    }
}
