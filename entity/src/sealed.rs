//! The column type of ciphertext.

use sea_orm::DeriveValueType;

/// A value that the database stores sealed: format, key id, nonce and ciphertext, written and read by the vault.
///
/// A mutation passes plain text ([`Sealed::plain`]) to its `Tx`, which seals it before it writes the row. Every sealed column
/// has a CHECK that refuses the mark of plain text, so that a forgotten seal is a failed write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, DeriveValueType)]
pub struct Sealed(pub Vec<u8>);

/// The first byte of a value that is not sealed yet. The database refuses it.
pub const PLAIN: u8 = 0;

impl Sealed {
    /// Plain text, which a `Tx` will seal.
    pub fn plain(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.push(PLAIN);
        bytes.extend_from_slice(text.as_bytes());
        Self(bytes)
    }

    /// The text of a value that is not sealed yet.
    pub fn as_plain(&self) -> Option<&str> {
        match self.0.split_first() {
            Some((&PLAIN, text)) => std::str::from_utf8(text).ok(),
            _ => None,
        }
    }
}
