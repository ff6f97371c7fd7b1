//! The search for customers: what people type into one box, as a filter.

use access::Action;
use async_graphql::{Context, Object};
use entity::customer;
use error::{Error, Result};
use store::{
    Filter, Predicate, Store, edge,
    fold::{fold, words},
    phone,
    search::{self, MAX_SEARCH_WORDS},
    table::{Normalization, Table, TenantTable},
};

use super::{Customer, list::CustomerFilter};
use crate::graphql::{
    connection::Connection,
    context::ContextExt,
    list::{ListArguments, connect},
};

/// The search for customers by words.
#[derive(Default)]
pub struct CustomerSearch;

#[Object]
impl CustomerSearch {
    /// Searches for customers by words. A customer matches if every word is the start of a word in one of: its name, its
    /// primary contact, an e-mail address or a telephone number of its contact information, its number, a tag, the city of
    /// an address, or the name, e-mail address or telephone number of a contact; or if it is the customer's external
    /// reference. Case, accents and punctuation are ignored; a word of one letter or digit is passed over beside longer
    /// ones. A telephone number is found in any form in which it is written, with or without its country code. Requires
    /// `customer:read`. Contacts are searched with `contact:read`, addresses with `address:read`; without `pii:read` only
    /// what is not encrypted is searched.
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The words, separated by white space: 1 to 8. A telephone number is one word.")] query: String,
        #[graphql(
            desc = "The maximum number of customers on the page; at most 100 unless the server is configured otherwise. Defaults to 25."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor after which the page starts.")] after: Option<String>,
        #[graphql(name = "where", desc = "Further conditions on the customers. If omitted, there are none.")]
        filter: Option<Box<CustomerFilter>>,
    ) -> Result<Option<Connection<Customer>>> {
        let condition = Some(search_filter(ctx.store(), &query)?);
        let args =
            ListArguments { first, after, last: None, before: None, filter, order: None, deleted: None, condition };
        connect(ctx, None, args).await
    }
}

/// The table that is searched.
const CUSTOMER: &Table = <customer::Entity as TenantTable>::TABLE;

/// A part of a query that is looked for as one.
enum Term<'a> {
    /// A text without white space.
    Word(&'a str),
    /// Neighbouring words with nothing but digits and the punctuation of telephone numbers: one number, or words.
    Digits(&'a str, Vec<&'a str>),
}

/// The customers that match every term of a query.
fn search_filter(store: &Store, query: &str) -> Result<Filter> {
    let mut terms = terms(query);
    if terms.is_empty() || terms.len() > MAX_SEARCH_WORDS {
        let message = format!("query has 1 to {MAX_SEARCH_WORDS} words; {} were given.", terms.len());
        return Err(Error::BadInput(message));
    }
    if terms.iter().any(|term| !term.is_short()) {
        terms.retain(|term| !term.is_short());
    }
    let each = terms.iter().map(|term| match term {
        Term::Word(word) => found_by_word(store, word),
        Term::Digits(number, words) => {
            let by_words = words.iter().map(|word| found_by_word(store, word)).collect::<Result<_>>()?;
            let mut any = found_by_number(store, number)?;
            any.push(Filter::All(by_words));
            Ok(Filter::AnyByIndex(CUSTOMER, any))
        }
    });
    Ok(Filter::All(each.collect::<Result<_>>()?))
}

impl Term<'_> {
    /// Whether the term has no word that the index of prefixes has.
    fn is_short(&self) -> bool {
        match self {
            Self::Word(word) => words(word).all(|word| search::is_short(&word)),
            Self::Digits(number, _) => phone::digit_count(number).unwrap_or_default() < search::MIN_PREFIX_CHARS,
        }
    }
}

/// The terms of a query.
fn terms(query: &str) -> Vec<Term<'_>> {
    let mut terms = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    for word in query.split_whitespace() {
        if phone::digit_count(word).is_none() {
            terms.extend(digits_term(query, std::mem::take(&mut run)));
            terms.push(Term::Word(word));
        } else {
            run.push(word);
        }
    }
    terms.extend(digits_term(query, run));
    terms
}

/// The term of neighbouring words of a query; none, if there is no word.
fn digits_term<'a>(query: &'a str, words: Vec<&'a str>) -> Option<Term<'a>> {
    let offset = |part: &str| part.as_ptr().addr() - query.as_ptr().addr();
    match words.as_slice() {
        [] => None,
        [word] => Some(Term::Word(word)),
        [first, .., last] => Some(Term::Digits(&query[offset(first)..offset(last) + last.len()], words)),
    }
}

/// The customers that one word finds.
fn found_by_word(store: &Store, word: &str) -> Result<Filter> {
    let folded = fold(word);
    if words(word).next().is_none() {
        return Ok(Filter::Any(Vec::new()));
    }
    let mut any = vec![
        Filter::Column("number_key", Predicate::StartsWith(folded.clone())),
        Filter::Column("external_reference", Predicate::Eq(word.into())),
        begins_in_clear(store, "customer.tags", word, "tags")?,
        found_by_name(store, word)?,
    ];
    let caller = store.caller();
    if caller.may(Action::AddressRead) {
        let in_city = begins_in_clear(store, "address.city", word, "city")?;
        any.push(Filter::Exists(&edge::CUSTOMER_ADDRESSES, Box::new(in_city)));
    }
    if caller.may(Action::PiiRead) {
        let begins = |field, normalization| search::begins_with(&store.tenant(), field, normalization, word);
        any.push(begins("customer.primaryContact", Normalization::Words)?);
        let mut contact = vec![begins("contact.name", Normalization::Words)?];
        // An e-mail address has letters: the condition would only cost time.
        if word.chars().any(char::is_alphabetic) {
            any.push(begins("customer.email", Normalization::Email)?);
            contact.push(begins("contact.email", Normalization::Email)?);
        }
        any.extend(of_contacts(store, contact));
        any.extend(found_by_number(store, word)?);
    }
    Ok(Filter::AnyByIndex(CUSTOMER, any))
}

/// The rows with a text that is never personal, and whose words begin as those of another text.
fn begins_in_clear(store: &Store, field: &str, text: &str, column: &'static str) -> Result<Filter> {
    let (tenant, normalization) = (store.tenant(), Normalization::ClearWords);
    if store.caller().may(Action::PiiRead) {
        // One lookup with the tokens of encrypted fields.
        return search::begins_with(&tenant, field, normalization, text);
    }
    search::begins_with_in_clear(&tenant, field, normalization, text, column)
}

/// The customers whose name has words that begin as the words of a text: without permission to read personal data, those
/// whose name is not encrypted.
fn found_by_name(store: &Store, word: &str) -> Result<Filter> {
    let (tenant, field) = (store.tenant(), "customer.name");
    if store.caller().may(Action::PiiRead) {
        return search::begins_with(&tenant, field, Normalization::Words, word);
    }
    search::begins_with_in_clear(&tenant, field, Normalization::Words, word, "name")
}

/// The customers with a telephone number that begins as the digits of a text; none, if the text is no telephone number or the
/// caller may not read personal data.
fn found_by_number(store: &Store, text: &str) -> Result<Vec<Filter>> {
    if phone::digit_count(text).is_none() || !store.caller().may(Action::PiiRead) {
        return Ok(Vec::new());
    }
    let begins = |field| search::begins_with(&store.tenant(), field, Normalization::Phone, text);
    let mut any = vec![begins("customer.phone")?];
    any.extend(of_contacts(store, vec![begins("contact.phone")?, begins("contact.mobile")?]));
    Ok(any)
}

/// The customers with a contact that passes one of some filters; none for a caller who may not read contacts.
fn of_contacts(store: &Store, any: Vec<Filter>) -> Option<Filter> {
    let may_read = store.caller().may(Action::ContactRead);
    may_read.then(|| Filter::Exists(&edge::CUSTOMER_CONTACTS, Box::new(Filter::Any(any))))
}
