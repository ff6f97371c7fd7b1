//! Texts of inputs: what is ignored around them, and what they must not be.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{DatabaseKind, World, custom_fields, each_database};

#[apply(each_database)]
async fn a_comma_is_no_tag(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let tags = json!(["alpha", "beta,", ",gamma", "a\"b"]);
    admin.mutate("customerCreate", json!({ "name": "Acme", "type": "BROKER", "tags": tags }), "").await;
    let query = "query($tag: String!) { customers(where: { tags: { has: $tag } }) { totalCount } }";
    for (tag, count) in
        [(",", 0), ("，", 0), ("\",\"", 0), ("alpha", 1), ("BETA,", 1), (",gamma", 1), ("a\"b", 1), ("a", 0)]
    {
        let found = admin.execute_with(query, json!({ "tag": tag })).await;
        assert_eq!(*found.at("/data/customers/totalCount"), json!(count), "{tag}");
    }
    for tag in [",", " ， "] {
        let refused =
            admin.user_errors("customerCreate", json!({ "name": "B", "type": "BROKER", "tags": [tag] })).await;
        assert_eq!(refused, ["INVALID input.tags.0: A tag is not a comma alone."]);
    }
}

#[apply(each_database)]
async fn white_space_around_a_text_is_ignored_before_it_is_checked(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let input = json!({
        "name": " Acme ", "type": "BROKER", "externalReference": "acme",
        "contactInfo": { "email": " ada@example.com ", "phone": " (555) 123-4567 " },
        "contacts": [{ "name": "Ann", "email": "\tann@example.com\n", "mobile": " 555 123 4567 " }],
        "addresses": [{ "city": " Waco ", "country": " US ", "timeZone": " America/Chicago " }],
    });
    let select = "name contactInfo { email phone } contacts { nodes { email mobile } }
        addresses { nodes { city country timeZone } }";
    let created = admin.mutate("customerCreate", input, select).await;
    assert_eq!(
        created,
        json!({
            "name": "Acme",
            "contactInfo": { "email": "ada@example.com", "phone": "(555) 123-4567" },
            "contacts": { "nodes": [{ "email": "ann@example.com", "mobile": "555 123 4567" }] },
            "addresses": { "nodes": [{ "city": "Waco", "country": "US", "timeZone": "America/Chicago" }] },
        })
    );
    // A text without letters clears, as everywhere.
    let cleared = json!({ "externalReference": "acme", "contactInfo": { "email": "", "phone": "  " },
        "contacts": [{ "name": "Ann", "email": " ", "mobile": "" }] });
    let select = "contactInfo { email phone } contacts { nodes { email mobile } }";
    let cleared = admin.mutate("customerUpsert", cleared, select).await;
    assert_eq!(cleared["contacts"]["nodes"][0], json!({ "email": null, "mobile": null }));
    assert!(cleared["contactInfo"].is_null() || cleared["contactInfo"] == json!({ "email": null, "phone": null }));
    for email in ["a@b..c", "a@.b.c", "@b.c", "a@b", "a b@c.d"] {
        let refused = admin
            .user_errors("customerUpsert", json!({ "externalReference": "acme", "contactInfo": { "email": email } }))
            .await;
        assert!(refused[0].starts_with("INVALID input.contactInfo.email"), "{email}: {refused:?}");
    }
}

#[apply(each_database)]
async fn a_text_that_nobody_sees_is_none(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for name in ["\u{200b}", " \u{feff}\u{200d} ", "\u{ad}\u{2060}"] {
        let refused = admin.user_errors("assetCreate", json!({ "name": name })).await;
        assert_eq!(refused, ["REQUIRED input.name: name cannot be empty."], "{name:?}");
    }
    let turned = admin.user_errors("assetCreate", json!({ "name": "Lift \u{202e}txt.exe" })).await;
    assert_eq!(
        turned,
        ["INVALID input.name: name contains a direction override (U+202D or U+202E): it shows as another text."]
    );
    // Joined emoji and a direction mark beside letters stay.
    for name in ["\u{1f469}\u{200d}\u{1f527}", "\u{200f}שלום"] {
        let created = admin.mutate("assetCreate", json!({ "name": name }), "name").await;
        assert_eq!(created["name"], json!(name));
    }
}

const TURNED: &str = "contains a direction override (U+202D or U+202E): it shows as another text.";

#[apply(each_database)]
async fn tags_are_texts(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let create = |tags: Json| json!({ "name": "Acme", "type": "BROKER", "tags": tags });
    let created = admin.mutate("customerCreate", create(json!([" VIP ", "cold  chain"])), "tags").await;
    assert_eq!(created["tags"], json!(["cold chain", "vip"]));
    let long = "x".repeat(51);
    let refused = admin.user_errors("customerCreate", create(json!(["a", " ", "\u{200b}", "b\u{202e}", long]))).await;
    assert_eq!(
        refused,
        [
            "REQUIRED input.tags.1: tags.1 cannot be empty.".to_owned(),
            "REQUIRED input.tags.2: tags.2 cannot be empty.".to_owned(),
            format!("INVALID input.tags.3: tags.3 {TURNED}"),
            "OUT_OF_RANGE input.tags.4: tags.4 has at most 50 characters; 51 were given.".to_owned(),
        ]
    );
}

#[apply(each_database)]
async fn texts_of_custom_fields_are_texts(database: DatabaseKind, #[values(false, true)] sensitive: bool) {
    let world = World::new(database).await;
    let admin = world.admin();
    let types = [
        ("STRING", " Lift 1 ", "Lift 1"),
        ("EMAIL", "\tada@example.com ", "ada@example.com"),
        ("PHONE_NUMBER", " (555) 123-4567\n", "(555) 123-4567"),
        ("WEB_ADDRESS", " https://example.com ", "https://example.com"),
    ];
    let customer =
        admin.mutate("customerCreate", json!({ "name": "Acme", "type": "BROKER" }), "id").await["id"].clone();
    for (value_type, given, stored) in types {
        let key = value_type.to_lowercase();
        custom_fields::create_definition(&admin, "CUSTOMER", &key, value_type, json!({ "sensitive": sensitive })).await;
        let update = |value: &str| json!({ "id": customer, "customFields": [{ "key": key, "value": value }] });
        let select = format!("customField(key: \"{key}\") {{ value }}");
        let written = admin.mutate("customerUpdate", update(given), &select).await;
        assert_eq!(written["customField"]["value"], json!(stored), "{value_type}");
        let turned = admin.user_errors("customerUpdate", update("a\u{202d}b")).await;
        assert_eq!(turned, [format!("INVALID input.customFields.0.value: This text {TURNED}")]);
        // As in every other text, white space or invisible characters alone are none, which clears.
        for blank in ["", " \t", "\u{200b}"] {
            admin.mutate("customerUpdate", update(given), "").await;
            let cleared = admin.mutate("customerUpdate", update(blank), &select).await;
            assert_eq!(cleared["customField"], json!(null), "{value_type} {blank:?}");
        }
        let required = json!({ "sensitive": sensitive, "required": true });
        custom_fields::create_definition(&admin, "ASSET", &key, value_type, required).await;
        let refused = json!({ "name": "Lift", "customFields": [{ "key": key, "value": " " }] });
        let refused = admin.user_errors("assetCreate", refused).await;
        let expected =
            format!("REQUIRED input.customFields.0.value: The custom field {key} is required and cannot be cleared.");
        assert!(refused.contains(&expected), "{value_type}: {refused:?}");
    }
    // A default that says nothing is none.
    let settings = json!({ "sensitive": sensitive, "default": " " });
    custom_fields::create_definition(&admin, "LOAD", "note", "STRING", settings).await;
    let definitions =
        admin.execute("{ customFieldDefinitions(where: { key: { eq: \"note\" } }) { nodes { default } } }").await;
    assert_eq!(*definitions.at("/data/customFieldDefinitions/nodes/0/default"), json!(null));
}

#[apply(each_database)]
async fn white_space_around_a_currency_is_ignored(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    custom_fields::create_definition(&admin, "CUSTOMER", "limit", "MONETARY", json!({ "currency": "EUR" })).await;
    let price = json!({ "amount": "12.5", "currency": " EUR " });
    let customer = json!({ "name": "Acme", "type": "BROKER", "externalReference": "acme",
        "customFields": [{ "key": "limit", "value": price }] });
    let select = "customField(key: \"limit\") { value }";
    let created = admin.mutate("customerCreate", customer, select).await;
    assert_eq!(created["customField"]["value"], json!({ "amount": "12.5", "currency": "EUR" }));
    let load = json!({ "customer": "acme", "loadDetails": { "value": price }, "stops": [{ "type": "PICKUP" }, { "type": "DELIVERY" }],
        "charges": [{ "type": "LINEHAUL", "unitAmount": "12.5", "currency": " EUR " }] });
    let created = admin.mutate("loadCreate", load, "loadDetails { value { currency } } charge { currency }").await;
    assert_eq!(created, json!({ "loadDetails": { "value": { "currency": "EUR" } }, "charge": { "currency": "EUR" } }));
    let filter = "{ loads(where: { charge: { currency: \" EUR \", amount: { gte: \"1\" } } }) { totalCount } }";
    assert_eq!(*admin.execute(filter).await.at("/data/loads/totalCount"), json!(1));
}

#[apply(each_database)]
async fn a_country_is_one_of_iso_3166(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for country in ["UK", "ZZ", "us", "USA", "A", "U S"] {
        let refused = admin.user_errors("addressCreate", json!({ "city": "Waco", "country": country })).await;
        let expected =
            format!("INVALID input.country: \"{country}\" is not an ISO 3166-1 country code; an example is US.");
        assert_eq!(refused, [expected]);
    }
    for country in ["US", "GB", "DE", "AQ"] {
        admin.mutate("addressCreate", json!({ "city": "Waco", "country": country }), "").await;
    }
}

/// An index of PostgreSQL holds rows of at most 2704 bytes, and one letter may fold to 33.
#[apply(each_database)]
async fn a_text_of_letters_that_grow_when_they_are_folded_is_stored(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let mut letters: Vec<_> = ('\u{a1}'..='\u{10ffff}').filter(|letter| letter.is_alphanumeric()).collect();
    letters.sort_by_key(|letter| std::cmp::Reverse(store::fold::fold(&letter.to_string()).len()));
    // 200 different letters are the longest text that PostgreSQL cannot compress; few of the longest letters make a longer one.
    let different: String = letters.iter().take(200).collect();
    let longest: String = (0..200_usize).map(|place| letters[place * place % 5]).collect();
    let lengths = [&different, &longest].map(|text| store::fold::fold(text).len());
    assert!(lengths[0] > 1_500 && lengths[1] > 2_704, "{lengths:?}");
    for long in [&different, &longest] {
        let customer = json!({
            "name": long, "type": "BROKER", "number": long, "externalReference": long, "mcNumber": long, "dotNumber": long,
            "tags": [long.chars().take(50).collect::<String>()], "addresses": [{ "name": long, "city": long }],
        });
        let customer = admin.mutate("customerCreate", customer, "id").await["id"].clone();
        admin.mutate("assetCreate", json!({ "name": long, "unitNumber": long, "serialNumber": long }), "").await;
        let stops = json!([{ "type": "PICKUP" }, { "type": "DELIVERY" }]);
        let references = json!([{ "type": "PO", "value": long }]);
        let load = json!({ "customer": customer, "number": long, "references": references, "stops": stops });
        admin.mutate("loadCreate", load, "").await;
        let query =
            "query($where: CustomerFilter) { customers(where: $where, orderBy: [{ name: ASC }]) { totalCount } }";
        let filter = json!({ "name": { "startsWith": "x" }, "number": { "eq": long } });
        let response = admin.execute_with(query, json!({ "where": filter })).await;
        assert_eq!(*response.at("/data/customers/totalCount"), json!(0), "{response}");
        let filter = json!({ "number": { "eq": long }, "externalReference": { "eq": long } });
        let response = admin.execute_with(query, json!({ "where": filter })).await;
        assert_eq!(*response.at("/data/customers/totalCount"), json!(1), "{response}");
    }
    let field = json!({ "ownerType": "CUSTOMER", "key": "text", "type": "STRING", "title": "Text" });
    admin.mutate("customFieldDefinitionCreate", field, "").await;
    let longer: String = letters.iter().take(1_000).collect();
    let values = json!([{ "key": "text", "value": longer }]);
    let refused = json!({ "name": "Acme", "type": "BROKER", "customFields": values });
    let errors = admin.user_errors("customerCreate", refused).await;
    assert!(errors[0].contains("2500 bytes"), "{errors:?}");
}
