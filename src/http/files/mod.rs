//! `/files`: uploads the file of a new document, and downloads it by an address that a document gives.

mod download;
mod form;
mod range;
mod response;
mod upload;

pub use self::{download::download, upload::upload};
