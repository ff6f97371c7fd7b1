//! The chunks of a file: each is sealed by itself, so that a part of a file is read without the rest.
//!
//! A seal binds the chunk to its file, to its place in it and to whether it is the last one: chunks that were moved, left out
//! or cut off at the end do not open. This is the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár (CRYPTO 2015),
//! with place and end in the authenticated data, as every seal has a random nonce.

use aes_gcm_siv::{Nonce, aead::Generate};
use entity::Sealed;
use error::{Error, Result};

use super::{DataKey, FORMAT, NONCE, SealContext, decrypt, encrypt};

/// The bytes of every chunk but the last one, which may have fewer.
pub const CHUNK_BYTES: usize = 64 << 10;
/// The bytes that the seal adds to a chunk: the format, the id of the key, the nonce and the authentication tag.
const SEAL_BYTES: usize = NONCE.end + 16;
/// The bytes of every sealed chunk but the last one.
pub const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + SEAL_BYTES;

/// The place of a chunk in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkPlace {
    /// Its index, from 0.
    pub index: u32,
    /// Whether no chunk follows.
    pub is_last: bool,
}

impl DataKey {
    /// Appends the seal of a chunk.
    pub fn seal_chunk(
        &self,
        bytes: &[u8],
        place: ChunkPlace,
        context: SealContext,
        sealed: &mut Vec<u8>,
    ) -> Result<()> {
        let nonce = Nonce::generate();
        sealed.reserve(bytes.len() + SEAL_BYTES);
        sealed.push(FORMAT);
        sealed.extend_from_slice(self.id.as_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend(encrypt(&self.cipher, &nonce, bytes, &place.aad(context))?);
        Ok(())
    }

    /// Opens a chunk at its place.
    pub fn open_chunk(&self, sealed: &Sealed, place: ChunkPlace, context: SealContext) -> Result<Vec<u8>> {
        let unopened = || Error::internal(format!("a chunk does not open at {place:?} of {context:?}"));
        let nonce = sealed.0.get(NONCE).and_then(|nonce| Nonce::try_from(nonce).ok()).ok_or_else(unopened)?;
        decrypt(&self.cipher, &nonce, &sealed.0[NONCE.end..], &place.aad(context)).ok_or_else(unopened)
    }
}

impl ChunkPlace {
    fn aad(self, context: SealContext) -> Vec<u8> {
        let mut aad = context.aad();
        aad.push(0);
        aad.extend_from_slice(&self.index.to_be_bytes());
        aad.push(u8::from(self.is_last));
        aad
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aes_gcm_siv::{Aes256GcmSiv, KeyInit};
    use sea_orm::prelude::Uuid;

    use super::*;

    #[test]
    fn a_chunk_opens_at_its_place_of_its_file_only() {
        let key = DataKey { id: Uuid::now_v7(), cipher: Arc::new(Aes256GcmSiv::new(&[7; 32].into())) };
        let context =
            SealContext { tenant: Uuid::now_v7(), table: "stored_file", column: "content", row: Uuid::now_v7() };
        let place = ChunkPlace { index: 3, is_last: false };
        let (bytes, mut sealed) = (vec![1; CHUNK_BYTES], Vec::new());
        key.seal_chunk(&bytes, place, context, &mut sealed).unwrap();
        assert_eq!(sealed.len(), SEALED_CHUNK_BYTES);
        let sealed = Sealed(sealed);
        assert_eq!(key.open_chunk(&sealed, place, context).unwrap(), bytes);
        assert!(key.open_chunk(&sealed, ChunkPlace { index: 2, ..place }, context).is_err());
        assert!(key.open_chunk(&sealed, ChunkPlace { is_last: true, ..place }, context).is_err());
        assert!(key.open_chunk(&sealed, place, SealContext { row: Uuid::now_v7(), ..context }).is_err());
        assert!(key.open_chunk(&Sealed(sealed.0[..20].to_vec()), place, context).is_err());
    }
}
