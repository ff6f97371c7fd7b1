//! The file storage: a file is stored as parts, each a whole object, in a folder or in an S3-compatible store.
//!
//! The objects of a file are `{tenant}/{file}/{part}`. A part is put in one request, so that no upload is ever open in the
//! store: what a file has left is found by its prefix, and deleted. A part is a sequence of sealed chunks
//! ([`store::vault::chunk`]): what the storage holds is ciphertext.

mod http_client;
mod reader;
mod writer;

use std::{fmt, ops::Range, path::PathBuf, sync::Arc};

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::{
    ObjectStore, ObjectStoreExt, aws::AmazonS3Builder, local::LocalFileSystem, path::Path, prefix::PrefixStore,
};
use store::{stored_file::FileSeal, vault::chunk::SEALED_CHUNK_BYTES};
use uuid::Uuid;

use self::http_client::Connector;
pub use self::{
    reader::read,
    writer::{FileDigest, FileWriter},
};

/// The chunks of every part but the last one: 2 MiB.
const CHUNKS_PER_PART: u32 = 32;
/// The most bytes of memory that the transfer of a file takes: a part, and a copy of it on its way.
pub const TRANSFER_BYTES: u64 = 2 * (CHUNKS_PER_PART as u64 + 1) * SEALED_CHUNK_BYTES as u64;

/// The bytes of a sealed chunk before its ciphertext.
const HEAD_BYTES: u64 = 29;

/// Where files are stored.
#[derive(Clone, Debug)]
pub enum Location {
    /// A folder of this machine, which is created where it is missing.
    Folder(PathBuf),
    /// A bucket of an S3-compatible store.
    S3(S3),
}

/// A bucket of an S3-compatible store.
#[derive(Clone)]
pub struct S3 {
    /// The name of the bucket.
    pub bucket: String,
    /// What the keys of all objects begin with; may be empty.
    pub prefix: String,
    /// The address of the store; none for that of Amazon.
    pub endpoint: Option<String>,
    /// The region of the bucket.
    pub region: String,
    /// The id of the access key.
    pub access_key_id: String,
    /// The secret of the access key.
    pub secret_access_key: String,
}

/// Why the storage did not do what it was asked for.
#[derive(Debug)]
pub struct StorageError(object_store::Error);

/// The files of all tenants.
#[derive(Clone, Debug)]
pub struct FileStorage {
    objects: Arc<dyn ObjectStore>,
    folder: Option<PathBuf>,
}

/// One file of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileKey {
    /// The tenant.
    pub tenant: Uuid,
    /// The file.
    pub file: Uuid,
}

impl FileStorage {
    /// Opens a storage. That of a folder is created where it is missing; an S3 store is not asked yet.
    pub fn open(location: Location) -> Result<Self, StorageError> {
        match location {
            Location::Folder(folder) => {
                std::fs::create_dir_all(&folder).map_err(|error| {
                    let source = Box::new(error);
                    StorageError(object_store::Error::Generic { store: "folder", source })
                })?;
                let objects = LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true);
                Ok(Self { objects: Arc::new(objects), folder: Some(folder) })
            }
            Location::S3(S3 { bucket, prefix, endpoint, region, access_key_id, secret_access_key }) => {
                let mut builder = AmazonS3Builder::new()
                    .with_bucket_name(bucket)
                    .with_region(region)
                    .with_access_key_id(access_key_id)
                    .with_secret_access_key(secret_access_key)
                    // Not every S3-compatible store has DeleteObjects.
                    .with_disable_bulk_delete(true)
                    .with_http_connector(Connector);
                if let Some(endpoint) = endpoint {
                    builder = builder.with_allow_http(endpoint.starts_with("http://")).with_endpoint(endpoint);
                }
                let bucket = builder.build()?;
                let objects: Arc<dyn ObjectStore> =
                    if prefix.is_empty() { Arc::new(bucket) } else { Arc::new(PrefixStore::new(bucket, prefix)) };
                Ok(Self { objects, folder: None })
            }
        }
    }

    /// The first bytes of a file, which name the key of its seal.
    pub async fn head(&self, file: FileKey) -> Result<Vec<u8>, StorageError> {
        Ok(self.get(file, 0, 0..HEAD_BYTES).await?.to_vec())
    }

    /// Puts a part of a file. It is there as a whole or not at all.
    async fn put(&self, file: FileKey, part: u32, bytes: Vec<u8>) -> Result<(), StorageError> {
        self.objects.put(&file.part(part), bytes.into()).await?;
        Ok(())
    }

    /// Some bytes of a part of a file.
    async fn get(&self, file: FileKey, part: u32, range: Range<u64>) -> Result<Bytes, StorageError> {
        Ok(self.objects.get_range(&file.part(part), range).await?)
    }

    /// Deletes every part of a file. A file that is not there is no error.
    pub async fn delete(&self, file: FileKey) -> Result<(), StorageError> {
        if let Some(folder) = &self.folder {
            // With the folder goes what a put that was cut off has left beside the parts.
            let folder = folder.join(file.prefix().as_ref());
            return match tokio::fs::remove_dir_all(folder).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(StorageError(object_store::Error::Generic { store: "folder", source: Box::new(error) }))
                }
                _ => Ok(()),
            };
        }
        let parts: Vec<_> = self.objects.list(Some(&file.prefix())).try_collect().await?;
        for part in parts {
            match self.objects.delete(&part.location).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

impl FileKey {
    /// The file of a seal.
    pub fn of(seal: &FileSeal) -> Self {
        Self { tenant: seal.tenant, file: seal.file }
    }

    fn prefix(self) -> Path {
        Path::from_iter([self.tenant.to_string(), self.file.to_string()])
    }

    fn part(self, part: u32) -> Path {
        self.prefix().join(format!("{part:06}"))
    }
}

/// A secret is never printed.
impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3({}/{})", self.bucket, self.prefix)
    }
}

impl From<object_store::Error> for StorageError {
    fn from(error: object_store::Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for StorageError {}
