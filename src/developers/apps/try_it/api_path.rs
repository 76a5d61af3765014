//! The API list to try a token on.

use crate::auth::{Scope, ScopeSet};

/// A list for each read scope. The first one that was chosen is shown.
const LISTS: [(Scope, &str); 14] = [
    (Scope::CustomersRead, "/customers"),
    (Scope::InvoicesRead, "/customer-invoices"),
    (Scope::OffersRead, "/customer-offers"),
    (Scope::AgreementsRead, "/agreements"),
    (Scope::AppointmentsRead, "/appointments"),
    (Scope::TicketsRead, "/tickets"),
    (Scope::FilesRead, "/files"),
    (Scope::FileRequestRead, "/file-requests"),
    (Scope::FileShareRead, "/file-shares"),
    (Scope::PaymentLinksRead, "/payment-links"),
    (Scope::PunchCardsRead, "/punch-cards"),
    (Scope::SubscriptionRead, "/customer-subscriptions"),
    (Scope::WebhooksRead, "/webhooks"),
    (Scope::BusinessOperationsRead, "/invoices"),
];

/// An API path that a token with these scopes can read.
pub(super) fn readable_list(scopes: ScopeSet) -> Option<String> {
    LISTS.iter().find(|(scope, _)| scopes.contains(*scope)).map(|(_, path)| format!("/v1{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_to_read_has_a_list_of_the_contract() {
        let contract = include_str!("../../../../contract/openapi.yaml");
        for scope in Scope::BUILT_IN.iter().filter(|scope| !scope.is_write()) {
            let path = readable_list([*scope].into_iter().collect()).unwrap();
            let path = path.strip_prefix("/v1").unwrap();
            assert!(contract.contains(&format!("\n  {path}:\n    get:\n")), "{path}");
        }
    }

    #[test]
    fn customers_come_first_and_writing_alone_reads_nothing() {
        assert_eq!(
            readable_list("webhooks.read customers.read".parse().unwrap()).as_deref(),
            Some("/v1/customers")
        );
        assert_eq!(readable_list("customers.write".parse().unwrap()), None);
    }
}
