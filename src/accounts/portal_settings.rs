//! What a business says about itself, and how its portal looks.

use std::fmt::Write;
use std::sync::LazyLock;

use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use crate::db::{Db, params};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::hexadecimal::hexadecimal;
use crate::i18n::Lang;
use crate::ids::{AccountId, PortalId};
use crate::tenant::{Store, StoreTx, TenantSql};
use crate::values::{
    Color, Country, Iban, KvkNumber, Logo, Name, Postcode, Record, Text, VatNumber, Zone, choice,
    record, row,
};

choice! {
    /// The language of a portal.
    PortalLanguage in "customers.language." {
        /// Dutch.
        Dutch = "nl",
        /// English.
        English = "en",
    }
}

impl PortalLanguage {
    /// The language of its texts.
    pub const fn lang(self) -> Lang {
        match self {
            Self::Dutch => Lang::Nl,
            Self::English => Lang::En,
        }
    }
}

record! {
    /// What a business says about itself.
    #[derive(Default)]
    BusinessDetails, BusinessCreate, BusinessPatch checked by BusinessDetails::check {
        /// Name in the trade register
        legal_name "legalName": Option<Text<200>> = "Bakkerij De Korenaar B.V.",
        /// Street and number
        address "address": Option<Text<200>> = "Molenstraat 12",
        /// Postal code, in the format of the country
        zip_code "zipCode": Option<Postcode> = "5211 DR",
        /// City
        city "city": Option<Text<100>> = "Den Bosch",
        /// Country code, two letters (ISO 3166-1 alpha-2)
        country_code "countryCode": Option<Country> = "NL",
        /// Number in the Dutch trade register (KvK): eight digits
        kvk_number "kvkNumber": Option<KvkNumber> = "12345678",
        /// VAT number, with its country prefix
        vat_number "vatNumber": Option<VatNumber> = "NL123456782B12",
        /// Bank account number (IBAN)
        iban "iban": Option<Iban> = "NL91 ABNA 0417 1643 00",
        /// Colour of the portal's pages
        color "color": Option<Color> = "#0b6b7a",
        /// Language of mails to people whose language isn't known
        language "language": Option<PortalLanguage> = "nl",
        /// Name that the portal's mails are sent in
        sender_name "senderName": Option<Name> = "De Korenaar",
    }
}

impl BusinessDetails {
    /// The names of the fields in which it differs from another one.
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        let texts = |details: &Self| details.texts(Lang::default(), &TimeZone::UTC);
        let both = texts(self).into_iter().zip(texts(other));
        let fields = Self::FIELDS.iter().zip(both);
        fields.filter(|(_, (own, other))| own != other).map(|(field, _)| field.name).collect()
    }

    /// Formats the postal code for its country, the Netherlands if there is none.
    pub fn check(&mut self, fields: &mut Fields) {
        let country = self.country_code.clone().unwrap_or_default();
        if let Some(code) = &mut self.zip_code {
            code.check(fields, "zipCode", (&country, "countryCode"));
        }
    }
}

row! {
    /// The settings of a portal, as stored.
    PortalSettings {
        /// The time zone of its times (IANA).
        time_zone: String = "p.time_zone",
        /// The version of its logo, if it has one.
        logo_version: Option<String>,
        /// The number of changes.
        revision: i64 = "COALESCE(c.revision, 0)",
    } with {
        /// What the business says about itself.
        details: BusinessDetails,
    }
}

/// A portal's logo.
pub struct PortalLogo;

static FIND: LazyLock<TenantSql> = LazyLock::new(|| {
    TenantSql::built(format!(
        "SELECT {} FROM portals p LEFT JOIN portal_settings c ON c.portal_id = p.id WHERE p.id = ?1",
        PortalSettings::columns()
    ))
});

static UPDATE: LazyLock<TenantSql> = LazyLock::new(|| {
    let mut sql = "UPDATE portal_settings SET revision = revision + 1".to_owned();
    for (place, column) in (2..).zip(BusinessDetails::COLUMNS) {
        // Writing to a string can't fail.
        let _ = write!(sql, ", {column} = ?{place}");
    }
    TenantSql::built(format!("{sql} WHERE portal_id = ?1"))
});

/// A concurrent transaction waits here, and then sees the committed row.
const HOLD: TenantSql = TenantSql::new(
    "INSERT INTO portal_settings (portal_id, revision) VALUES (?1, 0)
     ON CONFLICT (portal_id) DO UPDATE SET revision = portal_settings.revision",
);

const SET_ZONE: TenantSql = TenantSql::new(
    "UPDATE portals SET time_zone = ?2 WHERE id = (SELECT portal_id FROM portal_settings WHERE portal_id = ?1)",
);

const SET_LOGO: TenantSql = TenantSql::new(
    "UPDATE portal_settings SET logo = ?2, logo_type = ?3, logo_version = ?4 WHERE portal_id = ?1",
);

impl PortalSettings {
    /// The portal's settings.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the portal is removed.
    pub async fn find(store: &Store) -> Result<Self> {
        store.row(*FIND, params![]).await?.ok_or(Error::NotFound)
    }

    /// The same, which nobody else changes until the transaction ends.
    ///
    /// # Errors
    /// As [`PortalSettings::find`].
    pub async fn hold(tx: &mut StoreTx) -> Result<Self> {
        tx.execute(HOLD, params![]).await?;
        tx.row(*FIND, params![]).await?.ok_or(Error::NotFound)
    }

    /// Changes the settings that the transaction holds.
    pub async fn update(tx: &mut StoreTx, details: &BusinessDetails, zone: &Zone) -> Result<()> {
        tx.execute(*UPDATE, &details.params()).await?;
        tx.execute(SET_ZONE, params![zone]).await?;
        Ok(())
    }
}

impl PortalLogo {
    /// The logo of a portal that a person belongs to.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the person doesn't belong to it, or it has none.
    pub async fn find(db: &Db, portal: &PortalId, account: &AccountId) -> Result<Logo> {
        let sql = "SELECT s.logo, s.logo_type FROM portal_settings s
             JOIN portal_members m ON m.portal_id = s.portal_id JOIN portals p ON p.id = s.portal_id
             WHERE s.portal_id = ?1 AND m.account_id = ?2 AND p.deleted_at IS NULL AND s.logo IS NOT NULL";
        db.row(sql, params![portal, account]).await?.ok_or(Error::NotFound)
    }

    /// Sets or removes the logo of the settings that the transaction holds.
    pub async fn set(tx: &mut StoreTx, logo: Option<&Logo>) -> Result<()> {
        let bytes = logo.map(|logo| &logo.logo);
        let kind = logo.map(|logo| &logo.logo_type);
        let version = logo.map(|logo| hexadecimal(&Sha256::digest(&logo.logo)[..8]));
        tx.execute(SET_LOGO, params![bytes, kind, version]).await?;
        Ok(())
    }
}
