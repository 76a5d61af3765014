//! Ends of processes, the clock, and other versions.

use std::time::Duration;

use jiff::SignedDuration;
use klantportaal::jobs::State;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Act, HOUR, MINUTE, Queue, each_once, keyed, task};

both_engines! {
    async fn what_a_killed_process_was_doing_is_done_by_another(engine: Engine) {
        let queue = Queue::new(engine).await;
        let killed = queue.start().await;
        queue.tasks.let_it("a1", Act::Hang);
        queue.enqueue([keyed("a", "a1"), keyed("a", "a2")]).await;
        queue.until("one runs, one is held", async || queue.tasks.begun("a1") == 1 && queue.count("held").await == 1).await;
        killed.kill().await;
        let _process = queue.start().await;
        queue.enqueue([task("other")]).await;
        queue.until_done("other").await;
        assert_eq!(queue.tasks.begun("a1"), 1, "the claim has not ended yet");
        queue.tasks.let_it_succeed("a1");
        queue.clock.advance(MINUTE * 3);
        queue.until("the claim is noticed to have ended", async || queue.count("state = 'running'").await == 0).await;
        let job = queue.list().await.into_iter().find(|job| job.attempts == 1).unwrap();
        assert!(job.failed_at.is_some() && job.last_error.unwrap().contains("process"));
        queue.clock.advance(MINUTE * 2);
        queue.until_empty().await;
        assert_eq!(queue.tasks.done(), ["other", "a1", "a2"]);
    }

    async fn a_job_that_runs_for_long_stays_with_its_process(engine: Engine) {
        let queue = Queue::new(engine).await;
        let _processes = [queue.start().await, queue.start().await];
        queue.tasks.let_it("long", Act::Hang);
        queue.enqueue([task("long")]).await;
        queue.until("it runs", async || queue.tasks.begun("long") == 1).await;
        for round in 0..5 {
            queue.clock.advance(SignedDuration::from_secs(40));
            let end = queue.clock.now() + MINUTE;
            let renewed = format!("state = 'running' AND claimed_until > {}", end.as_millisecond());
            queue.until(&format!("it is renewed after {round}"), async || queue.count(&renewed).await == 1).await;
        }
        queue.tasks.open();
        queue.until_empty().await;
        assert_eq!(queue.tasks.begun("long"), 1);
    }

    async fn a_stop_waits_a_moment_and_returns_the_rest(engine: Engine) {
        let queue = Queue::new(engine).await;
        let process = queue.start().await;
        queue.tasks.let_it("long", Act::Hang);
        queue.enqueue([task("long"), task("short")]).await;
        queue.until("one runs, one has ended", async || queue.tasks.begun("long") == 1 && queue.count("TRUE").await == 1).await;
        process.stop().await;
        let job = queue.only().await;
        assert_eq!((job.state, job.attempts, job.failed_at), (State::Waiting, 0, None));
        assert_eq!(queue.tasks.done(), ["short"]);
        queue.tasks.let_it_succeed("long");
        let _process = queue.start().await;
        queue.until_empty().await;
        assert_eq!(queue.tasks.done(), ["short", "long"]);
    }

    async fn what_ends_during_a_stop_is_recorded(engine: Engine) {
        let queue = Queue::new(engine).await;
        let process = queue.start_with_grace(Duration::from_secs(600)).await;
        queue.tasks.let_it("long", Act::Hang);
        queue.enqueue([task("long")]).await;
        queue.until("it began", async || queue.tasks.begun("long") == 1).await;
        let opening = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            queue.tasks.open();
        };
        tokio::join!(process.stop(), opening);
        assert_eq!(queue.count("TRUE").await, 0);
    }

    async fn a_job_of_another_version_is_kept_and_stops_nothing(engine: Engine) {
        let queue = Queue::new(engine).await;
        let insert = "INSERT INTO jobs (kind, payload, lane, run_at, planned, created_at) VALUES";
        for values in ["('task', '{\"title\":1}', '', 1, FALSE, 1)", "('task', 'no JSON', '', 1, FALSE, 1)", "('unknown', '{}', '', 1, FALSE, 1)"] {
            queue.db.execute(format!("{insert} {values}").leak(), &[]).await.unwrap();
        }
        let _process = queue.start().await;
        queue.enqueue([task("known")]).await;
        queue.until_done("known").await;
        let both = "kind = 'task' AND state = 'waiting' AND attempts = 1 AND last_error LIKE '%version%'";
        queue.until("both were tried", async || queue.count(both).await == 2).await;
        assert_eq!(queue.count("kind = 'unknown' AND state = 'waiting' AND attempts = 0").await, 1);
        // A version that can read it comes.
        queue.db.execute("UPDATE jobs SET payload = '{\"name\":\"read\"}' WHERE kind = 'task'", &[]).await.unwrap();
        queue.clock.advance(MINUTE * 2);
        queue.until("both are done", async || queue.tasks.begun("read") == 2).await;
    }

    async fn a_clock_that_was_ahead_delays_nothing(engine: Engine) {
        let queue = Queue::new(engine).await;
        let process = queue.start().await;
        queue.tasks.let_it("retried", Act::Fail);
        queue.tasks.let_it("running", Act::Hang);
        queue.clock.set_wall_clock(HOUR * 24);
        queue.enqueue([task("retried"), task("running")]).await;
        queue.until("one failed", async || queue.count("attempts = 1 AND state = 'waiting'").await == 1).await;
        queue.until("one runs", async || queue.tasks.begun("running") == 1).await;
        process.kill().await;
        queue.enqueue([task("new")]).await;
        queue.clock.set_wall_clock(-HOUR * 24);
        for name in ["retried", "running"] {
            queue.tasks.let_it_succeed(name);
        }
        let _process = queue.start().await;
        queue.until_done("new").await;
        queue.until_done("retried").await;
        queue.clock.advance(MINUTE * 2);
        queue.until_empty().await;
    }

    async fn whatever_processes_do_nothing_is_lost(engine: Engine) {
        let mut random = StdRng::seed_from_u64(43);
        let queue = Queue::new(engine).await;
        let (mut processes, mut count) = (vec![queue.start().await], 0);
        for _ in 0..12 {
            let fresh: Vec<_> = (0..random.random_range(0..12)).map(|_| {
                count += 1;
                let name = format!("number {count}");
                if random.random_ratio(1, 3) {
                    queue.tasks.let_it(&name, if random.random() { Act::Fail } else { Act::Panic });
                }
                if random.random() { keyed(&format!("key {}", count % 3), &name) } else { task(&name) }
            }).collect();
            queue.enqueue(fresh).await;
            tokio::time::sleep(Duration::from_millis(random.random_range(0..40))).await;
            match random.random_range(0..4) {
                0 if !processes.is_empty() => processes.swap_remove(0).kill().await,
                1 if !processes.is_empty() => processes.swap_remove(0).stop().await,
                2 => processes.push(queue.start().await),
                _ => queue.clock.advance(MINUTE * random.random_range(0..5)),
            }
        }
        (1..=count).for_each(|number| queue.tasks.let_it_succeed(&format!("number {number}")));
        let _last = queue.start().await;
        queue.until("the queue is empty", async || {
            queue.clock.advance(MINUTE * 5);
            tokio::time::sleep(Duration::from_millis(100)).await;
            queue.count("TRUE").await == 0
        }).await;
        let mut done = queue.tasks.done();
        done.sort();
        done.dedup();
        each_once(&done, count);
        assert!(queue.tasks.faults().is_empty(), "{:?}", queue.tasks.faults());
    }
}
