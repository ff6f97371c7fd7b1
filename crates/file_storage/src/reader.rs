//! The reader of a file: opens the chunks of a range of its bytes, some at a time.

use std::ops::Range;

use bytes::Bytes;
use error::{Error, Result};
use futures_util::{Stream, stream::try_unfold};
use store::{
    stored_file::FileSeal,
    vault::chunk::{CHUNK_BYTES, ChunkPlace, SEALED_CHUNK_BYTES},
};

use super::{CHUNKS_PER_PART, FileKey, FileStorage};

/// How many chunks are read from the storage at once.
const CHUNKS_PER_READ: u64 = 8;

/// The bytes of a range of a file that has a number of bytes, as they are read. The range is within the file.
pub fn read(
    storage: FileStorage,
    seal: FileSeal,
    size: u64,
    range: Range<u64>,
) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
    try_unfold(range.start, move |position| {
        let (storage, seal, end) = (storage.clone(), seal.clone(), range.end);
        async move {
            if position >= end {
                return Ok(None);
            }
            let bytes = read_some(&storage, &seal, size, position..end).await?;
            let next = position + bytes.len() as u64;
            Ok(Some((bytes, next)))
        }
    })
}

/// The first bytes of a range: at least one.
async fn read_some(storage: &FileStorage, seal: &FileSeal, size: u64, range: Range<u64>) -> Result<Bytes> {
    let (chunk_bytes, chunks_per_part) = (CHUNK_BYTES as u64, u64::from(CHUNKS_PER_PART));
    let first = range.start / chunk_bytes;
    let part = first / chunks_per_part;
    let end_of_file = size.div_ceil(chunk_bytes);
    let end = (first + CHUNKS_PER_READ).min(range.end.div_ceil(chunk_bytes)).min((part + 1) * chunks_per_part);
    let sealed_chunk_bytes = SEALED_CHUNK_BYTES as u64;
    let seal_bytes = sealed_chunk_bytes - chunk_bytes;
    let offset = |chunk: u64| (chunk - part * chunks_per_part) * sealed_chunk_bytes;
    // The last chunk of the file may be shorter.
    let last_bytes = |chunk: u64| if chunk == end_of_file { size - (chunk - 1) * chunk_bytes } else { chunk_bytes };
    let sealed_range = offset(first)..offset(end - 1) + last_bytes(end) + seal_bytes;
    let part = u32::try_from(part).map_err(Error::internal)?;
    let sealed = storage.get(FileKey::of(seal), part, sealed_range).await.map_err(Error::internal)?;
    let mut plain = Vec::with_capacity(sealed.len());
    for (index, chunk) in (first..end).zip(sealed.chunks(SEALED_CHUNK_BYTES)) {
        let place =
            ChunkPlace { index: u32::try_from(index).map_err(Error::internal)?, is_last: index + 1 == end_of_file };
        plain.extend(seal.open(chunk.to_vec(), place)?);
    }
    let skipped = usize::try_from(range.start - first * chunk_bytes).map_err(Error::internal)?;
    let wanted = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
    let plain = Bytes::from(plain);
    if skipped >= plain.len() {
        return Err(Error::internal("a stored file is shorter than its document says"));
    }
    let end = plain.len().min(skipped.saturating_add(wanted));
    Ok(plain.slice(skipped..end))
}
