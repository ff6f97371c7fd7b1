//! The queries of the benchmark, and the cases of each: what varies from request to request.

/// A query of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Query {
    One,
    List,
    Nested,
    Overview,
    Create,
    Filter,
    Search,
    Board,
    Changes,
    Nodes,
}

impl Query {
    pub const ALL: [Self; 10] = [
        Self::One,
        Self::List,
        Self::Nested,
        Self::Overview,
        Self::Create,
        Self::Filter,
        Self::Search,
        Self::Board,
        Self::Changes,
        Self::Nodes,
    ];

    /// The name of its files in `bench/peers/queries`.
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::List => "list",
            Self::Nested => "nested",
            Self::Overview => "overview",
            Self::Create => "create",
            Self::Filter => "filter",
            Self::Search => "search",
            Self::Board => "board",
            Self::Changes => "changes",
            Self::Nodes => "nodes",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::One => "one customer by id",
            Self::List => "50 customers",
            Self::Nested => "20 customers with contacts and assets",
            Self::Overview => "20 customers with contacts, assets, service records, loads and custom fields",
            Self::Create => "create a contact",
            Self::Filter => "20 customers by a NUMBER custom field and `some` contact, with `totalCount`",
            Self::Search => "search by name and by telephone number",
            Self::Board => "load board: 50 loads of two statuses by pickup time, with customer and stops",
            Self::Changes => "50 entries of the change log, with images",
            Self::Nodes => "100 `nodes` of five types",
        }
    }

    /// The size of its page.
    pub fn first(self) -> usize {
        match self {
            Self::List | Self::Board | Self::Changes => 50,
            _ => 20,
        }
    }

    /// Whether its cases are the pages of a list, each with the cursor of the page before.
    pub fn has_pages(self) -> bool {
        matches!(self, Self::List | Self::Nested | Self::Overview | Self::Changes)
    }
}

/// One request of a query. A query takes the fields that it needs.
#[derive(Debug, Clone)]
pub struct Case {
    /// Counted from 1, like customers.
    pub tenant: usize,
    pub customer: usize,
    /// The number of the page, and the server's own cursor of the page before.
    pub page: usize,
    pub after: Option<String>,
    pub name: &'static str,
    pub score: usize,
    pub text: String,
    pub day: usize,
}

/// Pages of each tenant, at most.
const PAGES: usize = 12;
const CUSTOMERS: usize = 50;
const FIRST_WORDS: [&str; 10] =
    ["Harbor", "Summit", "Prairie", "Delta", "Cedar", "Granite", "Lakeside", "Pioneer", "Redwood", "Sterling"];
const SECOND_WORDS: [&str; 7] = ["Foods", "Supply", "Builders", "Motors", "Farms", "Steel", "Paper"];
/// First names of contacts.
pub const FIRST_NAMES: [&str; 5] = ["Ana", "Bo", "Cy", "Dee", "Eli"];

/// The words of a customer's name that others share.
pub fn company(customer: usize) -> String {
    format!("{} {}", FIRST_WORDS[customer % FIRST_WORDS.len()], SECOND_WORDS[customer % SECOND_WORDS.len()])
}

pub fn phone(customer: usize) -> String {
    format!("+1-555-555-{:04}", customer * 7919 % 10_000)
}

/// The pages that are read: customers that are written to are on none of them.
pub fn pages(customers: usize) -> usize {
    (customers / 2 / Query::List.first()).clamp(1, PAGES)
}

/// The cases of a query. Those of pages still need their cursors.
pub fn cases(query: Query, tenants: usize, customers: usize) -> Vec<Case> {
    let numbers = match query {
        Query::One | Query::Create => CUSTOMERS,
        Query::Search => 2 * PAGES,
        Query::Filter | Query::Board => PAGES,
        _ => pages(customers),
    };
    let case = |tenant: usize, number: usize| Case {
        tenant,
        customer: match query {
            Query::Create => 1 + customers / 2 + (number * 37) % (customers / 2),
            Query::Nodes => 1 + number * 20,
            _ => 1 + (number * 37) % (customers / 2),
        },
        page: number,
        after: None,
        name: ["Ana", "Dee", "Eli"][number % 3],
        score: 400 + 100 * (number % 4),
        text: if number.is_multiple_of(2) { company(number / 2) } else { phone(1 + number * 31 % (customers / 2)) },
        day: 1 + number,
    };
    // Neighbours are of different tenants.
    (0..numbers).flat_map(|number| (1..=tenants).map(move |tenant| case(tenant, number))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_query_shows_a_customer_that_is_written_to() {
        for customers in [100, 1_000, 1_001] {
            let written = cases(Query::Create, 1, customers).into_iter().map(|case| case.customer).min();
            let last_page = (pages(customers) * Query::List.first()).max(Query::List.first());
            assert!(written > Some(last_page), "{customers}: {written:?}, {last_page}");
        }
    }
}
