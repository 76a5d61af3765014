//! Jobs that a portal's transaction enqueues.

use klantportaal::db::ToParam;
use klantportaal::ids::PortalId;
use klantportaal::tenant::WritingStore;

use super::{HOUR, Queue, Task, task};

both_engines! {
    async fn what_a_portals_transaction_enqueues_is_deleted_with_the_portal(engine: Engine) {
        let queue = Queue::new(engine).await;
        let [portal, other] = [PortalId::random(), PortalId::random()];
        for id in [&portal, &other] {
            let insert = "INSERT INTO portals (id, name, created_at) VALUES (?1, 'A', 1)";
            queue.db.execute(insert, &[id.to_param()]).await.unwrap();
        }
        let (store, now) = (WritingStore::open(queue.db.clone(), portal.clone()), queue.clock.now());
        let mut tx = store.begin().await.unwrap();
        tx.enqueue(&task("dropped"), now).await.unwrap();
        drop(tx);
        assert_eq!(queue.count("TRUE").await, 0);
        let _process = queue.start().await;
        let mut tx = store.begin().await.unwrap();
        tx.enqueue(&task("at once"), now).await.unwrap();
        // It is this portal's, whatever the job says.
        let planned = Task { portal: Some(other), ..task("planned") };
        tx.enqueue_for(&planned, now, now + HOUR).await.unwrap();
        tx.commit().await.unwrap();
        queue.until_done("at once").await;
        queue.until("one is left", async || queue.count("TRUE").await == 1).await;
        assert_eq!(queue.count(&format!("planned AND portal_id = '{portal}'")).await, 1);
        queue.db.execute("DELETE FROM portals WHERE id = ?1", &[portal.to_param()]).await.unwrap();
        assert_eq!(queue.count("TRUE").await, 0);
        assert_eq!(queue.tasks.done(), ["at once"]);
    }
}
