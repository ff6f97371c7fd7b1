//! The writer of a file: gathers its bytes into chunks, seals them, and puts them part by part.

use std::fmt::Write;

use error::{Error, Result};
use sha2::{Digest, Sha256};
use store::{
    stored_file::FileSeal,
    vault::chunk::{CHUNK_BYTES, ChunkPlace},
};

use super::{CHUNKS_PER_PART, FileKey, FileStorage};

/// Writes the content of a new file. It is not seen by anybody until its document is written.
pub struct FileWriter {
    storage: FileStorage,
    seal: FileSeal,
    /// The bytes of the current chunk: a full one waits until it is known whether it is the last one.
    chunk: Vec<u8>,
    /// The sealed chunks of the current part.
    part: Vec<u8>,
    /// The index of the current chunk.
    index: u32,
    size: u64,
    hash: Sha256,
}

/// What is known of a file that was written whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDigest {
    /// Its bytes.
    pub size: u64,
    /// Its SHA-256 hash, in hexadecimal digits.
    pub sha256: String,
}

impl FileWriter {
    /// A writer of a file that has no bytes yet.
    pub fn new(storage: FileStorage, seal: FileSeal) -> Self {
        let (chunk, part) = (Vec::with_capacity(CHUNK_BYTES), Vec::new());
        Self { storage, seal, chunk, part, index: 0, size: 0, hash: Sha256::new() }
    }

    /// How many bytes were written.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Writes the next bytes.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.size += bytes.len() as u64;
        self.hash.update(bytes);
        while !bytes.is_empty() {
            if self.chunk.len() == CHUNK_BYTES {
                self.seal_chunk(false)?;
                if self.index.is_multiple_of(CHUNKS_PER_PART) {
                    self.put_part(self.index / CHUNKS_PER_PART - 1).await?;
                }
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK_BYTES - self.chunk.len()));
            self.chunk.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Writes the end.
    pub async fn finish(mut self) -> Result<FileDigest> {
        self.seal_chunk(true)?;
        self.put_part((self.index - 1) / CHUNKS_PER_PART).await?;
        let sha256 = self.hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a text cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        Ok(FileDigest { size: self.size, sha256 })
    }

    fn seal_chunk(&mut self, is_last: bool) -> Result<()> {
        self.seal.seal(&self.chunk, ChunkPlace { index: self.index, is_last }, &mut self.part)?;
        self.chunk.clear();
        self.index += 1;
        Ok(())
    }

    async fn put_part(&mut self, part: u32) -> Result<()> {
        let (file, bytes) = (FileKey::of(&self.seal), std::mem::take(&mut self.part));
        self.storage.put(file, part, bytes).await.map_err(Error::internal)
    }
}
