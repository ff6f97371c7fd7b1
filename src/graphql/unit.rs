//! Units of weight, distance and temperature, and the conditions on them.

use async_graphql::Enum;

use super::filter::operators;

/// Defines an enum of the schema over the words of a text column.
macro_rules! unit {
    ($($(#[$doc:meta])* $unit:ident { $($(#[$word_doc:meta])* $name:ident = $word:literal,)* })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
        pub enum $unit { $($(#[$word_doc])* $name,)* }

        impl $unit {
            /// The unit of a word of the column.
            pub fn of(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The word of the column.
            pub fn word(self) -> String {
                match self { $(Self::$name => $word,)* }.to_owned()
            }
        }
    )* };
}

unit! {
    /// A unit of weight.
    WeightUnit {
        /// Pound: 0.45359237 kilograms.
        Lb = "LB",
        /// Kilogram.
        Kg = "KG",
    }
    /// A unit of distance.
    DistanceUnit {
        /// Mile: 1.609344 kilometres.
        Mi = "MI",
        /// Kilometre.
        Km = "KM",
    }
    /// A unit of temperature.
    TemperatureUnit {
        /// Degree Fahrenheit.
        F = "F",
        /// Degree Celsius.
        C = "C",
    }
}

operators! {
    /// Conditions on a unit of weight. A null field matches only `isNull: true`.
    WeightUnitFilter of WeightUnit as |unit: &WeightUnit| unit.word();
    /// Conditions on a unit of distance. A null field matches only `isNull: true`.
    DistanceUnitFilter of DistanceUnit as |unit: &DistanceUnit| unit.word();
}
