//! The form of an upload: the fields of the document, and then the file, as `multipart/form-data` (RFC 7578).

use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use error::catalogue;
use multer::{Constraints, Field, Multipart, SizeLimit};

use crate::{
    files::{Fields, UnknownField},
    http::rejection::Rejection,
};

/// The most bytes of a field besides the file.
const MAX_FIELD_BYTES: u64 = 8 << 10;
/// The field with the file, which comes last.
const FILE: &str = "file";

/// What stands between the parts of the body, as the head of the request says.
pub fn boundary(headers: &HeaderMap) -> Result<String, Rejection> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    multer::parse_boundary(content_type).map_err(|_| {
        let message = "A file is uploaded as multipart/form-data with a boundary.";
        Rejection::new(catalogue::UNSUPPORTED_MEDIA_TYPE, message)
    })
}

/// The parts of a body.
pub fn parts(boundary: String, body: Body) -> Multipart<'static> {
    let limits = SizeLimit::new().per_field(MAX_FIELD_BYTES).for_field(FILE, u64::MAX);
    let constraints = Constraints::new().size_limit(limits);
    Multipart::with_constraints(body.into_data_stream(), boundary, constraints)
}

/// Reads the fields before the file, and the head of the file.
pub async fn read(parts: &mut Multipart<'static>) -> Result<(Fields, Field<'static>), Rejection> {
    let mut fields = Fields::default();
    while let Some(field) = parts.next_field().await.map_err(|error| unreadable(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == FILE && fields.is_empty() {
            return Err(Rejection::bad_request(format!(
                "The fields of the document come before {FILE}; there is none."
            )));
        }
        if name == FILE {
            return Ok((fields, field));
        }
        let text = field.text().await.map_err(|error| unreadable(&error))?;
        if let Err(UnknownField) = fields.set(&name, &text) {
            let known = Fields::NAMES.join(", ");
            let message = format!("The form has an unknown field; before {FILE}, it may have {known}.");
            return Err(Rejection::bad_request(message));
        }
    }
    Err(Rejection::bad_request(format!("The form has no field {FILE}, which comes last.")))
}

/// Why a form cannot be read.
pub fn unreadable(error: &multer::Error) -> Rejection {
    match error {
        multer::Error::FieldSizeExceeded { .. } => {
            let message = format!("A field besides {FILE} has at most {MAX_FIELD_BYTES} bytes.");
            Rejection::new(catalogue::BODY_TOO_LARGE, message)
        }
        multer::Error::StreamReadFailed(_)
        | multer::Error::IncompleteStream
        | multer::Error::IncompleteFieldData { .. }
        | multer::Error::IncompleteHeaders => Rejection::bad_request("The body ended before it was whole."),
        _ => Rejection::bad_request("The body is not a form of multipart/form-data."),
    }
}
