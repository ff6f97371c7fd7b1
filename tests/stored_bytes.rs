//! Stored bytes: everything that a database stores, and the texts in it.

use std::{collections::BTreeSet, path::PathBuf, process::Command};

use crate::world::World;

/// The texts that bytes contain: as UTF-8, as UTF-16 or as hexadecimal digits, in upper or lower case.
pub fn texts_in<'a>(bytes: &[u8], texts: impl Iterator<Item = &'a String>) -> BTreeSet<&'a str> {
    let plain = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    // Latin text in UTF-16, in either byte order, is the same text with zeros between its letters.
    let wide: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    let wide = String::from_utf8_lossy(&wide).to_ascii_lowercase();
    let hex = |bytes: Vec<u8>| bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let contains = |text: &str| {
        let little = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let folded = text.to_ascii_lowercase();
        let digits = [text.as_bytes().to_vec(), folded.as_bytes().to_vec(), little, big].map(hex);
        plain.contains(&folded) || wide.contains(&folded) || digits.iter().any(|digits| plain.contains(digits))
    };
    texts.map(String::as_str).filter(|text| contains(text)).collect()
}

/// Everything that the database stores: the files of SQLite, a dump of PostgreSQL.
pub fn stored_bytes(world: &World) -> Vec<u8> {
    let Some(folder) = &world.database.folder else {
        let dump = Command::new(pg_dump()).args(["--dbname", &world.database.url]).output().unwrap();
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        return dump.stdout;
    };
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(!files.is_empty());
    files.into_iter().flat_map(|file| std::fs::read(file).unwrap()).collect()
}

/// The program that dumps a PostgreSQL database.
#[expect(clippy::disallowed_methods, reason = "the environment of the tests may name the program")]
pub fn pg_dump() -> PathBuf {
    if let Ok(path) = std::env::var("FG_TEST_PG_DUMP") {
        return path.into();
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    // The newest installed version reads every older server.
    let mut installed: Vec<_> = installed.map(|version| version.path().join("bin")).collect();
    installed.sort_by_key(|path| std::cmp::Reverse(path.to_string_lossy().len() * 1000 + version(path)));
    let programs = installed.into_iter().chain(path.split(':').map(PathBuf::from)).map(|folder| folder.join("pg_dump"));
    programs.into_iter().find(|program| program.exists()).expect("set FG_TEST_PG_DUMP to the path of pg_dump")
}

fn version(path: &std::path::Path) -> usize {
    path.to_string_lossy().split('/').find_map(|part| part.parse().ok()).unwrap_or_default()
}
