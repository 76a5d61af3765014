//! What the developer of an app may still see of what was sent.

/// The attempts of the webhook `?1`, each with whether the portal still lets the app read what it was about: a
/// part of a statement, in parentheses.
macro_rules! covered {
    () => {
        "(SELECT a.*, (a.portal_id IS NULL OR EXISTS (
              SELECT 1 FROM app_webhooks w JOIN live_grants l ON l.app_id = w.app_id JOIN grants g ON g.id = l.id
              WHERE w.id = a.webhook_id AND l.portal_id = a.portal_id
                  AND ' ' || g.scopes || ' ' LIKE '% ' || a.scope || ' %'
          )) AS is_covered
          FROM app_webhook_deliveries a WHERE a.webhook_id = ?1)"
    };
}
pub(super) use covered;
