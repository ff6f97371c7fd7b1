//! Numbers: what a client writes as a number is stored with every digit, or refused.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{DatabaseKind, World, custom_fields, each_database, http_client, random::Random};

/// A number with some digits before and after its point.
fn number(random: &mut Random) -> String {
    let digits = |random: &mut Random, count: usize| {
        (0..count).map(|_| char::from(b'0' + u8::try_from(random.below(10)).unwrap())).collect::<String>()
    };
    let (whole, fraction) = (1 + random.below(12), random.below(7));
    let whole = format!("{}{}", 1 + random.below(9), digits(random, whole - 1));
    let fraction = digits(random, fraction);
    let sign = if random.chance(30) { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// A number as the server writes it.
fn canonical(number: &str) -> String {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.').to_owned() } else { number.to_owned() }
}

#[apply(each_database)]
async fn a_number_is_stored_with_every_digit_or_refused(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    custom_fields::create_definition(&admin, "ASSET", "number", "NUMBER", json!({})).await;
    custom_fields::create_definition(&admin, "ASSET", "price", "MONETARY", json!({ "currency": "USD" })).await;
    custom_fields::create_definition(&admin, "ASSET", "json", "JSON", json!({})).await;
    let token = world.user(&[access::Role::Admin]).token();
    let send = async |body: String| {
        let request = http_client().post(format!("{}/graphql", world.base)).bearer_auth(&token);
        let response = request.header("content-type", "application/json").body(body).send().await.unwrap();
        response.json::<Json>().await.unwrap()
    };
    let document =
        "mutation($m: Decimal!, $n: JSON, $p: JSON, $j: JSON) { assetCreate(input: { name: \"A\", meter: { value: $m },
        customFields: [{ key: \"number\", value: $n }, { key: \"price\", value: $p }, { key: \"json\", value: $j }] }) {
        asset { meter { value } customFields { nodes { definition { key } value } } } userErrors { message } } }";
    let (mut random, mut stored, mut refused) = (Random::from_seed(7), 0, 0);
    let fixed = [
        "123456789012.123456",
        "9223372036854.775807",
        "4503599627370.123456",
        "5938329396957.1902",
        "9223372036853.803",
    ];
    let numbers = fixed.into_iter().map(str::to_owned).chain((0..60).map(|_| number(&mut random))).collect::<Vec<_>>();
    for number in numbers {
        let magnitude = number.trim_start_matches('-');
        let price = magnitude
            .split_once('.')
            .map_or(magnitude.to_owned(), |(whole, cents)| format!("{whole}.{}", &cents[..cents.len().min(2)]));
        let price = price.trim_end_matches('.').to_owned();
        let literal = document
            .replacen("($m: Decimal!, $n: JSON, $p: JSON, $j: JSON)", "", 1)
            .replace("$m", magnitude)
            .replace("$n", &number)
            .replace("$p", &price)
            .replace("$j", &format!("{{ a: [{number}] }}"));
        let variables =
            format!("{{\"m\": {magnitude}, \"n\": {number}, \"p\": {price}, \"j\": {{\"a\": [{number}]}}}}");
        let bodies = [
            json!({ "query": literal }).to_string(),
            format!("{{\"query\": {}, \"variables\": {variables}}}", json!(document)),
        ];
        for body in bodies {
            let response = send(body).await;
            if response.get("data").is_none_or(Json::is_null) {
                let message = response["errors"][0]["message"].as_str().unwrap();
                assert!(message.contains(" has more digits than a number of 64 bits keeps"), "{number}: {message}");
                refused += 1;
                continue;
            }
            let payload = &response["data"]["assetCreate"];
            if payload["userErrors"] != json!([]) {
                // An amount beyond the largest one.
                assert!(payload["userErrors"][0]["message"].as_str().unwrap().contains("amount"), "{response}");
                continue;
            }
            let asset = &payload["asset"];
            assert_eq!(asset["meter"]["value"], json!(canonical(magnitude)), "{number}");
            let value = |key: &str| {
                let nodes = asset["customFields"]["nodes"].as_array().unwrap();
                nodes.iter().find(|node| node["definition"]["key"] == key).unwrap()["value"].clone()
            };
            assert_eq!(value("number"), json!(canonical(&number)), "{number}");
            assert_eq!(value("price")["amount"], json!(canonical(&price)), "{number}: {}", value("price"));
            assert_eq!(value("json")["a"][0].as_f64(), number.parse::<f64>().ok(), "{number}");
            stored += 1;
        }
    }
    assert!(stored > 60 && refused >= 8, "{stored} stored, {refused} refused");
    // As text, every digit is kept.
    let exact = json!({ "m": "9223372036854.775807", "n": "-4503599627370.123456", "p": "9223372036854.77", "j": "x" });
    let response = admin.execute_with(document, exact).await;
    assert_eq!(*response.at("/data/assetCreate/asset/meter/value"), json!("9223372036854.775807"), "{response}");
}
