//! Who runs what, beside what, and in which order.

use klantportaal::jobs::Job;

use super::{Act, HOUR, MINUTE, Queue, Task, each_once, keyed, task};

both_engines! {
    async fn what_is_rolled_back_never_runs(engine: Engine) {
        let queue = Queue::new(engine).await;
        let _process = queue.start().await;
        let mut tx = queue.db.begin().await.unwrap();
        task("undone").enqueue(&mut tx, queue.clock.now()).await.unwrap();
        drop(tx);
        queue.enqueue([task("done")]).await;
        queue.until_empty().await;
        assert_eq!(queue.tasks.done(), ["done"]);
    }

    async fn three_processes_run_each_job_once(engine: Engine) {
        let queue = Queue::new(engine).await;
        let _processes = [queue.start().await, queue.start().await, queue.start().await];
        for part in 0..10 {
            queue.enqueue((0..30).map(|number| Task { lane: (number % 7).to_string(), ..task(&format!("{part}-{number}")) })).await;
        }
        queue.until_empty().await;
        each_once(&queue.tasks.done(), 300);
        assert!(queue.tasks.faults().is_empty(), "{:?}", queue.tasks.faults());
    }

    async fn jobs_of_a_key_run_one_after_the_other(engine: Engine) {
        let queue = Queue::new(engine).await;
        queue.enqueue((0..40).map(|number| keyed(&format!("k{}", number % 4), &format!("{}-{number}", number % 4)))).await;
        let _processes = [queue.start().await, queue.start().await];
        queue.enqueue((40..60).map(|number| keyed(&format!("k{}", number % 4), &format!("{}-{number}", number % 4)))).await;
        queue.until_empty().await;
        let done = queue.tasks.done();
        each_once(&done, 60);
        for key in 0..4 {
            let of_key: Vec<&String> = done.iter().filter(|name| name.starts_with(&format!("{key}-"))).collect();
            let expected: Vec<String> = (0..60).filter(|number| number % 4 == key).map(|number| format!("{key}-{number}")).collect();
            assert_eq!(of_key, expected.iter().collect::<Vec<_>>());
        }
        assert!(queue.tasks.faults().is_empty(), "{:?}", queue.tasks.faults());
    }

    async fn a_failing_job_holds_back_its_own_key_for_an_hour(engine: Engine) {
        let queue = Queue::new(engine).await;
        let _processes = [queue.start().await, queue.start().await];
        queue.tasks.let_it("a1", Act::Fail);
        queue.enqueue([keyed("a", "a1"), keyed("a", "a2"), keyed("a", "a3"), keyed("b", "b1")]).await;
        queue.until_done("b1").await;
        queue.until("a2 and a3 are held", async || queue.count("held").await == 2).await;
        for tries in 1..=5 {
            let failed = format!("attempts = {tries} AND state = 'waiting'");
            queue.until("a1 failed again", async || queue.count(&failed).await == 1).await;
            queue.clock.advance(MINUTE * 11);
        }
        assert_eq!(queue.tasks.done(), ["b1"]);
        queue.clock.advance(MINUTE * 6);
        queue.until_done("a3").await;
        assert_eq!(queue.tasks.done(), ["b1", "a2", "a3"]);
        // It is still tried, and what comes later does not wait for it.
        queue.tasks.let_it_succeed("a1");
        queue.clock.advance(HOUR);
        queue.until_empty().await;
        assert_eq!(queue.tasks.done(), ["b1", "a2", "a3", "a1"]);
    }

    async fn a_job_that_is_given_up_holds_back_nothing(engine: Engine) {
        let queue = Queue::new(engine).await;
        queue.tasks.let_it("a1", Act::Refuse);
        queue.enqueue([keyed("a", "a1"), keyed("a", "a2"), keyed("a", "a3")]).await;
        let _process = queue.start().await;
        queue.until_done("a3").await;
        assert_eq!(queue.tasks.done(), ["a2", "a3"]);
    }

    async fn a_job_planned_for_later_holds_back_nothing_before(engine: Engine) {
        let queue = Queue::new(engine).await;
        let (mut tx, now) = (queue.db.begin().await.unwrap(), queue.clock.now());
        keyed("a", "later").enqueue_for(&mut tx, now, now + HOUR * 48).await.unwrap();
        keyed("a", "now").enqueue(&mut tx, now).await.unwrap();
        tx.commit().await.unwrap();
        let _process = queue.start().await;
        queue.until_done("now").await;
        assert_eq!(queue.count("state = 'waiting'").await, 1);
        queue.clock.advance(HOUR * 48);
        queue.until_empty().await;
        assert_eq!(queue.tasks.done(), ["now", "later"]);
    }

    async fn lanes_that_hang_do_not_delay_others(engine: Engine) {
        let queue = Queue::new(engine).await;
        // More than fit into both processes at once.
        let slow: Vec<Task> = (0..2).flat_map(|lane| (0..40).map(move |number| (lane, number)))
            .map(|(lane, number)| Task { lane: format!("slow {lane}"), ..task(&format!("slow {lane} {number}")) })
            .collect();
        slow.iter().for_each(|task| queue.tasks.let_it(&task.name, Act::Hang));
        queue.enqueue(slow).await;
        let _processes = [queue.start().await, queue.start().await];
        queue.until("the slow lanes are full", async || queue.count("state = 'running'").await == 16).await;
        let healthy = (0..200).map(|number| Task { lane: format!("lane {}", number % 20), ..task(&format!("fast {number}")) });
        queue.enqueue(healthy).await;
        queue.until("all others are done", async || queue.count("lane NOT LIKE 'slow%'").await == 0).await;
        each_once(&queue.tasks.done(), 200);
        queue.tasks.open();
        queue.until_empty().await;
        each_once(&queue.tasks.done(), 280);
        assert!(queue.tasks.faults().is_empty(), "{:?}", queue.tasks.faults());
    }
}
