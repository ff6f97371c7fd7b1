//! Camel case: how the schema writes the names of columns.

/// A name in snake case as the schema writes it.
pub fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

/// Whether a name of the schema is the camel case of a column's. Without a text of its own: each selected field is compared with
/// all columns of its table.
pub fn is_camel_case_of(camel: &str, column: &str) -> bool {
    let mut letters = camel.bytes();
    let mut begins_word = false;
    for letter in column.bytes() {
        if letter == b'_' {
            begins_word = true;
            continue;
        }
        let expected = if begins_word { letter.to_ascii_uppercase() } else { letter };
        begins_word = false;
        if letters.next() != Some(expected) {
            return false;
        }
    }
    letters.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_the_schema_is_compared_with_columns_as_if_they_were_written_in_camel_case() {
        let columns = ["id", "name", "name_sealed", "street2", "updated_at", "a_b_c", ""];
        for column in columns {
            for other in columns {
                assert_eq!(is_camel_case_of(&camel_case(column), other), column == other, "{column} {other}");
            }
        }
        assert!(!is_camel_case_of("updated_at", "updated_at") && !is_camel_case_of("Name", "name"));
    }
}
