//! Ciphertext as a column type.

use sea_orm::DeriveValueType;

/// A value that stands sealed in the database: format, key id, nonce and ciphertext, written and read by the vault.
///
/// Between a verb and its `Tx` it may hold plain text ([`Sealed::plain`]); the `Tx` seals it before the row is written,
/// and every sealed column has a CHECK that refuses the mark of plain text, so that a forgotten seal is a failed write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, DeriveValueType)]
pub struct Sealed(pub Vec<u8>);

/// The first byte of a value that is not sealed yet. The database refuses it.
pub const PLAIN: u8 = 0;

impl Sealed {
    /// Text on its way to a `Tx`, which will seal it.
    pub fn plain(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.push(PLAIN);
        bytes.extend_from_slice(text.as_bytes());
        Self(bytes)
    }

    /// The text of a value that no `Tx` has sealed yet.
    pub fn as_plain(&self) -> Option<&str> {
        match self.0.split_first() {
            Some((&PLAIN, text)) => std::str::from_utf8(text).ok(),
            _ => None,
        }
    }
}
