//! The form of an upload, as a client sends it.

use reqwest::Method;

use crate::world::{Actor, JsonResponse};

/// The boundary between the parts.
pub const BOUNDARY: &str = "fieldgate-test-boundary";

/// A body of `multipart/form-data`.
#[derive(Clone, Default)]
pub struct Form(Vec<u8>);

impl Form {
    /// A form without parts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    pub fn field(mut self, name: &str, value: &str) -> Self {
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        self.0.extend(part.bytes());
        self
    }

    /// Adds a file.
    pub fn file(mut self, name: &str, media_type: &str, content: &[u8]) -> Self {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: {media_type}\r\n\r\n"
        );
        self.0.extend(head.bytes());
        self.0.extend(content);
        self.0.extend(b"\r\n");
        self
    }

    /// The bytes, without the last boundary.
    pub fn unfinished(self) -> Vec<u8> {
        self.0
    }

    /// The bytes.
    pub fn finished(mut self) -> Vec<u8> {
        self.0.extend(format!("--{BOUNDARY}--\r\n").bytes());
        self.0
    }

    /// Uploads it.
    pub async fn send(self, actor: &Actor) -> JsonResponse {
        send(actor, self.finished()).await
    }
}

/// Uploads the bytes of a form.
pub async fn send(actor: &Actor, body: Vec<u8>) -> JsonResponse {
    let request = actor.http(Method::POST, "/files");
    let request = request.header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
    JsonResponse::read(request.body(body).send().await.unwrap()).await
}

/// Bytes of a PNG picture of a size, which differ from each other.
pub fn picture(size: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend((bytes.len()..size).map(|index| u8::try_from(index * index % 251).unwrap()));
    bytes.truncate(size.max(16));
    bytes
}
