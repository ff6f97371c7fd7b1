//! The file of a document: what is known of it, and where it is downloaded.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use entity::document;
use error::Result;

use crate::graphql::{context::ContextExt, scalar::DateTime};

/// The path below which files are uploaded and downloaded.
pub const FILES_PATH: &str = "/files";

/// The file of a document. It was uploaded to `POST /files`.
pub struct DocumentFile(pub Arc<document::Model>);

/// Where a file is downloaded.
#[derive(SimpleObject)]
pub struct FileDownload {
    /// The address, relative to that of the API. Whoever has it can download the file until it ends, without a token: do not
    /// store or pass it on. It answers ranges of bytes (RFC 9110, section 14).
    url: String,
    /// When the address ends: after five minutes, or with the token of the request. It ends at once if the token is revoked, or
    /// the document is deleted.
    expires_at: DateTime,
}

/// The file of a document. It was uploaded to `POST /files`.
#[Object]
impl DocumentFile {
    /// The name of the file, as its sender has it. Null if unknown or without `pii:read`.
    async fn name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, document::Column::FileName).await
    }

    /// The media type, for example `image/jpeg`.
    async fn media_type(&self) -> &str {
        self.0.media_type.as_deref().unwrap_or_default()
    }

    /// The size in bytes.
    async fn size(&self) -> i32 {
        self.0.size.unwrap_or_default()
    }

    /// The SHA-256 hash of the content, in 64 hexadecimal digits. Null without `pii:read`.
    async fn sha256(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, document::Column::Sha256).await
    }

    /// A new address of the content for this caller. Null without `pii:read`, or while the document is deleted.
    async fn download(&self, ctx: &Context<'_>) -> Result<Option<FileDownload>> {
        if !ctx.may_read_personal() || self.0.deleted_at.is_some() {
            return Ok(None);
        }
        let address = ctx.store().download_address(self.0.id)?;
        Ok(address.map(|address| FileDownload {
            url: format!("{FILES_PATH}/{}", address.segment),
            expires_at: DateTime(address.expires_at),
        }))
    }
}
