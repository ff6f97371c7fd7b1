//! Limits that stand before the parser: what it must never see.

/// How deep brackets may nest. The parser recurses per bracket, and a few thousand of them end the process.
pub const BRACKETS: usize = 64;

/// The depth at which a document's brackets exceed the limit; nothing, if they do not. Brackets in strings and comments
/// do not count.
pub fn too_deep(document: &str) -> Option<usize> {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut text = document.as_bytes();
    while let Some((&byte, rest)) = text.split_first() {
        text = rest;
        match byte {
            b'{' | b'[' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'#' => text = after(text, |rest| rest.first().is_none_or(|byte| matches!(byte, b'\n' | b'\r'))),
            b'"' if text.starts_with(b"\"\"") => {
                text = block_string(&text[2..]);
            }
            b'"' => text = string(text),
            _ => {}
        }
    }
    (deepest > BRACKETS).then_some(deepest)
}

fn after(mut text: &[u8], end: impl Fn(&[u8]) -> bool) -> &[u8] {
    while !end(text) {
        text = &text[1..];
    }
    text
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

    #[test]
    fn brackets_count_outside_strings_and_comments_only() {
        let deep = "[".repeat(BRACKETS + 1);
        assert_eq!(too_deep(&format!("{{a(x:{deep}")), Some(BRACKETS + 3));
        assert_eq!(too_deep(&format!("{{a(x:\"{deep}\\\"{deep}\")}} # {deep}")), None);
        assert_eq!(too_deep(&format!("{{a(x:\"\"\"{deep}\\\"\"\"{deep}\"\"\")}}")), None);
        assert_eq!(too_deep(&format!("{{a(x:\"\"){deep}}}")), Some(BRACKETS + 2));
        assert_eq!(too_deep(&"{a}".repeat(1000)), None);
    }
}
