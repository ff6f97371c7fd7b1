//! The fields of a type by which records are grouped, and of which figures are computed.

use std::borrow::Cow;

use async_graphql::{Enum, InputType};
use domain::{
    aggregate::{
        calendar::Unit,
        table::{Function, Quantity},
    },
    custom_field::owner_column,
};
use entity::{
    custom_field_definition::{FieldType, OwnerType},
    custom_field_value::{Column, Model},
};
use error::{Error, Result};
use sea_orm::{EntityTrait, IdenStatic, ModelTrait, Value};
use store::{Edge, TenantTable, aggregate::Operand, edge::Via, page::find_column};

use crate::graphql::filter::{ColumnKind, FilterContext, Operators, value_column};

/// The `aggregate` of a type.
pub trait Aggregable {
    /// The input that names a key.
    type Key: InputType + Into<AskedKey>;
    /// The input that names a figure.
    type Figure: InputType + Into<AskedFigure>;
    /// The owner of the type's custom fields. None if it has no custom fields.
    const OWNER: Option<OwnerType>;
}

/// The length of the buckets into which times and dates are cut, in the tenant's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Unit")]
pub enum AggregateBucket {
    /// A day.
    Day,
    /// A week, from Monday.
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months, from January, April, July or October.
    Quarter,
    /// A calendar year.
    Year,
}

/// How a figure is computed of the values that are not null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Function")]
pub enum AggregateFunction {
    /// The number of different values. Texts that differ only in case, accents and white space are one.
    Distinct,
    /// The sum. Of whole numbers, decimals and money.
    Sum,
    /// The sum by the number of values, rounded half away from zero to six digits, of money to minor units. Of whole numbers,
    /// decimals and money.
    Average,
    /// The least value. Of whole numbers, decimals, money, times and dates.
    Minimum,
    /// The greatest value. Of whole numbers, decimals, money, times and dates.
    Maximum,
}

/// A field of the type, or a custom field by its key.
pub enum AskedField {
    /// A field of the type.
    Field(AggregateField),
    /// A custom field.
    Custom(String),
}

/// A key, as the client named it.
pub struct AskedKey {
    /// The field; an error if not exactly one is named.
    pub field: Result<AskedField>,
    /// The length of its buckets.
    pub bucket: Option<Unit>,
}

/// A figure, as the client named it.
pub struct AskedFigure {
    /// The field; an error if not exactly one is named.
    pub field: Result<AskedField>,
    /// The function.
    pub function: Function,
}

/// A field that records can be grouped by, or why they cannot.
#[derive(Clone, Debug)]
pub struct AggregateField {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: FieldKind,
}

/// What a field is for an aggregate.
#[derive(Clone, Debug)]
pub enum FieldKind {
    /// A column with a value.
    Value {
        /// The column.
        operand: Operand,
        /// What it holds.
        kind: ColumnKind,
        /// The column with the text as it was entered.
        text: Option<Operand>,
        /// The values of an enum, each with its name.
        names: fn() -> Vec<(Value, &'static str)>,
    },
    /// An amount and its currency.
    Money {
        /// The amount.
        amount: Operand,
        /// The currency.
        currency: Operand,
    },
    /// The id of the record at the other end of an edge.
    Reference {
        /// The column with the id.
        operand: Operand,
        /// The edge.
        edge: &'static Edge,
    },
    /// None of these: why it has no groups and no figures.
    Refused(&'static str),
}

/// The field or the custom field that an input names.
pub fn asked_field(field: Option<AggregateField>, custom: Option<String>) -> Result<AskedField> {
    match (field, custom) {
        (Some(field), None) => Ok(AskedField::Field(field)),
        (None, Some(key)) => Ok(AskedField::Custom(key)),
        _ => Err(Error::BadInput("Give field or customField, exactly one of them.".to_owned())),
    }
}

/// The name of a type that goes with a filter: `LoadFilter` and `Field` make `LoadField`.
pub fn type_name(filter: &str, suffix: &str) -> Cow<'static, str> {
    format!("{}{suffix}", filter.strip_suffix("Filter").unwrap_or(filter)).into()
}

impl AggregateField {
    /// A field of one column, by the operators of its filter.
    pub fn of_column<E: TenantTable, O: Operators>(name: &str, column: E::Column) -> Self {
        let text = column.as_str().strip_suffix("_key").and_then(find_column::<E>);
        let kind = match O::KIND {
            ColumnKind::Words => FieldKind::Refused("is a list"),
            ColumnKind::Id => FieldKind::Refused("is different in each record"),
            kind => FieldKind::Value {
                operand: column_of::<E>(column),
                kind,
                text: text.map(column_of::<E>),
                names: O::names,
            },
        };
        Self::named(name, kind)
    }

    /// A field of an amount and its currency.
    pub fn of_money<E: TenantTable>(name: &str, amount: E::Column, currency: E::Column) -> Self {
        Self::named(name, FieldKind::Money { amount: column_of::<E>(amount), currency: column_of::<E>(currency) })
    }

    /// A field that leads to one record.
    pub fn of_edge<E: TenantTable>(name: &str, edge: &'static Edge) -> Self {
        let column = match edge.via {
            Via::SourceColumn(column) => find_column::<E>(column),
            _ => None,
        };
        let kind = match column {
            Some(column) => FieldKind::Reference { operand: column_of::<E>(column), edge },
            None => FieldKind::Refused("is of no column"),
        };
        Self::named(name, kind)
    }

    /// A field that is encrypted.
    pub fn sealed(name: &str) -> Self {
        Self::named(name, FieldKind::Refused("is encrypted: the database cannot compare it"))
    }

    /// A field that is computed of others.
    pub fn computed(name: &str) -> Self {
        Self::named(name, FieldKind::Refused("is computed of other fields"))
    }

    /// The field with the name of a column, as the schema writes it.
    fn named(name: &str, kind: FieldKind) -> Self {
        Self { name: name.trim_start_matches("r#").to_ascii_uppercase(), kind }
    }

    /// The custom field of a key.
    fn custom(context: &FilterContext<'_>, owner: Option<OwnerType>, key: &str) -> Result<Self> {
        let Some(owner_type) = owner else {
            return Err(Error::BadInput("This type has no custom fields.".to_owned()));
        };
        let definition = context.definition(owner_type, key)?;
        let operand = |column: Column| Operand::Custom {
            definition: definition.id,
            owner: owner_column(owner_type),
            column: column.as_str(),
            value_type: Model::get_value_type(column),
        };
        let column = value_column(definition);
        let value = |kind, text: Option<Column>| FieldKind::Value {
            operand: operand(column),
            kind,
            text: text.map(operand),
            names: Vec::new,
        };
        let kind = match column {
            Column::Sealed => FieldKind::Refused("is encrypted: the database cannot compare it"),
            Column::Json if definition.field_type == FieldType::Json => FieldKind::Refused("is JSON"),
            Column::Json => FieldKind::Refused("holds several options"),
            Column::Amount => FieldKind::Money { amount: operand(column), currency: operand(Column::Currency) },
            Column::Boolean => value(ColumnKind::Boolean, None),
            Column::Date => value(ColumnKind::Date, None),
            Column::Number => value(ColumnKind::Decimal, None),
            _ => value(ColumnKind::Text, Some(Column::Text)),
        };
        Ok(Self { name: key.to_owned(), kind })
    }

    /// The field that a client named.
    pub fn of(context: &FilterContext<'_>, owner: Option<OwnerType>, asked: AskedField) -> Result<Self> {
        match asked {
            AskedField::Field(field) => Ok(field),
            AskedField::Custom(key) => Self::custom(context, owner, &key),
        }
    }

    /// The error of a field that cannot be used like this.
    pub fn refuse(&self, argument: &str, reason: &str) -> Error {
        Error::BadInput(format!("{argument}: {} {reason}.", self.name))
    }
}

impl FieldKind {
    /// What the functions that add up or compare compute with.
    pub fn quantity(&self) -> Option<Quantity> {
        match self {
            Self::Money { .. } => Some(Quantity::Money),
            Self::Value { kind: ColumnKind::Integer, .. } => Some(Quantity::Integer),
            Self::Value { kind: ColumnKind::Decimal, .. } => Some(Quantity::Decimal),
            Self::Value { kind: ColumnKind::Time | ColumnKind::Date, .. } => Some(Quantity::Ordered),
            _ => None,
        }
    }
}

fn column_of<E: TenantTable>(column: E::Column) -> Operand {
    Operand::Column { name: column.as_str(), value_type: <E as EntityTrait>::Model::get_value_type(column) }
}

/// Defines the inputs of the `aggregate` of a type, from the columns of its filter.
///
/// `aggregable! { LoadFilter of load with Some(OwnerType::Load); status => …, }` expands to
///
/// ```text
/// const _: () = {
///     /// A field of the records.
///     #[derive(Enum)]
///     pub enum Field { status, … }           // LoadField
///     #[derive(InputObject)]
///     pub struct Key { … }                   // LoadAggregateKey
///     #[derive(InputObject)]
///     pub struct Figure { … }                // LoadAggregateFigure
///     impl Aggregable for LoadFilter { … }
/// };
/// ```
macro_rules! aggregable {
    ($filter:ident of $table:ident with $owner:expr;
     $($(#[$doc:meta])* $field:ident => $found:expr,)*
    ) => {
        const _: () = {
            use async_graphql::TypeName;
            use $crate::graphql::aggregate::field::{
                Aggregable, AggregateBucket, AggregateField, AggregateFunction, AskedFigure, AskedKey, asked_field,
                type_name,
            };

            /// A field by which records are grouped, or of which figures are computed.
            #[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
            #[graphql(name_type)]
            #[expect(non_camel_case_types, reason = "they are the names of the fields")]
            pub enum Field { $($(#[$doc])* $field,)* }

            /// What records are grouped by: a field, or a custom field.
            #[derive(Clone, Debug, async_graphql::InputObject)]
            #[graphql(name_type)]
            pub struct Key {
                /// The field. Money is grouped by its currency, a field that leads to another record by that record.
                pub field: Option<Field>,
                /// The key of a custom field, instead of `field`.
                pub custom_field: Option<String>,
                /// The length of the buckets into which a time or a date is cut. A time needs it.
                pub bucket: Option<AggregateBucket>,
            }

            /// What is computed for each group: a function of a field, or of a custom field.
            #[derive(Clone, Debug, async_graphql::InputObject)]
            #[graphql(name_type)]
            pub struct Figure {
                /// The function.
                pub function: AggregateFunction,
                /// The field.
                pub field: Option<Field>,
                /// The key of a custom field, instead of `field`.
                pub custom_field: Option<String>,
            }

            impl TypeName for Field {
                fn type_name() -> std::borrow::Cow<'static, str> {
                    type_name(stringify!($filter), "Field")
                }
            }

            impl TypeName for Key {
                fn type_name() -> std::borrow::Cow<'static, str> {
                    type_name(stringify!($filter), "AggregateKey")
                }
            }

            impl TypeName for Figure {
                fn type_name() -> std::borrow::Cow<'static, str> {
                    type_name(stringify!($filter), "AggregateFigure")
                }
            }

            fn found(this: Field) -> AggregateField {
                match this {
                    $(Field::$field => $found(stringify!($field)),)*
                }
            }

            impl From<Key> for AskedKey {
                fn from(key: Key) -> Self {
                    Self {
                        field: asked_field(key.field.map(found), key.custom_field),
                        bucket: key.bucket.map(Into::into),
                    }
                }
            }

            impl From<Figure> for AskedFigure {
                fn from(figure: Figure) -> Self {
                    Self {
                        field: asked_field(figure.field.map(found), figure.custom_field),
                        function: figure.function.into(),
                    }
                }
            }

            impl Aggregable for $filter {
                type Key = Key;
                type Figure = Figure;
                const OWNER: Option<entity::custom_field_definition::OwnerType> = $owner;
            }
        };
    };
}
pub(in crate::graphql) use aggregable;
