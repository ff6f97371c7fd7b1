//! Files: how the file of a document gets into the storage and out of it, whatever transports it.

mod download;
mod fields;
mod media_type;
mod upload;

pub use self::{
    download::{Download, authorized_caller},
    fields::{Fields, UnknownField},
    media_type::DEFAULT_MEDIA_TYPES,
    upload::{Upload, Uploaded, discard},
};
