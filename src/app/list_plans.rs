//! How SQLite reads the lists of all resources: in the order of an index, from the position on.

use std::time::Duration;

use crate::db::{Settings, WritingDb};
use crate::resources::{
    appointments, customer_groups, customers, file_requests, file_shares, files, punch_cards,
    tickets, webhooks,
};

/// The plan of a statement, a line for each step.
fn plan(connection: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
    let lines = statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get("detail"));
    lines.unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn each_order_is_that_of_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        url: &"sqlite:klantportaal.db".parse().unwrap(),
        data_dir: folder.path(),
        connections: 1,
        wait: Duration::from_secs(10),
    };
    drop(WritingDb::open(&settings).await.unwrap());
    let connection = rusqlite::Connection::open(folder.path().join("klantportaal.db")).unwrap();
    let (all, in_group) = customers::queries::lists();
    let groups = customer_groups::queries::lists();
    let [customers, customers_by_group] = all.ordered_and_linked();
    let [groups, groups_by_customer] = groups.ordered_and_linked();
    let [cards, _] = punch_cards::queries::lists().ordered_and_linked();
    let [webhooks, _] = webhooks::queries::lists().ordered_and_linked();
    let [files, files_by_directory] = files::queries::lists().ordered_and_linked();
    let [appointments, appointments_by_customer] =
        appointments::queries::lists().ordered_and_linked();
    let [shares, shares_by_customer] = file_shares::queries::lists().ordered_and_linked();
    let [requests, requests_by_customer] = file_requests::queries::lists().ordered_and_linked();
    let (tickets, of_assignee, unread) = tickets::queries::lists();
    let [tickets, tickets_by_customer] = tickets.ordered_and_linked();
    // Three orders, four of files and appointments, and two of webhooks and file shares; two directions, with and without filters.
    assert_eq!([customers.len(), groups.len(), cards.len(), webhooks.len()], [12, 12, 12, 8]);
    assert_eq!([files.len(), files_by_directory.len()], [16, 8]);
    assert_eq!([appointments.len(), appointments_by_customer.len()], [16, 8]);
    assert_eq!([shares.len(), shares_by_customer.len()], [8, 4]);
    assert_eq!([requests.len(), requests_by_customer.len()], [8, 4]);
    assert_eq!([tickets.len(), tickets_by_customer.len()], [12, 6]);
    let all = [customers, groups, cards, webhooks, files, appointments, shares, requests, tickets];
    for sql in all.into_iter().flatten() {
        let plan = plan(&connection, sql);
        // The portal, and the key from the position on.
        let bounds = plan[0].split_once("(portal_id=? AND ").map_or("", |(_, bounds)| bounds);
        let reads = plan[0].starts_with("SEARCH c USING INDEX")
            && [
                "(created_at,id)",
                "created_at",
                "(updated_at,id)",
                "updated_at",
                "(<expr>,id)",
                "<expr>",
                "(size,id)",
                "size",
                "(starts_at,id)",
                "starts_at",
            ]
            .iter()
            .any(|key| bounds.starts_with(key));
        let sorts = plan.iter().any(|line| line.contains("TEMP B-TREE"));
        assert!(reads && !sorts, "{sql}\n{plan:#?}");
    }
    // The rows of the link first, found by both columns; then they are sorted.
    let [of_group, _] = in_group.ordered_and_linked();
    let [of_card, _] = punch_cards::issued_lists().ordered_and_linked();
    let [of_assignee, _] = of_assignee.ordered_and_linked();
    let [unread, _] = unread.ordered_and_linked();
    let linked = [
        customers_by_group,
        groups_by_customer,
        of_group,
        of_card,
        files_by_directory,
        appointments_by_customer,
        shares_by_customer,
        requests_by_customer,
        tickets_by_customer,
        of_assignee,
        unread,
    ];
    assert_eq!(linked.each_ref().map(Vec::len), [6, 6, 12, 4, 8, 8, 4, 4, 6, 12, 12]);
    for sql in linked.into_iter().flatten() {
        let plan = plan(&connection, sql);
        let reads = plan[0].starts_with("SEARCH k USING")
            && (plan[0].contains("(portal_id=? AND group_id=?)")
                || plan[0].contains("(portal_id=? AND customer_id=?)")
                || plan[0].contains("(portal_id=? AND punch_card_id=?)")
                || plan[0].contains("(portal_id=? AND directory_id=?)")
                || plan[0].contains("(portal_id=? AND assignee_id=?)")
                || plan[0].contains("(portal_id=? AND account_id=?)"));
        assert!(reads, "{sql}\n{plan:#?}");
    }
}
