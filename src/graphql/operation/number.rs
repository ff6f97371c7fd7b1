//! Numbers: a number of JSON or of a document that a 64-bit number would change is refused, never rounded.

use apollo_compiler::ast::Value;

/// Whether a number in the notation of JSON is the same as a 64-bit number: as an integer, or as the shortest decimal
/// notation of the nearest floating-point number (ECMAScript writes that one, too).
fn is_exact(text: &str) -> bool {
    if text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok() {
        return true;
    }
    let Ok(float) = text.parse::<f64>() else { return false };
    float.is_finite() && digits_and_exponent(text) == digits_and_exponent(&format!("{float:e}"))
}

/// The significant digits of a number, and the power of ten of the last one.
fn digits_and_exponent(text: &str) -> Option<(String, i64)> {
    let text = text.trim_start_matches('-');
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.trim_start_matches('+').parse::<i64>().ok()?;
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    let last = exponent - i64::try_from(fraction.len()).ok()? + i64::try_from(digits.len() - significant.len()).ok()?;
    let significant = significant.trim_start_matches('0').to_owned();
    let last = if significant.is_empty() { 0 } else { last };
    Some((significant, last))
}

/// Why a number is refused.
fn reason(text: &str) -> String {
    let text: String = text.chars().take(MAX_QUOTED_CHARS).collect();
    format!("{text} has more digits than a number of 64 bits keeps; write fewer, or a string where the type takes one.")
}

/// The most characters of a number that a message quotes.
const MAX_QUOTED_CHARS: usize = 50;

/// Refuses JSON with a number that is not kept. The text is JSON.
pub fn check_json(json: &str) -> Result<(), String> {
    let bytes = json.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += 1;
                while let Some(byte) = bytes.get(at).filter(|byte| **byte != b'"') {
                    at += if *byte == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                let rest = json.get(at..).unwrap_or_default();
                let is_part = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
                let number = rest.find(|c| !is_part(c)).map_or(rest, |end| &rest[..end]);
                if !is_exact(number) {
                    return Err(reason(number));
                }
                at += number.len();
            }
            _ => at += 1,
        }
    }
    Ok(())
}

/// Refuses a literal with a number that is not kept.
pub fn check_literal(literal: &Value) -> Result<(), String> {
    match literal {
        Value::Int(number) if !is_exact(number.as_str()) => Err(reason(number.as_str())),
        Value::Float(number) if !is_exact(number.as_str()) => Err(reason(number.as_str())),
        Value::List(items) => items.iter().try_for_each(|item| check_literal(item)),
        Value::Object(fields) => fields.iter().try_for_each(|(_, field)| check_literal(field)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_kept_or_refused() {
        for kept in [
            "0",
            "-0",
            "0.0",
            "1",
            "-1.50",
            "1e3",
            "1.5E-7",
            "0.1",
            "0.30000000000000004",
            "123456789012.12346",
            "9007199254740993",
            "18446744073709551615",
            "100000000000000000000",
            "4503599627370.123",
            "-96.73123456789013",
            "5e-324",
        ] {
            assert!(is_exact(kept), "{kept}");
        }
        for lost in [
            "123456789012.123456",
            "9223372036854.775807",
            "4503599627370.123456",
            "5938329396957.1902",
            "123456789.123456789",
            "18446744073709551617",
            "1e400",
            "0.1000000000000000055",
            "1e-400",
        ] {
            assert!(!is_exact(lost), "{lost}");
            assert!(check_json(&format!("{{\"a\": [true, {{\"b\": {lost}}}]}}")).is_err(), "{lost}");
            assert!(check_json(&format!("{{\"a\": \"\\\"{lost}\"}}")).is_ok(), "{lost} in a text");
        }
    }

    #[test]
    fn every_decimal_of_an_exact_number_is_itself() {
        // The shortest notation of any floating-point number is exact, and one more digit is not.
        let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let float = f64::from_bits(bits);
            if float.is_normal() {
                assert!(is_exact(&float.to_string()) && is_exact(&format!("{float:e}")), "{float:e}");
            }
        }
    }
}
