//! Hostile bodies: what is no proper request, or not the body that its head promises.

use super::attack::Attack;
use crate::world::random::Random;

/// A body that is no proper request.
pub fn malformed(random: &mut Random) -> Attack {
    let size = 1 << (8 + random.below(13));
    let text = match random.below(9) {
        0 => "[".repeat(size),
        1 => format!(
            "{{\"query\":\"{{ viewer {{ subject }} }}\",\"variables\":{}{}}}",
            "{\"a\":".repeat(size / 6),
            "}".repeat(size / 6)
        ),
        2 => format!("{{\"query\":\"{}\"}}", "\\u0041".repeat(size / 6)),
        3 => format!("{{\"query\":\"{{ a }}\",\"variables\":{{{}\"z\":1}}}}", "\"a\":1,".repeat(size / 6)),
        4 => format!("{{\"operationName\":\"{}\",\"query\":\"{{ viewer {{ subject }} }}\"}}", "o".repeat(size)),
        5 => format!("[{}null]", "{\"query\":\"{ viewer { subject } }\"},".repeat(size / 40)),
        6 => format!("{{\"query\":\"{{ viewer {{ subject }} }}\",\"extensions\":{{\"a\":\"{}", "e".repeat(size)),
        7 => format!(
            "{{\"query\":\"{{ viewer {{ subject }} }}\",\"extensions\":{{\"a\":[{}1]}}}}",
            "{\"a\":1},".repeat(size / 8)
        ),
        _ => format!("{{\"query\":\"{}\"}}", "{ a(b: \\\"\\\"\\\"".repeat(size / 16)),
    };
    Attack { name: format!("malformed: {}", text.chars().take(80).collect::<String>()), body: text.into_bytes() }
}

/// The bytes of a request whose head does not tell the truth about its body, or whose body has an encoding.
pub fn mismatched(head: impl Fn(&str) -> String, random: &mut Random) -> (&'static str, Vec<u8>) {
    let body = "{\"query\":\"{ viewer { subject } }\"}";
    let json = |headers: &str, body: &[u8]| {
        [head(&format!("content-type: application/json\r\n{headers}")).as_bytes(), body].concat()
    };
    let length = |length: usize| format!("content-length: {length}\r\n");
    let longer = body.len() + 1 + random.below(4_000_000);
    match random.below(10) {
        0 => ("a body shorter than its length", json(&length(longer), body.as_bytes())),
        1 => ("a body longer than its length", json(&length(body.len() / 2), body.repeat(3).as_bytes())),
        2 => ("two lengths", json(&(length(body.len()) + &length(longer)), body.as_bytes())),
        3 => ("no number as length", json("content-length: -1\r\n", body.as_bytes())),
        4 => ("a length beyond all memory", json("content-length: 18446744073709551615\r\n", body.as_bytes())),
        5 => {
            let both = length(body.len()) + "transfer-encoding: chunked\r\n";
            ("a length and chunks", json(&both, b"5\r\n{\"que\r\n0\r\n\r\n"))
        }
        6 => {
            let chunks = "1\r\n \r\n".repeat(1 + random.below(20_000));
            ("chunks of a byte each", json("transfer-encoding: chunked\r\n", chunks.as_bytes()))
        }
        7 => ("a chunk beyond all memory", json("transfer-encoding: chunked\r\n", b"fffffffffffffff\r\n{")),
        8 => {
            let bomb = gzip_of_spaces(64 << 20);
            let headers = format!("{}content-encoding: gzip\r\n", length(bomb.len()));
            ("64 MB of spaces, compressed", json(&headers, &bomb))
        }
        _ => {
            let utf16: Vec<u8> = body.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let headers = format!("content-type: application/json; charset=utf-16le\r\n{}", length(utf16.len()));
            ("UTF-16", [head(&headers).as_bytes(), &utf16].concat())
        }
    }
}

/// So many spaces, compressed.
fn gzip_of_spaces(count: usize) -> Vec<u8> {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let spaces = vec![b' '; 1 << 20];
    (0..count >> 20).for_each(|_| gzip.write_all(&spaces).unwrap());
    gzip.finish().unwrap()
}
