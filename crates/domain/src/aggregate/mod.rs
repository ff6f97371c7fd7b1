//! Aggregates: the rows of a list as groups with figures, in an order.

pub mod calendar;
pub mod table;
