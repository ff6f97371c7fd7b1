//! Days of the week, as columns store them: JSON lists of their names, from Monday, each once.

use chrono::Weekday;

/// The days of the week with their names.
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MONDAY", Weekday::Mon),
    ("TUESDAY", Weekday::Tue),
    ("WEDNESDAY", Weekday::Wed),
    ("THURSDAY", Weekday::Thu),
    ("FRIDAY", Weekday::Fri),
    ("SATURDAY", Weekday::Sat),
    ("SUNDAY", Weekday::Sun),
];

/// The days of the week as a column stores them. Nothing if there are none.
pub fn store_weekdays(weekdays: &[Weekday]) -> Option<String> {
    let names = weekday_names(weekdays);
    (!names.is_empty()).then(|| serde_json::json!(names).to_string())
}

/// The days of the week that a column stores.
pub fn parse_weekdays(stored: Option<&str>) -> Vec<Weekday> {
    let names: Vec<String> = stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    weekdays_of(&names)
}

/// The names of days of the week, from Monday, each once.
pub fn weekday_names(weekdays: &[Weekday]) -> Vec<String> {
    WEEKDAYS.iter().filter(|(_, day)| weekdays.contains(day)).map(|(name, _)| (*name).to_owned()).collect()
}

/// The days of the week of these names, from Monday, each once.
pub fn weekdays_of(names: &[String]) -> Vec<Weekday> {
    WEEKDAYS.iter().filter(|(name, _)| names.iter().any(|stored| stored == name)).map(|(_, day)| *day).collect()
}
