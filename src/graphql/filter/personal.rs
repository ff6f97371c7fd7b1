//! Conditions on personal text, evaluated on the blind index.

use access::Action;
use async_graphql::InputObject;
use error::Result;
use store::{
    Filter, Table, search,
    table::{IndexedField, Normalization},
};

use super::FilterContext;

/// Conditions on personal text, evaluated on a blind index for encrypted and plain values alike. Requires `pii:read`.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PersonalFilter {
    /// Equal to this text. Case, accents and punctuation are ignored; telephone numbers are compared in international form,
    /// those without a country code as numbers of the tenant's country.
    pub eq: Option<String>,
    /// Equal to one of these texts.
    pub r#in: Option<Vec<String>>,
    /// Every given word is the beginning of a word of the text. At most 8 words, of which the first 16 letters or digits
    /// are compared. A word of one letter or digit is passed over beside longer ones, and finds only itself without them.
    /// E-mail addresses and telephone numbers are one word; a telephone number begins with its country code, its area code
    /// or the prefix of trunk calls.
    pub starts_with: Option<String>,
}

impl PersonalFilter {
    /// The filter over a field of the blind index.
    pub fn filter(&self, context: &FilterContext<'_>, field: &str, normalization: Normalization) -> Result<Filter> {
        context.store.caller().require(Action::PiiRead)?;
        let tenant = context.store.tenant();
        let equal = |text: &String| search::equal(&tenant, field, normalization, text);
        let mut all = Vec::new();
        all.extend(self.eq.as_ref().map(equal).transpose()?);
        if let Some(texts) = &self.r#in {
            all.push(Filter::Any(texts.iter().map(equal).collect::<Result<_>>()?));
        }
        if let Some(text) = &self.starts_with {
            all.push(search::begins_with(&tenant, field, normalization, text)?);
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
