//! The table of an aggregate: a row for each group, from the groups of its statements.

use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
    ops::RangeInclusive,
    sync::Arc,
};

use error::{Error, Result};
use sea_orm::Value;
use store::{
    aggregate::{Group, Groups, Measured},
    rollup::MAX_GROUPS,
};

use crate::value::{WideDecimal, rounded_quotient};

/// What a figure is computed of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Whole numbers.
    Integer,
    /// Decimals, in millionths.
    Decimal,
    /// Amounts of money, in minor units.
    Money,
    /// Values that are only compared, such as times.
    Ordered,
}

/// How a figure is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// The number of different values.
    Distinct,
    /// The sum.
    Sum,
    /// The sum by the number of values.
    Average,
    /// The least value.
    Minimum,
    /// The greatest value.
    Maximum,
}

/// A figure of each group: where its measure stands, and how it becomes the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The function.
    pub function: Function,
    /// What it is computed of.
    pub quantity: Quantity,
    /// The part of the aggregate.
    pub part: usize,
    /// The measure in the part.
    pub measure: usize,
}

/// The value of a figure.
#[derive(Clone, Debug, PartialEq)]
pub enum FigureValue {
    /// A number; nothing without values.
    Number(Option<WideDecimal>),
    /// Amounts in minor units, one for each currency, by its code.
    Money(Vec<(String, i128)>),
    /// A time or a date; null without values.
    Ordered(Value),
}

/// The value of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyValue {
    /// A value; null is one.
    Value(Value),
    /// A value with the text that stands for it.
    Text(String, String),
    /// A bucket, from its first edge to its second.
    Bucket(Value, Value),
}

/// A group with its figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The keys.
    pub keys: Vec<KeyValue>,
    /// How many rows there are.
    pub count: i64,
    /// The figures.
    pub figures: Vec<FigureValue>,
}

/// By what the rows are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The count.
    Count,
    /// The key at a position.
    Key(usize),
    /// The figure at a position.
    Figure(usize),
}

/// The rows of an aggregate, by their keys. Every bucket of a calendar between the first and the last one that has rows is there,
/// for every combination of the other keys.
pub fn rows(groups: Option<&Groups>, key_count: usize, figures: &[Figure]) -> Result<Vec<Row>> {
    let none = Groups { edges: vec![Arc::default(); key_count], parts: Vec::new() };
    let groups = groups.unwrap_or(&none);
    let found = groups.parts.first().map_or(&[][..], Vec::as_slice);
    let mut rows: Vec<(Vec<Value>, Row)> = Vec::with_capacity(found.len());
    for group in found {
        let figures = figures.iter().map(|figure| own_figure(*figure, Some(group))).collect();
        rows.push((group.keys.clone(), Row { keys: key_values(groups, group), count: group.count, figures }));
    }
    if key_count == 0 && rows.is_empty() {
        let figures = figures.iter().map(|figure| own_figure(*figure, None)).collect();
        rows.push((Vec::new(), Row { keys: Vec::new(), count: 0, figures }));
    }
    add_empty_buckets(groups, figures, &mut rows)?;
    let index: HashMap<_, _> = rows.iter().enumerate().map(|(index, (keys, _))| (identity(keys), index)).collect();
    for (position, figure) in figures.iter().enumerate().filter(|(_, figure)| figure.part > 0) {
        for group in groups.parts.get(figure.part).into_iter().flatten() {
            let Some(row) = index.get(&identity(&group.keys)).and_then(|index| rows.get_mut(*index)) else { continue };
            add_partition(&mut row.1.figures[position], *figure, group);
        }
    }
    let mut rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
    for row in &mut rows {
        for figure in &mut row.figures {
            if let FigureValue::Money(amounts) = figure {
                amounts.sort_unstable();
            }
        }
    }
    Ok(rows)
}

/// Orders rows by some terms, each descending or not, and then by their keys. Null is last, whatever the direction.
pub fn sort(rows: &mut [Row], terms: &[(By, bool)]) -> Result<()> {
    for (by, _) in terms {
        let By::Figure(position) = by else { continue };
        let several = rows.iter().find_map(|row| match row.figures.get(*position) {
            Some(FigureValue::Money(amounts)) if amounts.len() > 1 => Some(amounts),
            _ => None,
        });
        if let Some(amounts) = several {
            let currencies: Vec<_> = amounts.iter().map(|(currency, _)| currency.as_str()).collect();
            let message = format!(
                "orderBy: a group has amounts of {}, which have no order; group by the amount's currency, too, or narrow the list to one.",
                currencies.join(", ")
            );
            return Err(Error::BadInput(message));
        }
    }
    rows.sort_by(|left, right| {
        let of_terms = terms.iter().map(|(by, descending)| match by {
            By::Count => directed(left.count.cmp(&right.count), *descending),
            By::Key(position) => compare_keys(left.keys.get(*position), right.keys.get(*position), *descending),
            By::Figure(position) => {
                compare_figures(left.figures.get(*position), right.figures.get(*position), *descending)
            }
        });
        let of_keys =
            left.keys.iter().zip(&right.keys).map(|(left, right)| compare_keys(Some(left), Some(right), false));
        of_terms.chain(of_keys).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    });
    Ok(())
}

/// Values that are equal have equal texts.
fn identity(keys: &[Value]) -> String {
    format!("{keys:?}")
}

fn key_values(groups: &Groups, group: &Group) -> Vec<KeyValue> {
    let keys = group.keys.iter().enumerate().map(|(position, value)| {
        let text = group.texts.get(position).and_then(Option::as_ref);
        match (value, text, groups.edges.get(position)) {
            (Value::BigInt(Some(bucket)), _, Some(edges)) if !edges.is_empty() => bucket_of(edges, *bucket),
            (Value::String(Some(value)), Some(text), _) => KeyValue::Text(value.clone(), text.clone()),
            _ => KeyValue::Value(value.clone()),
        }
    });
    keys.collect()
}

fn bucket_of(edges: &[Value], bucket: i64) -> KeyValue {
    let edge = |index: usize| edges.get(index).or(edges.last()).cloned().unwrap_or(Value::BigInt(None));
    let index = usize::try_from(bucket).unwrap_or_default();
    KeyValue::Bucket(edge(index), edge(index + 1))
}

/// Adds a row without records for every bucket that has none, between the first and the last one that has some.
fn add_empty_buckets(groups: &Groups, figures: &[Figure], rows: &mut Vec<(Vec<Value>, Row)>) -> Result<()> {
    for (position, edges) in groups.edges.iter().enumerate().filter(|(_, edges)| !edges.is_empty()) {
        let buckets = || rows.iter().filter_map(|(keys, _)| bucket_at(keys, position));
        let (Some(first), Some(last)) = (buckets().min(), buckets().max()) else { continue };
        let known: HashSet<_> = rows.iter().map(|(keys, _)| identity(keys)).collect();
        let mut others: HashMap<String, (Vec<Value>, Vec<KeyValue>)> = HashMap::new();
        for (keys, row) in rows.iter() {
            let mut other = keys.clone();
            other[position] = Value::BigInt(None);
            others.entry(identity(&other)).or_insert_with(|| (keys.clone(), row.keys.clone()));
        }
        let buckets: RangeInclusive<i64> = first..=last;
        if others.len().saturating_mul(buckets.clone().count()) > MAX_GROUPS {
            let message = format!(
                "With the empty buckets, there are more than {MAX_GROUPS} groups; take longer buckets, or narrow the list."
            );
            return Err(Error::BadInput(message));
        }
        for (mut keys, values) in others.into_values() {
            for bucket in buckets.clone() {
                keys[position] = bucket.into();
                if known.contains(&identity(&keys)) {
                    continue;
                }
                let mut values = values.clone();
                values[position] = bucket_of(edges, bucket);
                let figures = figures.iter().map(|figure| own_figure(*figure, None)).collect();
                rows.push((keys.clone(), Row { keys: values, count: 0, figures }));
            }
        }
    }
    Ok(())
}

fn bucket_at(keys: &[Value], position: usize) -> Option<i64> {
    match keys.get(position) {
        Some(Value::BigInt(bucket)) => *bucket,
        _ => None,
    }
}

/// A figure of the first part, or of no row. One of another part begins without amounts.
fn own_figure(figure: Figure, group: Option<&Group>) -> FigureValue {
    if figure.part > 0 {
        return match figure.function {
            Function::Distinct => FigureValue::Number(Some(WideDecimal(0))),
            _ => FigureValue::Money(Vec::new()),
        };
    }
    let measured = group.and_then(|group| group.measured.get(figure.measure));
    let scale = if figure.quantity == Quantity::Integer { ONE } else { 1 };
    match (figure.function, measured) {
        (Function::Distinct, Some(Measured::Count(count))) => number(i128::from(*count) * ONE),
        (Function::Distinct, _) => number(0),
        (Function::Sum, Some(Measured::Sum(sum, 1..))) => number(*sum * scale),
        (Function::Average, Some(Measured::Sum(sum, count @ 1..))) => {
            FigureValue::Number(average(*sum * scale, *count).map(WideDecimal))
        }
        (Function::Minimum | Function::Maximum, Some(Measured::Value(value))) => match value {
            Value::BigInt(Some(value)) => number(i128::from(*value) * scale),
            Value::Int(Some(value)) => number(i128::from(*value) * scale),
            Value::BigInt(None) | Value::Int(None) => FigureValue::Number(None),
            value => FigureValue::Ordered(value.clone()),
        },
        (Function::Minimum | Function::Maximum, _) if figure.quantity == Quantity::Ordered => {
            FigureValue::Ordered(Value::ChronoDateTimeUtc(None))
        }
        _ => FigureValue::Number(None),
    }
}

/// Adds what a group of one currency has to the figure of the group of all currencies.
fn add_partition(value: &mut FigureValue, figure: Figure, group: &Group) {
    let Some(currency) = &group.partition else { return };
    match (value, group.measured.get(figure.measure)) {
        (FigureValue::Number(Some(number)), Some(Measured::Count(count))) => number.0 += i128::from(*count) * ONE,
        (FigureValue::Money(amounts), Some(measured)) => {
            let amount = match (figure.function, measured) {
                (Function::Sum, Measured::Sum(sum, 1..)) => Some(*sum),
                (Function::Average, Measured::Sum(sum, count @ 1..)) => average(*sum, *count),
                (Function::Minimum | Function::Maximum, Measured::Value(Value::BigInt(Some(value)))) => {
                    Some((*value).into())
                }
                _ => None,
            };
            amounts.extend(amount.map(|amount| (currency.clone(), amount)));
        }
        _ => {}
    }
}

/// One, in millionths.
const ONE: i128 = 1_000_000;

/// The average of some values, rounded half away from zero. It is as large as the largest of them at most.
fn average(sum: i128, count: i64) -> Option<i128> {
    rounded_quotient(sum, count.into()).map(i128::from)
}

fn number(millionths: i128) -> FigureValue {
    FigureValue::Number(Some(WideDecimal(millionths)))
}

fn directed(ordering: Ordering, descending: bool) -> Ordering {
    if descending { ordering.reverse() } else { ordering }
}

/// Compares two values of which either can be absent, which comes last.
fn null_last<T>(left: Option<T>, right: Option<T>, compare: impl FnOnce(T, T) -> Ordering) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => compare(left, right),
        (left, right) => left.is_none().cmp(&right.is_none()),
    }
}

fn compare_keys(left: Option<&KeyValue>, right: Option<&KeyValue>, descending: bool) -> Ordering {
    let value = |key: Option<&KeyValue>| match key? {
        KeyValue::Value(value) | KeyValue::Bucket(value, _) => Some(value.clone()),
        KeyValue::Text(value, _) => Some(Value::from(value.as_str())),
    };
    compare_values(value(left).as_ref(), value(right).as_ref(), descending)
}

fn compare_figures(left: Option<&FigureValue>, right: Option<&FigureValue>, descending: bool) -> Ordering {
    match (left, right) {
        (Some(FigureValue::Number(left)), Some(FigureValue::Number(right))) => {
            null_last(*left, *right, |left, right| directed(left.cmp(&right), descending))
        }
        (Some(FigureValue::Money(left)), Some(FigureValue::Money(right))) => {
            // Amounts of one currency are compared with each other only.
            null_last(left.first(), right.first(), |left, right| {
                left.0.cmp(&right.0).then(directed(left.1.cmp(&right.1), descending))
            })
        }
        (Some(FigureValue::Ordered(left)), Some(FigureValue::Ordered(right))) => {
            compare_values(Some(left), Some(right), descending)
        }
        _ => Ordering::Equal,
    }
}

fn compare_values(left: Option<&Value>, right: Option<&Value>, descending: bool) -> Ordering {
    let present = |value: Option<&Value>| value.filter(|value| **value != value.as_null()).cloned();
    null_last(present(left), present(right), |left, right| {
        let ordering = match (left, right) {
            (Value::BigInt(left), Value::BigInt(right)) => left.cmp(&right),
            (Value::Int(left), Value::Int(right)) => left.cmp(&right),
            (Value::Bool(left), Value::Bool(right)) => left.cmp(&right),
            (Value::String(left), Value::String(right)) => left.cmp(&right),
            (Value::Uuid(left), Value::Uuid(right)) => left.cmp(&right),
            (Value::ChronoDate(left), Value::ChronoDate(right)) => left.cmp(&right),
            (Value::ChronoDateTimeUtc(left), Value::ChronoDateTimeUtc(right)) => left.cmp(&right),
            _ => Ordering::Equal,
        };
        directed(ordering, descending)
    })
}
