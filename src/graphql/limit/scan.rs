//! The scan of a document's text: how many tokens it has and how deep its brackets nest, before a parser sees it.

use super::{LimitExceeded, Limits};

/// Reads a text once, from its beginning up to the first limit it exceeds. Brackets in strings and comments do not count.
pub fn scan(document: &str, limits: &Limits) -> Result<(), LimitExceeded> {
    let (mut depth, mut tokens) = (0_usize, 0_usize);
    let mut text = document.as_bytes();
    while let Some((&byte, rest)) = text.split_first() {
        text = rest;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => continue,
            b'#' => {
                text = after(text, |byte| matches!(byte, b'\n' | b'\r'));
                continue;
            }
            b'{' | b'[' | b'(' => {
                depth += 1;
                if depth > limits.brackets {
                    let deepest = depth + deeper(text);
                    return Err(LimitExceeded::new("brackets", limits.brackets, deepest));
                }
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'"' if text.starts_with(b"\"\"") => text = block_string(&text[2..]),
            b'"' => text = string(text),
            b'.' => text = after(text, |byte| byte != b'.'),
            // A name or a number; what begins no token at all is the parser's to refuse.
            _ if is_word(byte) => text = after(text, |byte| !is_word(byte)),
            _ => {}
        }
        tokens += 1;
        if tokens > limits.tokens {
            return Err(LimitExceeded::new("tokens", limits.tokens, tokens));
        }
    }
    Ok(())
}

/// How many more brackets open at once, so that the refusal can say how deep it goes at least.
fn deeper(text: &[u8]) -> usize {
    text.iter().take_while(|byte| matches!(byte, b'{' | b'[' | b'(')).count()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn after(text: &[u8], end: impl Fn(u8) -> bool) -> &[u8] {
    let length = text.iter().position(|byte| end(*byte)).unwrap_or(text.len());
    &text[length..]
}

fn string(mut text: &[u8]) -> &[u8] {
    loop {
        match text {
            [] => return text,
            [b'"' | b'\n' | b'\r', rest @ ..] => return rest,
            [b'\\', _, rest @ ..] | [_, rest @ ..] => text = rest,
        }
    }
}

fn block_string(mut text: &[u8]) -> &[u8] {
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

    fn refused(document: &str) -> Option<(&'static str, usize)> {
        scan(document, &Limits::default()).err().map(|exceeded| (exceeded.limit, exceeded.actual))
    }

    #[test]
    fn brackets_count_outside_strings_and_comments_only() {
        let most = Limits::default().brackets;
        let deep = "[".repeat(most + 1);
        assert_eq!(refused(&format!("{{a(x:{deep}")), Some(("brackets", most + 3)));
        assert_eq!(refused(&format!("{{a(x:\"{deep}\\\"{deep}\")}} # {deep}")), None);
        assert_eq!(refused(&format!("{{a(x:\"\"\"{deep}\\\"\"\"{deep}\"\"\")}}")), None);
        assert_eq!(refused(&format!("{{a(x:\"\"){deep}}}")), Some(("brackets", most + 2)));
        assert_eq!(refused(&"{a}".repeat(1000)), None);
    }

    #[test]
    fn a_token_is_a_name_a_number_a_string_or_a_mark() {
        let limits = |tokens| Limits { tokens, ..Limits::default() };
        let document = "query Q($a: Int = 12) { ...F, b(x: \"a b { c\") } # c d e\n";
        let count = (0..99).find(|most| scan(document, &limits(*most)).is_ok());
        // query Q ( $ a : Int = 12 ) { ... F b ( x : "a b { c" ) }
        assert_eq!(count, Some(20));
    }
}
