//! A batch of writes to different tables, none of which sees what another one writes. PostgreSQL executes it as one
//! statement, because a message takes both sides longer than most statements.

use std::iter::Peekable;

use sea_orm::{
    DbBackend, Statement, StatementBuilder,
    sea_query::{CommonTableExpression, InsertStatement, SubQueryStatement, UpdateStatement, WithClause},
};

use crate::table::Table;

/// How many parameters one message has at most: PostgreSQL's protocol counts them with 16 bits.
const MAX_PARAMETERS_PER_MESSAGE: usize = 60_000;

/// Statements that wait to be executed together, in order.
#[derive(Debug, Default)]
pub struct WriteBatch {
    writes: Vec<Write>,
}

#[derive(Debug)]
struct Write {
    /// The table whose constraints tell what was wrong; nothing for the store's own tables.
    table: Option<&'static Table>,
    statement: BatchedStatement,
    parameters: usize,
}

#[derive(Debug)]
enum BatchedStatement {
    Insert(InsertStatement),
    Update(UpdateStatement),
}

impl WriteBatch {
    /// Adds the insertion of rows.
    pub fn insert(&mut self, table: Option<&'static Table>, insert: InsertStatement, parameters: usize) {
        self.writes.push(Write { table, statement: BatchedStatement::Insert(insert), parameters });
    }

    /// Adds an update of rows of a table that the batch does not write otherwise.
    pub fn update(&mut self, update: UpdateStatement, parameters: usize) {
        self.writes.push(Write { table: None, statement: BatchedStatement::Update(update), parameters });
    }
}

/// A statement of a batch, and the tables whose constraints may refuse it.
pub type BatchStatement = (Statement, Vec<&'static Table>);

impl WriteBatch {
    /// The statements to execute: on PostgreSQL as few as the protocol allows.
    pub fn into_statements(self, backend: DbBackend) -> Vec<BatchStatement> {
        let mut writes = self.writes.into_iter().peekable();
        std::iter::from_fn(|| next_statement(&mut writes, backend)).collect()
    }
}

fn next_statement(writes: &mut Peekable<impl Iterator<Item = Write>>, backend: DbBackend) -> Option<BatchStatement> {
    let Write { table, statement, mut parameters } = writes.next()?;
    let (mut tables, mut others) = (Vec::from_iter(table), Vec::new());
    if backend == DbBackend::Postgres {
        while let Some(next) = writes.next_if(|next| parameters + next.parameters <= MAX_PARAMETERS_PER_MESSAGE) {
            parameters += next.parameters;
            tables.extend(next.table);
            others.push(next.statement);
        }
    }
    Some((together(statement, others, backend), tables))
}

impl BatchedStatement {
    fn build(&self, backend: DbBackend) -> Statement {
        match self {
            Self::Insert(insert) => StatementBuilder::build(insert, &backend),
            Self::Update(update) => StatementBuilder::build(update, &backend),
        }
    }
}

impl From<BatchedStatement> for SubQueryStatement {
    fn from(statement: BatchedStatement) -> Self {
        match statement {
            BatchedStatement::Insert(insert) => insert.into(),
            BatchedStatement::Update(update) => update.into(),
        }
    }
}

/// One statement of some, of which the last one is the main one.
fn together(first: BatchedStatement, mut others: Vec<BatchedStatement>, backend: DbBackend) -> Statement {
    let Some(main) = others.pop() else { return first.build(backend) };
    let mut with = WithClause::new();
    for (index, statement) in std::iter::once(first).chain(others).enumerate() {
        let mut part = CommonTableExpression::new();
        part.table_name(format!("part{index}")).query(SubQueryStatement::from(statement));
        with.cte(part);
    }
    match main {
        BatchedStatement::Insert(insert) => StatementBuilder::build(&insert.with(with), &backend),
        BatchedStatement::Update(update) => StatementBuilder::build(&update.with(with), &backend),
    }
}
