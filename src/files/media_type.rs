//! The media types of files: which are accepted, and whether the first bytes are of that type.

/// The media types that are accepted where the configuration names none.
pub const DEFAULT_MEDIA_TYPES: [&str; 9] = [
    "application/pdf",
    "image/gif",
    "image/heic",
    "image/jpeg",
    "image/png",
    "image/tiff",
    "image/webp",
    "text/csv",
    "text/plain",
];

/// How many of the first bytes tell the type.
pub const HEAD_BYTES: usize = 512;

/// Why the first bytes of a file are not of a media type, in words.
pub fn mismatch(media_type: &str, head: &[u8]) -> Option<String> {
    let found = infer::get(head).map(|found| found.mime_type());
    let is_same = |found: &str| found == media_type || (found, media_type) == ("image/heif", "image/heic");
    match found {
        Some(found) if is_same(found) => None,
        Some(found) => Some(format!("The file is said to be {media_type}, and begins as {found} does.")),
        // A text has no signature, and no NUL.
        None if media_type.starts_with("text/") && !head.contains(&0) => None,
        None => Some(format!("The file is said to be {media_type}, and does not begin as such a file does.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_are_of_the_media_type() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        let html = b"<!DOCTYPE html><script>alert(1)</script>";
        assert_eq!(mismatch("image/png", png), None);
        assert_eq!(mismatch("text/csv", b"a,b\n1,2\n"), None);
        for (media_type, head) in
            [("image/jpeg", png.as_slice()), ("text/plain", png), ("image/png", b"hello"), ("application/pdf", html)]
        {
            assert!(mismatch(media_type, head).is_some(), "{media_type}");
        }
    }
}
