//! The scans of a document's text before parsing: tokens, the nesting depth of brackets, and NUL.

use error::catalogue;

use super::{LimitExceeded, Limits};

/// Reads a text once, up to the first limit that it exceeds. Brackets in strings and comments do not count.
pub fn scan(document: &str, limits: &Limits) -> Result<(), LimitExceeded> {
    let (mut depth, mut tokens) = (0_usize, 0_usize);
    let mut text = document.as_bytes();
    while let Some((&byte, rest)) = text.split_first() {
        text = rest;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => continue,
            b'#' => {
                text = skip_until(text, |byte| matches!(byte, b'\n' | b'\r'));
                continue;
            }
            b'{' | b'[' | b'(' => {
                depth += 1;
                if depth > limits.brackets {
                    let deepest = depth + count_open_brackets(text);
                    return Err(LimitExceeded::new(catalogue::LIMIT_BRACKETS, limits.brackets, deepest));
                }
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'"' if text.starts_with(b"\"\"") => text = skip_block_string(&text[2..]),
            b'"' => text = skip_string(text),
            b'.' => text = skip_until(text, |byte| byte != b'.'),
            // A name or a number. The parser rejects any other character.
            _ if is_word(byte) => text = skip_until(text, |byte| !is_word(byte)),
            _ => {}
        }
        tokens += 1;
        if tokens > limits.tokens {
            return Err(LimitExceeded::new(catalogue::LIMIT_TOKENS, limits.tokens, tokens));
        }
    }
    Ok(())
}

/// The offset of the first NUL of a document: as it is, or as an escape in a string. Block strings and comments have no escapes.
pub fn find_nul(document: &str) -> Option<usize> {
    let literal = document.find('\0');
    let escaped = document.contains("\\u").then(|| find_escaped_nul(document.as_bytes())).flatten();
    literal.into_iter().chain(escaped).min()
}

fn find_escaped_nul(document: &[u8]) -> Option<usize> {
    let mut text = document;
    loop {
        text = match skip_until(text, |byte| matches!(byte, b'"' | b'#')) {
            [] => return None,
            [b'"', b'"', b'"', rest @ ..] => skip_block_string(rest),
            [b'"', rest @ ..] => {
                let after = skip_string(rest);
                if let Some(at) = nul_escape(&rest[..rest.len() - after.len()]) {
                    return Some(document.len() - rest.len() + at);
                }
                after
            }
            [_, rest @ ..] => skip_until(rest, |byte| matches!(byte, b'\n' | b'\r')),
        };
    }
}

/// The offset of the first escape of NUL in a string: `\u0000`, or `\u{0}` with any number of zeros.
fn nul_escape(string: &[u8]) -> Option<usize> {
    let is_zero = |escape: &[u8]| {
        let digits = escape.strip_prefix(b"{").map(|digits| (digits, skip_until(digits, |byte| byte != b'0')));
        escape.starts_with(b"0000") || digits.is_some_and(|(digits, rest)| rest != digits && rest.starts_with(b"}"))
    };
    let mut text = string;
    loop {
        text = skip_until(text, |byte| byte == b'\\');
        match text {
            [_, b'u', escape @ ..] if is_zero(escape) => return Some(string.len() - text.len()),
            [_, _, rest @ ..] => text = rest,
            _ => return None,
        }
    }
}

/// Counts the brackets that open directly at the beginning, so that the error names a closer lower bound of the depth.
fn count_open_brackets(text: &[u8]) -> usize {
    text.iter().take_while(|byte| matches!(byte, b'{' | b'[' | b'(')).count()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn skip_until(text: &[u8], is_end: impl Fn(u8) -> bool) -> &[u8] {
    let length = text.iter().position(|byte| is_end(*byte)).unwrap_or(text.len());
    &text[length..]
}

fn skip_string(mut text: &[u8]) -> &[u8] {
    loop {
        match text {
            [] => return text,
            [b'"' | b'\n' | b'\r', rest @ ..] => return rest,
            [b'\\', _, rest @ ..] | [_, rest @ ..] => text = rest,
        }
    }
}

fn skip_block_string(mut text: &[u8]) -> &[u8] {
    loop {
        match text {
            [] => return text,
            [b'"', b'"', b'"', rest @ ..] => return rest,
            [b'\\', b'"', b'"', b'"', rest @ ..] | [_, rest @ ..] => text = rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exceeded(document: &str) -> Option<(&'static str, usize)> {
        scan(document, &Limits::default()).err().map(|exceeded| (exceeded.error.code, exceeded.actual))
    }

    #[test]
    fn brackets_count_outside_strings_and_comments_only() {
        let limit = Limits::default().brackets;
        let deep = "[".repeat(limit + 1);
        assert_eq!(exceeded(&format!("{{a(x:{deep}")), Some(("LIMIT_BRACKETS", limit + 3)));
        assert_eq!(exceeded(&format!("{{a(x:\"{deep}\\\"{deep}\")}} # {deep}")), None);
        assert_eq!(exceeded(&format!("{{a(x:\"\"\"{deep}\\\"\"\"{deep}\"\"\")}}")), None);
        assert_eq!(exceeded(&format!("{{a(x:\"\"){deep}}}")), Some(("LIMIT_BRACKETS", limit + 2)));
        assert_eq!(exceeded(&"{a}".repeat(1000)), None);
    }

    #[test]
    fn a_token_is_a_name_a_number_a_string_or_a_punctuator() {
        let limits = |tokens| Limits { tokens, ..Limits::default() };
        let document = "query Q($a: Int = 12) { ...F, b(x: \"a b { c\") } # c d e\n";
        let count = (0..99).find(|tokens| scan(document, &limits(*tokens)).is_ok());
        // query Q ( $ a : Int = 12 ) { ... F b ( x : "a b { c" ) }
        assert_eq!(count, Some(20));
    }

    #[test]
    fn a_nul_is_found_in_strings_only_and_by_every_escape() {
        for (document, at) in [
            (r#""\\u0000""#, None),
            (r#""\\\u0000""#, Some(3)),
            (r#""\u{0}""#, Some(1)),
            (r#""\u{000000}" "\u0000""#, Some(1)),
            (r#""\u{}" "\u{01}" "\u0001" "\u000"#, None),
            (r#""""\u0000""""#, None),
            (r#""" "\u0000""#, Some(4)),
            ("# \" \\u0000\n\"\\u0000\"", Some(12)),
            ("# \0", Some(2)),
            (r#""\"#, None),
            (r#""\u"#, None),
        ] {
            assert_eq!(find_nul(document), at, "{document:?}");
        }
    }
}
