//! The ends of a lane: a zip code's beginning, a state or a country.

use error::Code;
use store::fold;

use crate::{
    validator::{MAX_LINE_CHARS, Validator},
    value::FieldUpdate,
};

/// The most letters of a zip code that are compared.
pub const MAX_ZIP_LETTERS: usize = 16;

/// An end of a lane, as a client writes it: anywhere, where all is absent.
#[derive(Clone, Debug, Default)]
pub struct LaneEnd {
    /// How its zip codes begin.
    pub zip_prefix: Option<String>,
    /// Its state.
    pub state: Option<String>,
    /// Its country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
}

/// A zip code or its beginning, as they are compared: folded, without spaces and hyphens.
pub fn zip_key(text: &str) -> String {
    fold::fold(text).chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect()
}

/// Sets an end of a lane: zip prefix, state and country of the row, replaced together.
pub fn set_end(
    validator: &mut Validator,
    field: &str,
    update: FieldUpdate<LaneEnd>,
    (zip_prefix, state, country): (&mut Option<String>, &mut Option<String>, &mut Option<String>),
) {
    let end = match update {
        FieldUpdate::Keep => return,
        FieldUpdate::Clear => LaneEnd::default(),
        FieldUpdate::Set(end) => end,
    };
    (*zip_prefix, *state, *country) = (None, None, None);
    validator.within(field, |validator| {
        if let Some(code) = &end.country {
            validator.check_country("country", code);
        }
        validator.set_text("zipPrefix", end.zip_prefix.into(), MAX_ZIP_LETTERS, zip_prefix);
        validator.set_text("state", end.state.into(), MAX_LINE_CHARS, state);
        validator.set_text("country", end.country.into(), MAX_LINE_CHARS, country);
        *zip_prefix = zip_prefix.as_deref().map(zip_key).filter(|prefix| !prefix.is_empty());
        if country.is_none() && (zip_prefix.is_some() || state.is_some()) {
            let message = "A zip prefix or a state needs its country: other countries have the same.";
            validator.fail(Code::Required, "country", message);
        }
    });
}
