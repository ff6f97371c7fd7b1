//! Aggregates: the whole list of a connection as groups with figures.

pub(in crate::graphql) mod field;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, SimpleObject};
use chrono_tz::Tz;
use domain::{
    aggregate::{
        calendar,
        table::{self, By, Figure, FigureValue, Function, KeyValue, Quantity, Row},
    },
    local_time::zone,
    value,
};
use error::{Error, Result};
use sea_orm::{Value, prelude::Uuid};
use store::{
    Edge, RowQuery,
    aggregate::{self as statement, Key, Measure},
};

use self::field::{Aggregable, AggregateField, AskedField, AskedFigure, AskedKey, FieldKind};
use super::{
    context::{ContextExt, Definitions},
    entity_object::ListedObject,
    filter::{ColumnKind, FilterContext},
    order::Direction,
    output_list::OutputList,
    row_size::RowSize,
    scalar::{Date, DateTime, Money, WideDecimal},
};

/// The most keys of an aggregate.
const MAX_KEYS: usize = 3;

/// The most figures of an aggregate.
const MAX_FIGURES: usize = 20;

/// The number of groups without `first`.
pub const DEFAULT_GROUPS: usize = 100;

/// The most groups of an answer.
const MAX_FIRST: usize = 1_000;

/// By what groups are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AggregateOrderBy {
    /// The number of records.
    Count,
    /// A key: enums and texts by their names, times by their buckets.
    Key,
    /// A figure. Amounts of money are compared within their currency; a group with amounts of several has no order.
    Figure,
}

/// A term of the order of groups. Null is last in both directions.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct AggregateOrder {
    /// What is compared.
    pub by: AggregateOrderBy,
    /// The position in `groupBy` or `figures`, from 0.
    #[graphql(default)]
    pub position: i32,
    /// The direction; ascending by default.
    #[graphql(default)]
    pub direction: Direction,
}

/// The records of a list as groups.
#[derive(SimpleObject)]
pub struct Aggregate {
    /// The number of all groups: more than `groups` has if `first` cut them.
    group_count: u64,
    /// The groups in order, at most `first`.
    groups: OutputList<AggregateGroup>,
}

/// The records that have the same values of the keys.
#[derive(SimpleObject)]
pub struct AggregateGroup {
    /// The values of the keys, in the order of `groupBy`.
    keys: OutputList<AggregateKey>,
    /// The number of records.
    count: u64,
    /// The figures, in the order of `figures`.
    figures: OutputList<AggregateFigure>,
}

/// The value of a key.
#[derive(SimpleObject)]
pub struct AggregateKey {
    /// The value as text: the value of an enum, a text as one of the records has it, a number, `true` or `false`, a currency, the
    /// id of a record, a date, or the first day of a bucket in the tenant's time zone. Null: the records without a value.
    value: Option<String>,
    /// The beginning of the bucket. Null if the key has no buckets.
    from: Option<DateTime>,
    /// The end of the bucket, exclusive. Null if the key has no buckets.
    until: Option<DateTime>,
    /// The id of the record, if the key is a field that leads to one; `nodes` finds the records of many ids. Null if it is not.
    id: Option<ID>,
}

/// A figure of a group. Exactly one of its fields is of the figure's type; the others are null.
#[derive(Default, SimpleObject)]
pub struct AggregateFigure {
    /// A number of different values, or a figure of numbers. Null without values.
    number: Option<WideDecimal>,
    /// A figure of money: an amount for each currency, in the order of their codes. Amounts of different currencies are never
    /// added up. Empty without values.
    money: Option<Vec<Money>>,
    /// A figure of times. Null without values.
    time: Option<DateTime>,
    /// A figure of dates. Null without values.
    date: Option<Date>,
}

/// The arguments of the field.
pub struct Arguments<K, F> {
    pub group_by: Option<Vec<K>>,
    pub figures: Option<Vec<F>>,
    pub order_by: Option<Vec<AggregateOrder>>,
    pub first: Option<i32>,
}

/// The arguments of the field, whatever the type of the list.
struct Asked {
    keys: Vec<AskedKey>,
    figures: Vec<AskedFigure>,
    order: Vec<(By, bool)>,
    first: usize,
}

/// What is read, and how it becomes the answer.
struct Plan {
    aggregate: statement::Aggregate,
    figures: Vec<Figure>,
    kinds: Vec<FieldKind>,
}

/// The aggregate of a list, or of one of the lists under many parents.
pub async fn of_list<F: ListedObject>(
    ctx: &Context<'_>,
    find: &Arc<RowQuery<F::Entity>>,
    parent: Option<(&'static Edge, Uuid)>,
    arguments: Arguments<<F::Filter as Aggregable>::Key, <F::Filter as Aggregable>::Figure>,
) -> Result<Aggregate> {
    let asked = Asked {
        keys: arguments.group_by.into_iter().flatten().map(Into::into).collect(),
        figures: arguments.figures.into_iter().flatten().map(Into::into).collect(),
        order: order(arguments.order_by)?,
        first: first(arguments.first)?,
    };
    asked.check()?;
    let (order, first) = (asked.order.clone(), asked.first);
    let is_custom = |field: &Result<AskedField>| matches!(field, Ok(AskedField::Custom(_)));
    let has_custom = asked.keys.iter().any(|key| is_custom(&key.field))
        || asked.figures.iter().any(|figure| is_custom(&figure.field));
    let definitions = if has_custom { ctx.definitions().await? } else { Definitions::default() };
    let context = FilterContext { store: ctx.store(), definitions: &definitions };
    let plan = Plan::of(&context, <F::Filter as Aggregable>::OWNER, asked)?;
    let read = || Ok((find.clone(), plan.aggregate.clone()));
    let name = parent.map_or("", |(edge, _)| edge.name);
    let groups = Box::pin(ctx.store().aggregate(ctx.field_key(name), parent, read)).await?;
    let mut rows = table::rows(groups.as_deref(), plan.kinds.len(), &plan.figures)?;
    let group_count = rows.len() as u64;
    table::sort(&mut rows, &order)?;
    rows.truncate(first);
    rows.shrink_to_fit();
    // All groups were sorted, however few are shown. No list waits with all of its groups in memory.
    ctx.store().pace(group_count).await;
    ctx.spend(rows.len() as u64, 0, || RowSize::of(ctx.field().selection_set(), &[])).await;
    let zone = zone(&ctx.store().tenant().row.time_zone);
    Ok(Aggregate { group_count, groups: rows.into_iter().map(|row| plan.group(row, zone)).collect() })
}

fn order(order: Option<Vec<AggregateOrder>>) -> Result<Vec<(By, bool)>> {
    let term = |term: AggregateOrder| {
        let position = usize::try_from(term.position);
        let position = position.map_err(|_| Error::BadInput("orderBy: position is at least 0.".to_owned()))?;
        let by = match term.by {
            AggregateOrderBy::Count => By::Count,
            AggregateOrderBy::Key => By::Key(position),
            AggregateOrderBy::Figure => By::Figure(position),
        };
        Ok((by, term.direction == Direction::Desc))
    };
    order.into_iter().flatten().map(term).collect()
}

fn first(first: Option<i32>) -> Result<usize> {
    let Some(given) = first else { return Ok(DEFAULT_GROUPS) };
    let read = usize::try_from(given).ok().filter(|given| *given <= MAX_FIRST);
    read.ok_or_else(|| Error::BadInput(format!("first is from 0 to {MAX_FIRST}; {given} was given.")))
}

impl Asked {
    fn check(&self) -> Result<()> {
        let terms = MAX_KEYS + MAX_FIGURES + 1;
        for (name, length, maximum) in [
            ("groupBy", self.keys.len(), MAX_KEYS),
            ("figures", self.figures.len(), MAX_FIGURES),
            ("orderBy", self.order.len(), terms),
        ] {
            if length > maximum {
                return Err(Error::BadInput(format!("{name} has at most {maximum} items; {length} were given.")));
            }
        }
        for (by, _) in &self.order {
            let (position, length, name) = match by {
                By::Count => continue,
                By::Key(position) => (position, self.keys.len(), "groupBy"),
                By::Figure(position) => (position, self.figures.len(), "figures"),
            };
            if *position >= length {
                let message = format!("orderBy: position {position} is not in {name}, which has {length} items.");
                return Err(Error::BadInput(message));
            }
        }
        Ok(())
    }
}

impl Plan {
    fn of(
        context: &FilterContext<'_>,
        owner: Option<entity::custom_field_definition::OwnerType>,
        asked: Asked,
    ) -> Result<Self> {
        let zone = zone(&context.store.tenant().row.time_zone);
        let (mut keys, mut kinds) = (Vec::new(), Vec::new());
        for (position, key) in asked.keys.into_iter().enumerate() {
            let argument = format!("groupBy.{position}");
            let field = AggregateField::of(context, owner, key.field?)?;
            if let FieldKind::Reference { edge, .. } = &field.kind {
                context.store.caller().require(edge.target.read)?;
            }
            keys.push(self::key(&field, key.bucket, zone, &argument)?);
            kinds.push(field.kind);
        }
        let mut plan = Self {
            aggregate: statement::Aggregate { keys, parts: vec![(None, Vec::new())] },
            figures: Vec::new(),
            kinds,
        };
        for (position, figure) in asked.figures.into_iter().enumerate() {
            let field = AggregateField::of(context, owner, figure.field?)?;
            plan.add(&field, figure.function, &format!("figures.{position}"))?;
        }
        Ok(plan)
    }

    /// Adds a figure to the part whose groups are of its currency, or to the first one.
    fn add(&mut self, field: &AggregateField, function: Function, argument: &str) -> Result<()> {
        let (operand, currency) = match &field.kind {
            FieldKind::Refused(reason) => return Err(field.refuse(argument, reason)),
            FieldKind::Money { amount, currency } => (amount, Some(currency)),
            FieldKind::Value { operand, .. } | FieldKind::Reference { operand, .. } => (operand, None),
        };
        let quantity = field.kind.quantity();
        let is_refused = match (function, quantity) {
            (Function::Distinct, _) => None,
            (_, None) => Some("has no such figure; it has DISTINCT"),
            (Function::Sum | Function::Average, Some(Quantity::Ordered)) => {
                Some("has no such figure; it has DISTINCT, MINIMUM and MAXIMUM")
            }
            _ => None,
        };
        if let Some(reason) = is_refused {
            return Err(field.refuse(argument, reason));
        }
        let part = match currency {
            None => 0,
            Some(currency) => {
                let of_currency = Some(currency.clone());
                let known = self.aggregate.parts.iter().position(|(partition, _)| *partition == of_currency);
                known.unwrap_or_else(|| {
                    self.aggregate.parts.push((of_currency, Vec::new()));
                    self.aggregate.parts.len() - 1
                })
            }
        };
        let operand = operand.clone();
        let measure = match function {
            Function::Distinct => Measure::Distinct(operand),
            Function::Sum | Function::Average => Measure::Sum(operand),
            Function::Minimum => Measure::Minimum(operand),
            Function::Maximum => Measure::Maximum(operand),
        };
        let Some((_, measures)) = self.aggregate.parts.get_mut(part) else { return Ok(()) };
        let known = measures.iter().position(|known| *known == measure);
        let measure = known.unwrap_or_else(|| {
            measures.push(measure);
            measures.len() - 1
        });
        self.figures.push(Figure { function, quantity: quantity.unwrap_or(Quantity::Ordered), part, measure });
        Ok(())
    }

    fn group(&self, row: Row, zone: Tz) -> AggregateGroup {
        AggregateGroup {
            keys: row.keys.into_iter().zip(&self.kinds).map(|(key, kind)| AggregateKey::of(key, kind, zone)).collect(),
            count: u64::try_from(row.count).unwrap_or_default(),
            figures: row.figures.into_iter().map(AggregateFigure::from).collect(),
        }
    }
}

/// The key of a statement for a field.
fn key(field: &AggregateField, bucket: Option<calendar::Unit>, zone: Tz, argument: &str) -> Result<Key> {
    let (operand, text, kind) = match &field.kind {
        FieldKind::Refused(reason) => return Err(field.refuse(argument, reason)),
        FieldKind::Money { currency, .. } => (currency, &None, ColumnKind::Exact),
        FieldKind::Reference { operand, .. } => (operand, &None, ColumnKind::Id),
        FieldKind::Value { operand, kind, text, .. } => (operand, text, *kind),
    };
    let calendar = match (kind, bucket) {
        (ColumnKind::Time, None) => return Err(field.refuse(argument, "is a time; give a bucket")),
        (ColumnKind::Time, Some(unit)) => Some(calendar::of_times(unit, zone)),
        (ColumnKind::Date, Some(unit)) => Some(calendar::of_dates(unit)),
        (_, Some(_)) => return Err(field.refuse(argument, "is neither a time nor a date; leave out bucket")),
        (_, None) => None,
    };
    Ok(Key { operand: operand.clone(), text: text.clone(), calendar })
}

impl AggregateKey {
    fn of(key: KeyValue, kind: &FieldKind, zone: Tz) -> Self {
        let (mut from, mut until, mut id) = (None, None, None);
        let value = match key {
            KeyValue::Text(_, text) => Some(text),
            KeyValue::Bucket(first, next) => {
                from = calendar::instant(&first, zone).map(DateTime);
                until = calendar::instant(&next, zone).map(DateTime);
                calendar::first_day(&first, zone).map(|day| day.to_string())
            }
            KeyValue::Value(value) => match (value, kind) {
                (value, FieldKind::Value { kind: ColumnKind::Enum, names, .. }) => {
                    names().into_iter().find(|(stored, _)| *stored == value).map(|(_, name)| name.to_owned())
                }
                (Value::Uuid(Some(record)), FieldKind::Reference { edge, .. }) => {
                    let record = edge.target.encode_id(record);
                    id = Some(ID(record.clone()));
                    Some(record)
                }
                (Value::BigInt(Some(number)), FieldKind::Value { kind: ColumnKind::Decimal, .. }) => {
                    Some(value::Decimal(number).to_string())
                }
                (Value::BigInt(number), _) => number.map(|number| number.to_string()),
                (Value::Int(number), _) => number.map(|number| number.to_string()),
                (Value::Bool(is_true), _) => is_true.map(|is_true| is_true.to_string()),
                (Value::String(text), _) => text,
                (Value::ChronoDate(day), _) => day.map(|day| day.to_string()),
                _ => None,
            },
        };
        Self { value, from, until, id }
    }
}

impl From<FigureValue> for AggregateFigure {
    fn from(value: FigureValue) -> Self {
        match value {
            FigureValue::Number(number) => Self { number: number.map(WideDecimal), ..Self::default() },
            FigureValue::Money(amounts) => {
                let money = amounts.into_iter().map(|(currency, amount)| Money::of_sum(amount, currency)).collect();
                Self { money: Some(money), ..Self::default() }
            }
            FigureValue::Ordered(Value::ChronoDateTimeUtc(time)) => {
                Self { time: time.map(DateTime), ..Self::default() }
            }
            FigureValue::Ordered(Value::ChronoDate(date)) => Self { date: date.map(Date), ..Self::default() },
            FigureValue::Ordered(_) => Self::default(),
        }
    }
}
