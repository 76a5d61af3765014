//! Customers in files: their export.

use jiff::tz::TimeZone;

use super::{Customer, CustomerDetails, CustomerView, queries};
use crate::error::Result;
use crate::lists::{Part, Positioned};
use crate::tenant::Store;
use crate::transfer::Exported;

impl Exported for Customer {
    type Details = CustomerDetails;
    type View = CustomerView;

    const LABELS: &'static str = super::form::LABELS;

    fn details(&self) -> &CustomerDetails {
        &self.details
    }

    fn into_view(self, zone: &TimeZone) -> CustomerView {
        self.into_view(zone)
    }

    async fn page(
        store: &Store,
        part: &Part<Self>,
        zone: &TimeZone,
    ) -> Result<Vec<Positioned<Self>>> {
        queries::list(store, part, zone).await
    }
}
