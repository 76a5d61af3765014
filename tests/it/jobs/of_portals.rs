//! Jobs that a portal's transaction enqueues.

use klantportaal::db::ToParam;
use klantportaal::ids::PortalId;
use klantportaal::tenant::WritingStore;

use super::{Act, HOUR, Queue, Task, task};

async fn portals(queue: &Queue, count: usize) -> Vec<PortalId> {
    let ids: Vec<PortalId> = (0..count).map(|_| PortalId::random()).collect();
    for id in &ids {
        let insert = "INSERT INTO portals (id, name, created_at) VALUES (?1, 'A', 1)";
        queue.db.execute(insert, &[id.to_param()]).await.unwrap();
    }
    ids
}

/// Jobs of a portal that hang, so many that they could take all the room there is.
fn hanging(queue: &Queue, portal: &PortalId, lanes: usize) -> Vec<Task> {
    let lanes = (0..lanes).map(|lane| format!("{portal} {lane}"));
    let all: Vec<Task> = lanes
        .flat_map(|lane| (0..8).map(move |number| (format!("{lane} {number}"), lane.clone())))
        .map(|(name, lane)| Task { lane, portal: Some(portal.clone()), ..task(&name) })
        .collect();
    all.iter().for_each(|task| queue.tasks.let_it(&task.name, Act::Hang));
    all
}

both_engines! {
    async fn a_portal_whose_jobs_hang_delays_no_other(engine: Engine) {
        let queue = Queue::new(engine).await;
        let mut portals = portals(&queue, 4).await;
        let healthy = portals.pop().unwrap();
        for portal in &portals {
            queue.enqueue(hanging(&queue, portal, 40)).await;
        }
        let last = |number: usize| {
            let (name, lane) = (format!("healthy {number}"), format!("z {number}"));
            Task { lane, portal: Some(healthy.clone()), ..task(&name) }
        };
        queue.enqueue((0..20).map(last)).await;
        let process = queue.start().await;
        for number in 0..20 {
            queue.until_done(&format!("healthy {number}")).await;
        }
        assert_eq!(queue.tasks.done().len(), 20, "all others still hang");
        queue.tasks.open();
        queue.until_empty().await;
        process.stop().await;
    }

    async fn lanes_that_hang_delay_no_other_of_their_portal(engine: Engine) {
        let queue = Queue::new(engine).await;
        let portal = portals(&queue, 1).await.remove(0);
        queue.enqueue(hanging(&queue, &portal, 4)).await;
        let lane = "z".to_owned();
        queue.enqueue([Task { lane, portal: Some(portal), ..task("healthy") }]).await;
        let _process = queue.start().await;
        queue.until_done("healthy").await;
        assert_eq!(queue.tasks.done(), ["healthy"]);
    }

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
