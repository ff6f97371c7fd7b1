//! Ranges of bytes: what a download is asked for by the header `Range` (RFC 9110, section 14).

use std::ops::Range;

/// What a download answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requested {
    /// All bytes: there is no range, several, or one that is not understood.
    All,
    /// These bytes.
    Part(Range<u64>),
    /// A range without a byte of the file.
    NotSatisfiable,
}

/// The part of a file with a number of bytes that a header asks for.
pub fn parse(header: Option<&str>, size: u64) -> Requested {
    let Some(range) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else { return Requested::All };
    let Some((first, last)) = range.split_once('-').map(|(first, last)| (first.trim(), last.trim())) else {
        return Requested::All;
    };
    let number = |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|digit| digit.is_ascii_digit()));
    let range = match (first, last) {
        ("", last) => match number(last) {
            Some(suffix) => size.saturating_sub(suffix)..size,
            None => return Requested::All,
        },
        (first, "") => match number(first) {
            Some(first) => first..size,
            None => return Requested::All,
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => first..size.min(last.saturating_add(1)),
            _ => return Requested::All,
        },
    };
    if range.start < range.end { Requested::Part(range) } else { Requested::NotSatisfiable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_the_file_and_others_are_ignored() {
        for (header, requested) in [
            ("bytes=100-199", Requested::Part(100..200)),
            ("bytes=0-0", Requested::Part(0..1)),
            ("bytes=900-", Requested::Part(900..1_000)),
            ("bytes=-1", Requested::Part(999..1_000)),
            ("bytes=-5000", Requested::Part(0..1_000)),
            ("bytes=999-18446744073709551615", Requested::Part(999..1_000)),
            ("bytes=1000-", Requested::NotSatisfiable),
            ("bytes=-0", Requested::NotSatisfiable),
            ("bytes=1000-2000", Requested::NotSatisfiable),
            ("bytes=5-2", Requested::All),
            ("bytes=0-1,3-4", Requested::All),
            ("bytes=+1-2", Requested::All),
            ("bytes=-", Requested::All),
            ("items=0-1", Requested::All),
        ] {
            assert_eq!(parse(Some(header), 1_000), requested, "{header}");
        }
        assert_eq!(parse(None, 1_000), Requested::All);
    }
}
