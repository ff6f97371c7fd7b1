//! The fields of the blind index: which texts of a row are hashed, and how.

/// One field of the blind index.
#[derive(Debug)]
pub struct IndexedField {
    /// The field's name, from which the key of its tokens is derived.
    pub field: &'static str,
    /// The JSON pointer (RFC 6901) to its text in the row's image: in the personal part, unless it is never personal.
    pub pointer: &'static str,
    /// How its text is normalised.
    pub normalization: Normalization,
}

/// How the text of an indexed field is normalised before it is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalization {
    /// Folded, each word of its own.
    Words,
    /// The same, of a text that is never personal.
    ClearWords,
    /// Folded as one word.
    Email,
    /// The digits, in each form in which they are dialled.
    Phone,
    /// Folded, each word a value that is found as a whole only: of small domains, whose prefixes would tell them apart.
    Whole,
}
