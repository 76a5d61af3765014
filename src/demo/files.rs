//! Example files.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::ids::FileId;
use crate::objects::{Object, ObjectKey, Objects};
use crate::resources::files::{DirectoryRef, EntryId, NewFile, queries};
use crate::tenant::StoreTx;
use crate::values::FileName;

/// A page that says what it is.
const QUOTATION: &str = "%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 62>>stream
BT /F 20 Tf 72 760 Td (Offerte 2026-117: warmtepomp) Tj ET    
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
";

/// A table of a working day.
const HOURS: &str = "datum;monteur;klant;uren\r\n2026-11-23;Joris;Bakkerij Smit;3,5\r\n2026-11-24;Fatima;Hotel De Linde;6\r\n";

/// Notes of a visit.
const NOTES: &str = "Werkbon 2026-0482\n\nKlant: Hotel De Linde\nWerk: cv-ketel nagekeken, expansievat vervangen\nTijd: 2 uur\n";

/// A drawing of a fuse box, instead of a photo.
const PICTURE: &[u8] = include_bytes!("fuse-box.png");

/// Adds some files in directories. Their contents stay even if the rows don't; then the clean-up
/// removes them. Returns what can be shared: the directory with quotations, and a picture.
pub(super) async fn add(
    tx: &mut StoreTx,
    objects: &Objects,
    now: Timestamp,
) -> Result<Vec<EntryId>> {
    let day = |days: i64| now - SignedDuration::from_hours(24 * days);
    let quotations = queries::insert_directory(tx, FileName::nearest("Offertes"), day(40)).await?;
    let work = queries::insert_directory(tx, FileName::nearest("Werkbonnen"), day(35)).await?;
    let root = DirectoryRef::Root;
    let mut last = None;
    for (directory, name, mime, content, days) in [
        (
            &quotations,
            "Offerte 2026-117 warmtepomp.pdf",
            "application/pdf",
            QUOTATION.as_bytes(),
            20,
        ),
        (&work, "Werkbon 2026-0482.txt", "text/plain", NOTES.as_bytes(), 3),
        (&root, "Uren week 48.csv", "text/csv", HOURS.as_bytes(), 2),
        (&root, "Meterkast.png", "image/png", PICTURE, 1),
    ] {
        let (id, directory, name) = (FileId::random(), directory.clone(), FileName::nearest(name));
        let key = ObjectKey::of(tx.portal(), &id);
        let stored = objects.put(key, Object::of_bytes(content)).await.map_err(Error::of_store)?;
        tx.keep(stored, now).await?;
        let (size, sha256) = (content.len() as u64, Sha256::digest(content).into());
        let new = NewFile { id, directory, name, size, mime, sha256, upload: None };
        last = Some(queries::insert_file(tx, new, day(days)).await?.id);
    }
    let quotations = quotations.id().cloned().map(EntryId::Directory);
    Ok(quotations.into_iter().chain(last).collect())
}
