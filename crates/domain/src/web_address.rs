//! Web addresses: what a link may be.

/// Whether a text is an http or https address with a host. Links with other schemes can run code in a browser.
pub fn is_web_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = host.rsplit_once(':').filter(|_| !host.ends_with(']')).unwrap_or((host, ""));
    let is_ip_literal = host.starts_with('[') && host.ends_with(']');
    let is_host_char = |c: char| c.is_alphanumeric() || ".-_".contains(c) || (is_ip_literal && "[]:".contains(c));
    let is_url_char = |c: char| !c.is_whitespace() && !c.is_control() && !"<>\"\\^`{|}".contains(c);
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
        && host.chars().any(char::is_alphanumeric)
        && host.chars().all(is_host_char)
        && port.bytes().all(|digit| digit.is_ascii_digit())
        && rest.chars().all(is_url_char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_with_a_host_are_web_addresses() {
        for address in ["https://example.com", "HTTP://a.b:8080/x?y=z#w", "https://[::1]/", "http://localhost"] {
            assert!(is_web_address(address), "{address}");
        }
        for text in [
            "example.com",
            "ftp://a.b",
            "javascript://x",
            "https://",
            "https:///x",
            "https://a b",
            "http://u:p",
            "http://a:b:1",
            "http://user@a.b",
        ] {
            assert!(!is_web_address(text), "{text}");
        }
    }
}
