//! Padding: sealed texts and search tokens come in few numbers, so that lengths and counts tell little.
//!
//! A text is followed by the byte 0x80 and by zeros (ISO/IEC 7816-4) up to a padded length: every short text has the same
//! one, a longer one the next multiple of a step, and a long one the next length of Padmé, which adds at most 12 percent
//! (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", PoPETs 2019,
//! <https://doi.org/10.2478/popets-2019-0056>).

/// The length up to which all texts have the same padded one: that of the longest value of a type with a small domain, which
/// is the key of an option, in an image of the change log.
const MIN_BYTES: usize = 96;
/// The step of longer texts, until those of Padmé are larger.
const STEP_BYTES: usize = 32;
/// The step of the number of search tokens, until those of Padmé are larger.
const STEP_TOKENS: usize = 8;
/// The first byte of the padding.
const MARK: u8 = 0x80;

/// A text with its padding.
pub fn pad(text: &str) -> Vec<u8> {
    let length = (text.len() + 1).max(MIN_BYTES);
    let mut padded = Vec::with_capacity(round_up(length, STEP_BYTES));
    padded.extend_from_slice(text.as_bytes());
    padded.push(MARK);
    padded.resize(round_up(length, STEP_BYTES), 0);
    padded
}

/// The text of padded bytes; nothing, if they have no padding.
pub fn unpad(mut padded: Vec<u8>) -> Option<String> {
    let mark = padded.iter().rposition(|byte| *byte != 0).filter(|last| padded[*last] == MARK)?;
    padded.truncate(mark);
    String::from_utf8(padded).ok()
}

/// How many search tokens a text with so many of its own gets.
pub fn padded_tokens(count: usize) -> usize {
    round_up(count.max(1), STEP_TOKENS)
}

/// The next multiple of a step, or of the step of Padmé at this number if that is larger.
fn round_up(number: usize, step: usize) -> usize {
    let exponent = number.ilog2();
    let significant_bits = exponent.checked_ilog2().map_or(0, |log| log + 1);
    number.next_multiple_of(step.max(1 << exponent.saturating_sub(significant_bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_from_its_padding() {
        for text in ["", "a", "\0", "a\0\0", "ends with \u{80}", "é"] {
            assert_eq!(unpad(pad(text)).as_deref(), Some(text));
        }
        for length in 0..5_000 {
            assert_eq!(unpad(pad(&"x".repeat(length))).map(|text| text.len()), Some(length));
        }
        for bytes in [b"".as_slice(), b"\0\0", b"text", b"text\0"] {
            assert_eq!(unpad(bytes.to_vec()), None, "{bytes:?}");
        }
    }

    #[test]
    fn lengths_and_counts_are_padded_in_steps() {
        let length = |length: usize| pad(&"x".repeat(length)).len();
        assert_eq!([0, 1, 95, 96, 127, 128, 200].map(length), [96, 96, 96, 128, 128, 160, 224]);
        assert_eq!([1_000, 1_100, 65_000].map(length), [1_024, 1_152, 65_536]);
        assert_eq!([0, 1, 8, 9, 16, 17, 300, 1_100].map(padded_tokens), [8, 8, 8, 16, 16, 24, 304, 1_152]);
        // The longest key of an option has 63 characters.
        let image = |key: &str| serde_json::json!({ "displaced": key }).to_string();
        assert_eq!(pad(&image("a")).len(), pad(&image(&"c".repeat(63))).len());
        for bytes in 2_000..200_000 {
            assert!(round_up(bytes, STEP_BYTES) * 100 <= bytes * 112, "{bytes}");
        }
    }
}
