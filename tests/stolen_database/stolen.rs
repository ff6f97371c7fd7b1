//! Stolen rows: what stands in all tables about an id.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write,
};

use super::{
    TOKENS, shape,
    tables::{Cell, StolenTable},
};

/// The stolen rows by the ids that they have.
pub struct Stolen<'a> {
    tables: &'a [StolenTable],
    /// Of each id, the numbers of the tables and of their rows.
    pub by_id: HashMap<&'a str, BTreeSet<(usize, usize)>>,
}

impl<'a> Stolen<'a> {
    /// The rows of some tables.
    pub fn new(tables: &'a [StolenTable]) -> Self {
        let mut by_id = HashMap::<_, BTreeSet<_>>::new();
        for (number, table) in tables.iter().enumerate() {
            for (place, row) in table.rows.iter().enumerate() {
                for cell in row {
                    if let Cell::Bytes(digits) = cell
                        && digits.len() == 32
                    {
                        by_id.entry(digits.as_str()).or_default().insert((number, place));
                    }
                }
            }
        }
        Self { tables, by_id }
    }

    /// A table and its number.
    pub fn table(&self, name: &str) -> (usize, &'a StolenTable) {
        let number = self.tables.iter().position(|table| table.name == name);
        let number = number.unwrap_or_else(|| panic!("there is no table {name}"));
        (number, &self.tables[number])
    }

    /// The id of the row that has a text in a column.
    pub fn id_of(&self, name: &str, column: &str, text: &str) -> &'a str {
        let table = self.table(name).1;
        let is_meant = |row: &&Vec<Cell>| matches!(table.cell(row, column), Cell::Text(found) if found == text);
        id(table, table.rows.iter().find(is_meant).unwrap_or_else(|| panic!("{name} has no {text}")))
    }

    /// The id of the value of a custom field of a row.
    pub fn value_of(&self, owner: &str, definition: &str) -> &'a str {
        let (number, table) = self.table("custom_field_value");
        let rows = self.by_id[owner].intersection(&self.by_id[definition]);
        let found = rows.filter(|(of, _)| *of == number).map(|(_, row)| &table.rows[*row]).collect::<Vec<_>>();
        let [value] = found[..] else { panic!("a row has {} values of a field", found.len()) };
        id(table, value)
    }

    /// Everything that stands in the database about a row, by name.
    pub fn features(&self, rows: &BTreeSet<(usize, usize)>) -> BTreeMap<String, String> {
        let mut features = BTreeMap::new();
        for (number, table) in self.tables.iter().enumerate() {
            let rows: Vec<_> = rows.iter().filter(|(of, _)| *of == number).map(|(_, row)| &table.rows[*row]).collect();
            features.insert(format!("{} rows", table.name), rows.len().to_string());
            let is_index = table.name == "search_token";
            for (index, column) in table.columns.iter().enumerate() {
                let mut shapes: Vec<_> = rows.iter().map(|row| shape(&row[index])).collect();
                if is_index {
                    // The order in which tokens are stored is one of their own features.
                    shapes.sort_unstable();
                }
                features.insert(format!("{}.{column}", table.name), shapes.join(" "));
            }
            for row in rows.iter().filter(|_| is_index) {
                let name = format!("{TOKENS} of {}", shape(table.cell(row, "field")));
                let tokens: &mut String = features.entry(name).or_default();
                write!(tokens, "{:?}", table.cell(row, "token")).unwrap();
            }
        }
        features
    }
}

fn id<'a>(table: &StolenTable, row: &'a [Cell]) -> &'a str {
    match table.cell(row, "id") {
        Cell::Bytes(digits) => digits,
        other => panic!("the id is {other:?}"),
    }
}
