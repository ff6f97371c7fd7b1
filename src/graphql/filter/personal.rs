//! Conditions on personal text, evaluated on the blind index.

use access::Action;
use async_graphql::InputObject;
use error::{Error, Result};
use store::{
    Filter, Table, search,
    table::{IndexedField, Normalization},
};

use super::FilterContext;

/// Conditions on personal text, evaluated on a blind index for encrypted and plain values alike. Requires `pii:read`.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PersonalFilter {
    /// Equal to this text. Case, accents and punctuation are ignored; telephone numbers are compared by their digits.
    pub eq: Option<String>,
    /// Equal to one of these texts.
    pub r#in: Option<Vec<String>>,
    /// Every given word is the beginning of a word of the text. At most 8 words, each of at least 2 letters or digits;
    /// only the first 16 of a word are compared. E-mail addresses and telephone numbers are one word.
    pub starts_with: Option<String>,
}

impl PersonalFilter {
    /// The filter over a field of the blind index.
    pub fn filter(&self, context: &FilterContext<'_>, field: &str, normalization: Normalization) -> Result<Filter> {
        context.store.caller().require(Action::PiiRead)?;
        let keys = &context.store.tenant().keys;
        let equal = |text: &String| {
            Ok::<_, Error>(
                search::equality_token(keys, field, normalization, text)?
                    .map_or(Filter::Any(Vec::new()), Filter::Token),
            )
        };
        let mut all = Vec::new();
        all.extend(self.eq.as_ref().map(equal).transpose()?);
        if let Some(texts) = &self.r#in {
            all.push(Filter::Any(texts.iter().map(equal).collect::<Result<_>>()?));
        }
        if let Some(text) = &self.starts_with {
            all.extend(search::prefix_tokens(keys, field, normalization, text)?.into_iter().map(Filter::Token));
        }
        Ok(Filter::All(all))
    }
}

/// The field of a table's blind index. In a constant, a wrong name is a compile error.
pub const fn indexed_field(table: &'static Table, name: &str) -> &'static IndexedField {
    let mut index = 0;
    while index < table.indexed.len() {
        if is_equal(table.indexed[index].field.as_bytes(), name.as_bytes()) {
            return &table.indexed[index];
        }
        index += 1;
    }
    panic!("the table's blind index has no such field")
}

/// `==` of byte strings, which a constant cannot call.
const fn is_equal(left: &[u8], right: &[u8]) -> bool {
    let mut index = 0;
    while index < left.len() && index < right.len() && left[index] == right[index] {
        index += 1;
    }
    index == left.len() && index == right.len()
}
