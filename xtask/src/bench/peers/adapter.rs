//! The servers: how each is asked the queries, and which it lacks.

use std::fs;

use base64::prelude::{BASE64_STANDARD as BASE64, Engine};
use serde_json::{Value as Json, json};

use super::query::{Case, Query};
use crate::process::Result;

/// A server of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Peer {
    Fieldgate,
    PostGraphile,
    Yoga,
    Seaography,
    /// No GraphQL server, but the statements of a batching loader.
    LimitRows,
}

impl Peer {
    pub const ALL: [Self; 5] = [Self::Fieldgate, Self::PostGraphile, Self::Yoga, Self::Seaography, Self::LimitRows];

    /// Its name in the options, and the name of its folder in `bench/peers/queries`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fieldgate => "fieldgate",
            Self::PostGraphile => "postgraphile",
            Self::Yoga => "yoga",
            Self::Seaography => "seaography",
            Self::LimitRows => "limit-rows",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|peer| peer.name() == name)
    }

    /// Why it has no answer to a query.
    pub fn lacks(self, query: Query) -> Option<&'static str> {
        match (self, query) {
            (Self::Fieldgate, _) => None,
            (_, Query::Changes) => Some("no change log"),
            (Self::Seaography, Query::Create) => Some("its insert fails on timestamps"),
            _ => None,
        }
    }
}

/// A request without its address.
#[derive(Debug, Clone)]
pub struct Request {
    pub path: String,
    pub header: (&'static str, String),
    pub body: String,
}

/// What a tenant's requests need that the benchmark did not choose: tokens and ids of Fieldgate.
#[derive(Default)]
pub struct Tenant {
    pub token: String,
    /// For each customer its id, and those of its first contact, address, asset and load.
    pub ids: Vec<[String; 5]>,
}

pub struct Adapter<'a> {
    pub peer: Peer,
    /// The tenants of Fieldgate.
    pub tenants: &'a [Tenant],
}

impl Adapter<'_> {
    pub fn request(&self, query: Query, case: &Case) -> Result<Request> {
        let header = match self.peer {
            Peer::Fieldgate => ("authorization", format!("Bearer {}", self.tenants[case.tenant - 1].token)),
            _ => ("x-tenant", id(Table::Tenant, case.tenant, 0, 0)),
        };
        let variables = self.variables(query, case);
        if self.peer == Peer::LimitRows {
            return Ok(Request { path: format!("/{}", query.name()), header, body: variables.to_string() });
        }
        let body = json!({ "query": self.document(query)?, "variables": variables });
        Ok(Request { path: "/graphql".to_owned(), header, body: body.to_string() })
    }

    fn document(&self, query: Query) -> Result<String> {
        let path = format!("bench/peers/queries/{}/{}.graphql", self.peer.name(), query.name());
        let text =
            fs::read_to_string(crate::workspace_root().join(&path)).map_err(|error| format!("{path}: {error}"))?;
        if (self.peer, query) != (Peer::PostGraphile, Query::Nodes) {
            return Ok(text);
        }
        // It has no list of nodes, so the document asks for each by an alias.
        let numbers = 0..query.first() * NODE_TABLES.len();
        let variables = numbers.clone().map(|number| format!("$n{number}: ID!")).collect::<Vec<_>>().join(" ");
        let fields = numbers.map(|number| format!("n{number}: node(id: $n{number}) {{ ...Fields }}"));
        let fields = fields.collect::<Vec<_>>().join(" ");
        Ok(format!("query ({variables}) {{ {fields} }} {text}"))
    }

    fn variables(&self, query: Query, case: &Case) -> Json {
        let Case { tenant, customer, page, after, name, score, text, day } = case;
        let first = query.first();
        let customer_id = match self.peer {
            Peer::Fieldgate => self.tenants[tenant - 1].ids[customer - 1][0].clone(),
            _ => id(Table::Customer, *tenant, *customer, 0),
        };
        match query {
            Query::One => json!({ "id": customer_id }),
            Query::List | Query::Nested | Query::Overview if self.peer == Peer::Seaography => {
                json!({ "first": first, "offset": page * first })
            }
            Query::List | Query::Nested | Query::Overview | Query::Changes => json!({ "first": first, "after": after }),
            Query::Create => {
                let (name, email) = ("Zoe Bench", "zoe@bench.example");
                match self.peer {
                    Peer::LimitRows => json!({ "id": customer_id, "name": name, "email": email }),
                    Peer::PostGraphile => {
                        let tenant = id(Table::Tenant, *tenant, 0, 0);
                        json!({ "tenant": tenant, "customer": customer_id, "name": name, "email": email })
                    }
                    _ => json!({ "customer": customer_id, "name": name, "email": email }),
                }
            }
            Query::Filter if self.peer == Peer::Seaography => {
                let definition = id(Table::CustomFieldDefinition, *tenant, 0, 7);
                json!({ "first": first, "score": score, "definition": definition, "like": format!("{name}%") })
            }
            Query::Filter => json!({ "first": first, "score": score, "name": name }),
            Query::Search => json!({ "first": first, "text": text }),
            Query::Board => {
                let from = format!("2027-01-{day:02}T00:00:00Z");
                json!({ "first": first, "statuses": ["NEW", "SCHEDULED"], "from": from })
            }
            Query::Nodes => self.nodes(*tenant, *customer, first),
        }
    }

    /// The ids of some customers and of the first contact, address, asset and load of each.
    fn nodes(&self, tenant: usize, customer: usize, customers: usize) -> Json {
        let customers = customer..customer + customers;
        let lists = NODE_TABLES.into_iter().zip(0..).map(|(table, position)| {
            let id_of = |customer: usize| match self.peer {
                Peer::Fieldgate => self.tenants[tenant - 1].ids[customer - 1][position].clone(),
                _ => id(table, tenant, customer, usize::from(table != Table::Customer)),
            };
            customers.clone().map(id_of).collect::<Vec<_>>()
        });
        match self.peer {
            Peer::LimitRows => json!({ "ids": lists.collect::<Vec<_>>() }),
            Peer::Seaography => {
                let lists = ["a", "b", "c", "d", "e"].into_iter().zip(lists);
                Json::Object(lists.map(|(name, ids)| (name.to_owned(), json!(ids))).collect())
            }
            Peer::PostGraphile => {
                let ids = NODE_TABLES.into_iter().zip(lists).flat_map(|(table, ids)| {
                    ids.into_iter().map(move |id| BASE64.encode(json!([table.type_name(), id]).to_string()))
                });
                Json::Object(ids.zip(0..).map(|(id, number)| (format!("n{number}"), json!(id))).collect())
            }
            Peer::Fieldgate | Peer::Yoga => json!({ "ids": lists.flatten().collect::<Vec<_>>() }),
        }
    }
}

/// The tables of `bench/peers/sql/data.sql` whose ids requests name, with their numbers.
#[derive(Clone, Copy, PartialEq)]
enum Table {
    Tenant = 1,
    Customer = 2,
    Address = 3,
    Contact = 4,
    Asset = 5,
    Load = 8,
    CustomFieldDefinition = 10,
}

impl Table {
    fn type_name(self) -> &'static str {
        match self {
            Self::Tenant => "Tenant",
            Self::Customer => "Customer",
            Self::Address => "Address",
            Self::Contact => "Contact",
            Self::Asset => "Asset",
            Self::Load => "Load",
            Self::CustomFieldDefinition => "CustomFieldDefinition",
        }
    }
}

const NODE_TABLES: [Table; 5] = [Table::Customer, Table::Contact, Table::Address, Table::Asset, Table::Load];

/// The id that `pg_temp.id` in `bench/peers/sql/data.sql` makes.
fn id(table: Table, tenant: usize, customer: usize, item: usize) -> String {
    format!("{:08x}-{tenant:04x}-4{item:03x}-8000-{customer:012x}", table as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_rows() {
        assert_eq!(id(Table::Contact, 2, 1_000, 3), "00000004-0002-4003-8000-0000000003e8");
    }

    #[test]
    fn every_query_has_a_document_where_it_is_answered() {
        for peer in Peer::ALL.into_iter().filter(|peer| *peer != Peer::LimitRows) {
            for query in Query::ALL {
                let document = Adapter { peer, tenants: &[] }.document(query);
                assert_eq!(document.is_ok(), peer.lacks(query).is_none(), "{peer:?} {query:?}");
            }
        }
    }
}
