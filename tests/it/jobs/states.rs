//! Trying again, giving up, ending with something else, and what operators do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use klantportaal::db::ToParam;
use klantportaal::jobs::{self, ListedJob, Schedule, State};
use klantportaal::maintenance::Step;
use tokio_util::sync::CancellationToken;

use super::{Act, HOUR, MINUTE, Queue, Task, keyed, task};
use crate::support::{Engine, InProcess};

both_engines! {
    async fn what_fails_is_tried_for_three_days_and_can_be_tried_again(engine: Engine) {
        let queue = Queue::new(engine).await;
        let _process = queue.start().await;
        queue.tasks.let_it("failing", Act::Fail);
        queue.tasks.let_it("panicking", Act::Panic);
        queue.enqueue([task("failing")]).await;
        queue.until("it failed", async || queue.count("attempts = 1 AND failed_at IS NOT NULL").await == 1).await;
        let (first, failed_at) = (queue.only().await.run_at, queue.only().await.failed_at.unwrap());
        let wait = first.duration_since(failed_at);
        assert!(wait >= MINUTE * 3 / 4 && wait <= MINUTE * 5 / 4, "{wait}");
        queue.clock.advance(HOUR * 71);
        queue.until("it failed again", async || queue.count("attempts = 2 AND state = 'waiting'").await == 1).await;
        queue.clock.advance(HOUR);
        queue.until("it is given up", async || queue.count("attempts = 3 AND state = 'failed'").await == 1).await;
        let job = queue.only().await;
        assert_eq!((job.state, job.last_error.as_deref(), job.failed_at), (State::Failed, Some("not now"), Some(failed_at)));

        queue.tasks.let_it("failing", Act::Panic);
        let again = async || {
            let mut tx = queue.db.begin().await.unwrap();
            assert!(ListedJob::retry(&mut tx, job.id, queue.clock.now()).await.unwrap());
            tx.commit().await.unwrap();
        };
        again().await;
        queue.until("it panicked", async || queue.count("attempts = 1 AND last_error LIKE '%panicked%'").await == 1).await;
        queue.tasks.let_it("failing", Act::Refuse);
        again().await;
        queue.until("it is refused", async || queue.count("state = 'failed' AND last_error = 'never'").await == 1).await;
        assert_eq!(queue.only().await.attempts, 1, "what can't succeed is not tried again");
        queue.tasks.let_it_succeed("failing");
        let mut tx = queue.db.begin().await.unwrap();
        assert_eq!(ListedJob::retry_failed(&mut tx, "task", queue.clock.now()).await.unwrap(), 1);
        tx.commit().await.unwrap();
        queue.until_empty().await;
    }

    async fn failed_jobs_are_kept_for_a_month(engine: Engine) {
        let server = InProcess::start(engine).await;
        let insert = "INSERT INTO jobs (kind, payload, state, lane, run_at, planned, created_at, ended_at, remove_at)
                      VALUES ('none', '{}', 'failed', '', 1, FALSE, 1, ?1, ?1)";
        for at in [server.clock.now(), server.clock.now() + HOUR] {
            server.db.execute(insert, &[at.to_param()]).await.unwrap();
        }
        jobs::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
        assert_eq!(ListedJob::list(&server.db, &jobs::Wanted::default(), 9).await.unwrap().len(), 1);
    }

    async fn jobs_end_with_what_they_belong_to(engine: Engine) {
        let queue = Queue::new(engine).await;
        queue.database.script(match engine {
            Engine::Sqlite => "CREATE TABLE parcels (id TEXT PRIMARY KEY);
                CREATE TRIGGER parcel_jobs AFTER DELETE ON parcels BEGIN DELETE FROM jobs WHERE subject = OLD.id; END;",
            Engine::Postgres => "CREATE TABLE parcels (id TEXT PRIMARY KEY);
                CREATE FUNCTION end_jobs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM jobs WHERE subject = OLD.id; RETURN NULL; END $$;
                CREATE TRIGGER parcel_jobs AFTER DELETE ON parcels FOR EACH ROW EXECUTE FUNCTION end_jobs();",
        }).await;
        queue.db.execute("INSERT INTO parcels (id) VALUES ('pcl_a')", &[]).await.unwrap();
        let insert = "INSERT INTO portals (id, name, time_zone, created_at) VALUES ('prt_a', 'A', 'Europe/Amsterdam', 1)";
        queue.db.execute(insert, &[]).await.unwrap();
        let _process = queue.start().await;
        for name in ["running", "of the row"] {
            queue.tasks.let_it(name, Act::Hang);
        }
        queue.tasks.let_it("failing", Act::Fail);
        let portal = "prt_a".parse().ok();
        let of_portal = |name: &str| Task { portal: portal.clone(), ..task(name) };
        let of_row = Task { subject: Some("pcl_a".into()), ..task("of the row") };
        queue.enqueue([of_portal("running"), of_portal("failing"), of_row, task("other")]).await;
        queue.until("both run", async || queue.count("state = 'running'").await == 2 && queue.count("attempts = 1 AND state = 'waiting'").await == 1).await;
        queue.db.execute("DELETE FROM portals WHERE id = 'prt_a'", &[]).await.unwrap();
        assert_eq!(queue.count("portal_id IS NOT NULL").await, 0);
        queue.db.execute("DELETE FROM parcels", &[]).await.unwrap();
        // The runs are told when their claims are renewed.
        queue.clock.advance(MINUTE);
        queue.until("the runs ended", async || queue.tasks.0.running.lock().unwrap().is_empty()).await;
        queue.until_empty().await;
        assert_eq!(queue.tasks.done(), ["other"]);
    }

    async fn a_discarded_job_holds_back_nothing(engine: Engine) {
        let queue = Queue::new(engine).await;
        let _process = queue.start().await;
        queue.tasks.let_it("a1", Act::Fail);
        queue.enqueue([keyed("a", "a1"), keyed("a", "a2")]).await;
        queue.until("one failed, one is held", async || queue.count("held").await == 1 && queue.count("failed_at IS NOT NULL").await == 1).await;
        let first = queue.list().await.last().unwrap().id;
        let mut tx = queue.db.begin().await.unwrap();
        assert!(ListedJob::discard(&mut tx, first, queue.clock.now()).await.unwrap());
        assert!(!ListedJob::discard(&mut tx, first, queue.clock.now()).await.unwrap());
        tx.commit().await.unwrap();
        queue.until_empty().await;
        assert_eq!(queue.tasks.done(), ["a2"]);
    }

    async fn periodic_work_is_done_once_by_three_instances(engine: Engine) {
        let queue = Queue::new(engine).await;
        let (schedule, stop) = (Schedule { name: "example", every: HOUR }, CancellationToken::new());
        let starts = Arc::new(AtomicUsize::new(0));
        let started = || starts.load(Ordering::Relaxed);
        let mut instances = Vec::new();
        for _ in 0..3 {
            let (db, clock, stop, starts) = (queue.database.open().await, queue.clock.clone(), stop.clone(), starts.clone());
            instances.push(tokio::spawn(schedule.repeat(db, clock, stop, move || {
                starts.fetch_add(1, Ordering::Relaxed);
                std::future::ready(())
            })));
        }
        queue.until("it was done at once", async || started() == 1).await;
        let claims = async || futures_util::future::join_all((0..3).map(|_| schedule.claim(&queue.db, queue.clock.now()))).await;
        assert!(claims().await.into_iter().all(|claimed| !claimed.unwrap()), "not again within the hour");
        stop.cancel();
        for instance in instances {
            instance.await.unwrap();
        }
        queue.clock.advance(HOUR);
        assert_eq!(claims().await.into_iter().filter(|claimed| *claimed.as_ref().unwrap()).count(), 1);
        let behind = queue.clock.now() - MINUTE / 4;
        assert!(!schedule.claim(&queue.db, behind).await.unwrap(), "not by an instance whose clock is behind");
        // The clock is set back: what was started in the future counts as done long ago.
        queue.clock.set_wall_clock(-HOUR * 48);
        assert_eq!(claims().await.into_iter().filter(|claimed| *claimed.as_ref().unwrap()).count(), 1);
        assert_eq!(started(), 1);
    }

    async fn a_step_of_the_start_is_done_when_it_found_nothing_left(engine: Engine) {
        let queue = Queue::new(engine).await;
        let step = Step::new("example", |db| Box::pin(async move {
            Ok(db.execute("DELETE FROM readiness_probes", &[]).await?)
        }));
        let add = "INSERT INTO readiness_probes (name, probed_at) VALUES ('example', 1)";
        let now = queue.clock.now();
        queue.db.execute(add, &[]).await.unwrap();
        assert!(step.run(&queue.db, now).await.unwrap());
        // An earlier version, still running, adds another.
        queue.db.execute(add, &[]).await.unwrap();
        for _ in 0..2 {
            assert!(step.run(&queue.db, now).await.unwrap());
        }
        queue.db.execute(add, &[]).await.unwrap();
        assert!(!step.run(&queue.db, now).await.unwrap(), "it is done");
    }
}
