//! The queries.

use std::collections::HashMap;

use axum::http::HeaderMap;
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::future::{try_join, try_join_all};
use serde::{Deserialize, Serialize};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};
use uuid::Uuid;

use crate::answer::{
    Asset, BoardLoad, Contact, CustomField, Customer, Data, Load, Node, Overview, Page, PageInfo, Root, ServiceRecord,
    Stop,
};
use crate::statement::Statements;
use crate::{Error, Pool};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Variables {
    id: Uuid,
    ids: Vec<Vec<Uuid>>,
    first: i64,
    after: Option<String>,
    name: String,
    email: String,
    score: f64,
    text: String,
    statuses: Vec<String>,
    from: Option<DateTime<Utc>>,
}

pub async fn run(pool: &Pool, name: &str, headers: &HeaderMap, body: &[u8]) -> Result<Vec<u8>, Error> {
    let tenant: Uuid = headers.get("x-tenant").ok_or("the header x-tenant is missing")?.to_str()?.parse()?;
    let variables: Variables = serde_json::from_slice(body)?;
    let run = Run { pool, tenant, variables };
    match name {
        "one" => run.one().await,
        "list" => run.list().await,
        "nested" => run.nested().await,
        "overview" => run.overview().await,
        "create" => run.create().await,
        "filter" => run.filter().await,
        "search" => run.search().await,
        "board" => run.board().await,
        "nodes" => run.nodes().await,
        _ => Err(format!("there is no query {name}").into()),
    }
}

struct Run<'a> {
    pool: &'a Pool,
    tenant: Uuid,
    variables: Variables,
}

impl Run<'_> {
    async fn one(&self) -> Result<Vec<u8>, Error> {
        let rows = self.rows(|all| &all.customer, &[&self.tenant, &self.variables.id]).await?;
        let customers = rows.iter().map(|row| Customer { created_at: Some(row.get(5)), ..Customer::read(row) });
        answer(customers.last())
    }

    async fn list(&self) -> Result<Vec<u8>, Error> {
        let (rows, page_info) = self.page().await?;
        answer(page(rows.iter().map(Customer::read).collect(), Some(page_info)))
    }

    async fn nested(&self) -> Result<Vec<u8>, Error> {
        let (rows, page_info) = self.page().await?;
        let ids = ids(&rows, 0);
        let parameters: Parameters = [&self.tenant, &ids];
        let (contacts, assets) =
            try_join(self.rows(|all| &all.contacts, &parameters), self.rows(|all| &all.assets, &parameters)).await?;
        let mut contacts = group(&contacts, rows.len(), |row| Contact::read(row, 1));
        let mut assets = group(&assets, rows.len(), Asset::read);
        let nodes = rows.iter().zip(contacts.drain(..).zip(assets.drain(..))).map(|(row, (contacts, assets))| {
            Customer { contacts: Some(contacts), assets: Some(assets), ..Customer::read(row) }
        });
        answer(page(nodes.collect(), Some(page_info)))
    }

    async fn overview(&self) -> Result<Vec<u8>, Error> {
        let (rows, page_info) = self.page().await?;
        let ids_of_customers = ids(&rows, 0);
        let parameters: Parameters = [&self.tenant, &ids_of_customers];
        let assets_and_records = async {
            let assets = self.rows(|all| &all.assets, &parameters).await?;
            let ids_of_assets = ids(&assets, 1);
            let records = self.rows(|all| &all.service_records, &[&self.tenant, &ids_of_assets]).await?;
            Ok((assets, records))
        };
        let lists: [fn(&Statements) -> &Statement; 3] =
            [|all| &all.contacts, |all| &all.loads, |all| &all.custom_fields];
        let lists = try_join_all(lists.map(|statement| self.rows(statement, &parameters)));
        let (lists, (assets, records)) = try_join(lists, assets_and_records).await?;
        let mut records = group(&records, assets.len(), ServiceRecord::read).into_iter();
        let mut of_assets: Vec<Vec<Asset>> = rows.iter().map(|_| Vec::new()).collect();
        for row in &assets {
            of_assets[parent(row)].push(Asset::with_records(row, records.next().unwrap_or_default()));
        }
        let mut contacts = group(&lists[0], rows.len(), |row| Contact::read(row, 1)).into_iter();
        let mut loads = group(&lists[1], rows.len(), Load::read).into_iter();
        let mut fields = group(&lists[2], rows.len(), CustomField::read).into_iter();
        let nodes = rows.iter().zip(of_assets).map(|(row, assets)| Overview {
            id: row.get(0),
            contacts: contacts.next().unwrap_or_default(),
            assets,
            loads: loads.next().unwrap_or_default(),
            custom_fields: fields.next().unwrap_or_default(),
        });
        answer(page(nodes.collect(), Some(page_info)))
    }

    async fn create(&self) -> Result<Vec<u8>, Error> {
        let Variables { id, name, email, .. } = &self.variables;
        let rows = self.rows(|all| &all.create, &[&self.tenant, id, name, email]).await?;
        answer(rows.first().map(|row| Contact::read(row, 0)))
    }

    async fn filter(&self) -> Result<Vec<u8>, Error> {
        let Variables { score, name, first, .. } = &self.variables;
        let (rows, count) = try_join(
            self.rows(|all| &all.filter, &[&self.tenant, score, name, first]),
            self.rows(|all| &all.filter_count, &[&self.tenant, score, name]),
        )
        .await?;
        let total_count = count.first().map(|row| row.get(0));
        answer(Page { nodes: rows.iter().map(Customer::read).collect(), total_count, page_info: None })
    }

    async fn search(&self) -> Result<Vec<u8>, Error> {
        let Variables { text, first, .. } = &self.variables;
        let rows = self.rows(|all| &all.search, &[&self.tenant, text, first]).await?;
        answer(page(rows.iter().map(Customer::read).collect(), None))
    }

    async fn board(&self) -> Result<Vec<u8>, Error> {
        let Variables { statuses, from, first, .. } = &self.variables;
        let rows = self.rows(|all| &all.board, &[&self.tenant, statuses, from, first]).await?;
        let ids = ids(&rows, 0);
        let stops = self.rows(|all| &all.stops, &[&self.tenant, &ids]).await?;
        let stops = group(&stops, rows.len(), Stop::read);
        answer(page(rows.iter().zip(stops).map(|(row, stops)| BoardLoad::read(row, stops)).collect(), None))
    }

    async fn nodes(&self) -> Result<Vec<u8>, Error> {
        let types = self.variables.ids.iter().zip(0..5).map(|(ids, position)| async move {
            let parameters: Parameters = [&self.tenant, ids];
            self.rows(|all| &all.nodes[position], &parameters).await
        });
        let types = try_join_all(types).await?;
        let found: HashMap<Uuid, &Row> = types.iter().flatten().map(|row| (row.get(0), row)).collect();
        let nodes = self.variables.ids.iter().flatten().map(|id| found.get(id).map(|row| Node::read(row)));
        answer(nodes.collect::<Vec<_>>())
    }

    /// The rows of a page of customers.
    async fn page(&self) -> Result<(Vec<Row>, PageInfo), Error> {
        let (at, id) = match &self.variables.after {
            Some(cursor) => {
                let (at, id) = cursor.split_once('|').ok_or("the cursor is wrong")?;
                (DateTime::parse_from_rfc3339(at)?.to_utc(), id.parse()?)
            }
            None => (DateTime::UNIX_EPOCH, Uuid::nil()),
        };
        let mut rows = self.rows(|all| &all.page, &[&self.tenant, &at, &id, &self.variables.first]).await?;
        let has_next_page = i64::try_from(rows.len())? > self.variables.first;
        if has_next_page {
            rows.pop();
        }
        let end_cursor = rows.last().map(|row| {
            let at: DateTime<Utc> = row.get(5);
            format!("{}|{}", at.to_rfc3339_opts(SecondsFormat::Micros, true), row.get::<_, Uuid>(0))
        });
        Ok((rows, PageInfo { has_next_page, end_cursor }))
    }

    async fn rows(
        &self,
        statement: impl Fn(&Statements) -> &Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        let connection = self.pool.take();
        Ok(connection.client.query(statement(&connection.statements), parameters).await?)
    }
}

type Parameters<'a> = [&'a (dyn ToSql + Sync); 2];

fn answer<T: Serialize>(root: T) -> Result<Vec<u8>, Error> {
    Ok(serde_json::to_vec(&Data { data: Root { root } })?)
}

fn page<T>(nodes: Vec<T>, page_info: Option<PageInfo>) -> Page<T> {
    Page { nodes, total_count: None, page_info }
}

fn ids(rows: &[Row], column: usize) -> Vec<Uuid> {
    rows.iter().map(|row| row.get(column)).collect()
}

/// The position of a row's parent: PostgreSQL counts from 1.
fn parent(row: &Row) -> usize {
    usize::try_from(row.get::<_, i32>(0)).map_or(0, |position| position.saturating_sub(1))
}

fn group<'a, T>(rows: &'a [Row], parents: usize, read: impl Fn(&'a Row) -> T) -> Vec<Vec<T>> {
    let mut groups: Vec<Vec<T>> = (0..parents).map(|_| Vec::new()).collect();
    for row in rows {
        groups[parent(row)].push(read(row));
    }
    groups
}
