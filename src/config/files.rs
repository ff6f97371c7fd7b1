//! The settings of the file storage.

use std::{path::PathBuf, time::Duration};

use file_storage::{FileStorage, Location, S3};

use super::{error::InvalidSetting, secret_file::read_secret, settings::Settings};

/// What the address of a bucket begins with.
const S3_SCHEME: &str = "s3://";

impl Settings {
    /// The file storage. A folder is created where it is missing.
    pub fn open_file_storage(&self) -> Result<FileStorage, InvalidSetting> {
        let invalid = |error| InvalidSetting::new("file_storage", format!("files cannot be stored there: {error}."));
        FileStorage::open(self.file_location()?).map_err(invalid)
    }

    /// For how long the file of a deleted document waits for its restore.
    pub fn file_retention(&self) -> Duration {
        Duration::from_hours(24 * u64::from(self.file_retention_days))
    }

    /// Where files are stored. Reads the file of the secret of the bucket.
    fn file_location(&self) -> Result<Location, InvalidSetting> {
        let Some(storage) = &self.file_storage else { return Ok(Location::Folder(self.data_dir.join("files"))) };
        let Some(bucket) = storage.strip_prefix(S3_SCHEME) else {
            if storage.contains("://") {
                let reason = "a folder, or a bucket such as s3://fieldgate/files, is where files are stored.";
                return Err(InvalidSetting::new("file_storage", reason));
            }
            return Ok(Location::Folder(PathBuf::from(storage)));
        };
        let (bucket, prefix) = bucket.split_once('/').unwrap_or((bucket, ""));
        if bucket.is_empty() {
            return Err(InvalidSetting::new(
                "file_storage",
                "the bucket has no name; an example is s3://fieldgate/files.",
            ));
        }
        let needed = |setting| InvalidSetting::new(setting, "a bucket needs its access key.");
        let secret = read_secret(
            ("s3_secret_access_key", &self.s3_secret_access_key),
            ("s3_secret_access_key_file", &self.s3_secret_access_key_file),
        )?;
        Ok(Location::S3(S3 {
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
            endpoint: self.s3_endpoint.clone(),
            region: self.s3_region.clone(),
            access_key_id: self.s3_access_key_id.clone().ok_or_else(|| needed("s3_access_key_id"))?,
            secret_access_key: secret.map(|(_, secret)| secret).ok_or_else(|| needed("s3_secret_access_key"))?,
        }))
    }
}
