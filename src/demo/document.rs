//! The demo's documents: links to contracts of customers, and the signed proofs of delivered loads and finished services as files.

use chrono::TimeDelta;
use domain::document::{Draft, OwnerReference, create};
use entity::{
    document::{DocumentType, Entity},
    load, service_record,
};
use error::{Error, Result};
use file_storage::FileStorage;
use sea_orm::ActiveEnum;
use store::{Filter, Predicate};

use super::{customer, seed::Seed};
use crate::files::{Fields, Upload};

/// Every so many customers have a contract.
const CUSTOMERS_PER_CONTRACT: u32 = 4;
/// How many loads, and how many service records, have a file.
const FILES: usize = 20;
/// The time for which a file may be on its way into the storage.
const LIFE: TimeDelta = TimeDelta::hours(1);

/// Writes the documents.
pub async fn write(seed: &Seed, storage: &FileStorage) -> Result<()> {
    let count = seed.scope.customers() / CUSTOMERS_PER_CONTRACT;
    seed.write_missing::<Entity>("contracts", count, contract, async |tx, _, index| {
        let customer = customer::reference(index * CUSTOMERS_PER_CONTRACT);
        let draft = Draft {
            external_reference: Some(contract(index)).into(),
            document_type: Some(DocumentType::Contract).into(),
            title: Some("Service agreement".to_owned()).into(),
            link: Some(format!("https://contracts.example/{customer}.pdf")).into(),
            ..Draft::default()
        };
        create(tx, &OwnerReference { customer: Some(customer), ..OwnerReference::default() }, draft).await.map(drop)
    })
    .await?;
    let existing = seed.existing_references::<Entity>().await?;
    let loads = seed.store.find::<load::Entity>()?.filter(completed(load::Status::Completed.to_value()));
    let loads = seed.store.all(&loads).await?.into_iter().filter_map(|load| {
        let text = format!("Proof of delivery\n\nLoad {}\nReceived in good order.\n", load.number);
        let owner = ("load", load.external_reference.clone()?);
        Some(Scan { owner, document_type: "POD", title: "Proof of delivery", text })
    });
    let records =
        seed.store.find::<service_record::Entity>()?.filter(completed(service_record::Status::Completed.to_value()));
    let records = seed.store.all(&records).await?.into_iter().filter_map(|record| {
        let day = record.service_date.date_naive();
        let text = format!("Work report\n\n{} on {day}\nDone as ordered.\n", record.service_type);
        let owner = ("serviceRecord", record.external_reference.clone()?);
        Some(Scan { owner, document_type: "SIGNATURE", title: "Signed work report", text })
    });
    // A later start adds none for work that was completed since.
    let of_loads: Vec<_> = loads.take(FILES).collect();
    for scan in of_loads.into_iter().chain(records.take(FILES)).filter(|scan| !existing.contains(&scan.reference())) {
        scan.upload(seed, storage).await?;
    }
    Ok(())
}

/// A file of a load or of a service record.
struct Scan {
    /// The field of its owner, and the external reference of that.
    owner: (&'static str, String),
    document_type: &'static str,
    title: &'static str,
    text: String,
}

impl Scan {
    fn reference(&self) -> String {
        format!("{}-file", self.owner.1)
    }

    async fn upload(self, seed: &Seed, storage: &FileStorage) -> Result<()> {
        let (reference, mut fields) = (self.reference(), Fields::default());
        let (field, owner) = self.owner;
        for (name, value) in [
            (field, owner.as_str()),
            ("type", self.document_type),
            ("title", self.title),
            ("externalReference", &reference),
        ] {
            fields.set(name, value).map_err(|_| Error::internal(name))?;
        }
        let media_type = "text/plain".to_owned();
        let accepted = [media_type.clone()];
        let file = (Some(format!("{}.txt", self.title)), Some(media_type));
        let expires_at = seed.store.now() + LIFE;
        let mut upload = Upload::begin(&seed.store, storage, fields, file, &accepted, expires_at).await?;
        upload.write(self.text.as_bytes()).await?;
        upload.finish(&seed.store).await.map(drop)
    }
}

fn completed(status: String) -> Filter {
    Filter::Column("status", Predicate::Eq(status.into()))
}

/// The external reference of a contract.
fn contract(index: u32) -> String {
    format!("demo-contract-{index}")
}
