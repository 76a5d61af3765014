//! The queue: nothing is lost, each job is run by one process at a time, and in order where asked.

mod of_portals;
mod operators;
mod order;
mod recovery;
mod states;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use klantportaal::clock::Clock;
use klantportaal::db::{Single, WritingDb};
use klantportaal::ids::PortalId;
use klantportaal::jobs::{self, Attempt, Failure, Job, Kind, ListedJob, Registry, Retry, Wanted};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{Database, Engine, until};

pub const MINUTE: SignedDuration = SignedDuration::from_mins(1);
pub const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A job of the tests. What a run does is told to its context.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Task {
    pub name: String,
    #[serde(default)]
    pub lane: String,
    #[serde(default)]
    pub key: Option<String>,
    #[serde(default)]
    pub portal: Option<PortalId>,
    #[serde(default)]
    pub subject: Option<String>,
}

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Fail,
    Refuse,
    Panic,
    /// Does not end before [`Tasks::open`].
    Hang,
}

/// What the runs of all instances of a test share.
#[derive(Clone)]
pub struct Tasks(Arc<Inner>);

struct Inner {
    acts: Mutex<HashMap<String, Act>>,
    began: Mutex<Vec<String>>,
    done: Mutex<Vec<String>>,
    /// The keys and lanes of those that are running.
    running: Mutex<Vec<(Option<String>, String)>>,
    faults: Mutex<Vec<String>>,
    open: watch::Sender<bool>,
}

impl Tasks {
    fn new() -> Self {
        Self(Arc::new(Inner {
            acts: Mutex::default(),
            began: Mutex::default(),
            done: Mutex::default(),
            running: Mutex::default(),
            faults: Mutex::default(),
            open: watch::Sender::new(false),
        }))
    }

    pub fn let_it(&self, name: &str, act: Act) {
        self.0.acts.lock().unwrap().insert(name.to_owned(), act);
    }

    pub fn let_it_succeed(&self, name: &str) {
        self.0.acts.lock().unwrap().remove(name);
    }

    /// Lets those that hang succeed.
    pub fn open(&self) {
        self.0.open.send_replace(true);
    }

    /// The names of those that succeeded, in order.
    pub fn done(&self) -> Vec<String> {
        self.0.done.lock().unwrap().clone()
    }

    /// How often a job was started.
    pub fn begun(&self, name: &str) -> usize {
        self.0.began.lock().unwrap().iter().filter(|begun| *begun == name).count()
    }

    /// What should never be seen while jobs run.
    pub fn faults(&self) -> Vec<String> {
        self.0.faults.lock().unwrap().clone()
    }
}

/// That a task is running; also ends when the run is aborted.
struct Running<'a>(&'a Tasks, (Option<String>, String));

impl<'a> Running<'a> {
    fn begin(tasks: &'a Tasks, task: &Task) -> Self {
        let mut running = tasks.0.running.lock().unwrap();
        let place = (task.key.clone(), task.lane.clone());
        if task.key.is_some() && running.iter().any(|(key, _)| *key == task.key) {
            let fault = format!("{} beside another of its key", task.name);
            tasks.0.faults.lock().unwrap().push(fault);
        }
        running.push(place.clone());
        if running.iter().filter(|(_, lane)| *lane == task.lane).count() > PER_LANE {
            tasks.0.faults.lock().unwrap().push(format!("too many in the lane of {}", task.name));
        }
        Self(tasks, place)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut running = self.0.0.running.lock().unwrap();
        let index = running.iter().position(|place| *place == self.1).unwrap();
        running.swap_remove(index);
    }
}

const PER_LANE: usize = 8;

impl Job for Task {
    type Context = Tasks;

    const KIND: Kind = Kind {
        name: "task",
        retry: Retry {
            first: MINUTE,
            factor: 2,
            longest: SignedDuration::from_mins(20),
            give_up_after: SignedDuration::from_hours(72),
        },
        at_once: 32,
        at_once_per_lane: 8,
        shared_by_portals: true,
        time_limit: Duration::from_secs(600),
        keep: None,
    };

    fn lane(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.lane)
    }

    fn order_key(&self) -> Option<Cow<'_, str>> {
        self.key.as_deref().map(Cow::Borrowed)
    }

    fn portal(&self) -> Option<&PortalId> {
        self.portal.as_ref()
    }

    fn subject(&self) -> Option<Cow<'_, str>> {
        self.subject.as_deref().map(Cow::Borrowed)
    }

    async fn run(&self, tasks: &Tasks, _: Attempt) -> Result<(), Failure> {
        let _running = Running::begin(tasks, self);
        tasks.0.began.lock().unwrap().push(self.name.clone());
        let act = tasks.0.acts.lock().unwrap().get(&self.name).copied();
        match act {
            None => tokio::task::yield_now().await,
            Some(Act::Fail) => return Err(Failure::Temporary("not now".into())),
            Some(Act::Refuse) => return Err(Failure::Permanent("never".into())),
            Some(Act::Panic) => panic!("a task panics"),
            Some(Act::Hang) => {
                tasks.0.open.subscribe().wait_for(|open| *open).await.unwrap();
            }
        }
        tasks.0.done.lock().unwrap().push(self.name.clone());
        Ok(())
    }
}

pub fn task(name: &str) -> Task {
    Task { name: name.to_owned(), ..Task::default() }
}

pub fn keyed(key: &str, name: &str) -> Task {
    Task { key: Some(key.to_owned()), ..task(name) }
}

/// A process that works on the queue.
pub struct Process {
    stop: CancellationToken,
    work: JoinHandle<()>,
}

impl Process {
    /// Ends it as a kill does: nothing is written any more.
    pub async fn kill(self) {
        self.work.abort();
        assert!(self.work.await.unwrap_err().is_cancelled());
    }

    /// Stops it as an operator does.
    pub async fn stop(self) {
        self.stop.cancel();
        self.work.await.unwrap();
    }
}

/// A database with jobs, and what works on it.
pub struct Queue {
    pub database: Database,
    pub db: WritingDb,
    pub clock: Clock,
    pub tasks: Tasks,
}

impl Queue {
    pub async fn new(engine: Engine) -> Self {
        let database = Database::fresh(engine).await;
        let db = database.open().await;
        Self { database, db, clock: Clock::default(), tasks: Tasks::new() }
    }

    /// Another process, with its own handle on the database. When it is stopped, what runs has but a
    /// moment.
    pub async fn start(&self) -> Process {
        self.start_with_grace(Duration::from_millis(200)).await
    }

    /// The same, but what runs has this long when it is stopped.
    pub async fn start_with_grace(&self, grace: Duration) -> Process {
        let db = self.database.open().await;
        let registry = Registry::default().with::<Task>(self.tasks.clone()).with_grace(grace);
        let stop = CancellationToken::new();
        let work = tokio::spawn(jobs::work(registry, db, self.clock.clone(), stop.clone()));
        Process { stop, work }
    }

    pub async fn enqueue(&self, tasks: impl IntoIterator<Item = Task>) {
        let mut tx = self.db.begin().await.unwrap();
        for task in tasks {
            task.enqueue(&mut tx, self.clock.now()).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// How many jobs there are for which this condition holds.
    pub async fn count(&self, condition: &str) -> i64 {
        let sql = format!("SELECT count(*) AS value FROM jobs WHERE {condition}").leak();
        self.db.row::<Single<i64>>(sql, &[]).await.unwrap().unwrap().0
    }

    pub async fn until(&self, what: &str, condition: impl AsyncFn() -> bool) {
        until(what, condition).await;
    }

    pub async fn until_empty(&self) {
        self.until("the queue is empty", async || self.count("TRUE").await == 0).await;
    }

    pub async fn until_done(&self, name: &str) {
        let done = || self.tasks.done().iter().any(|done| done == name);
        self.until(&format!("{name} is done"), async || done()).await;
    }

    pub async fn list(&self) -> Vec<ListedJob> {
        ListedJob::list(&self.db, &Wanted::default(), 1000).await.unwrap()
    }

    /// The one job that there is.
    pub async fn only(&self) -> ListedJob {
        let [job] = self.list().await.try_into().unwrap();
        job
    }
}

/// That each of these names is there once.
#[track_caller]
pub fn each_once(names: &[String], count: usize) {
    assert_eq!(names.len(), count, "{names:?}");
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), count, "{names:?}");
}
