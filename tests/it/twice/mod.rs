//! Every route that changes something, fired twice at once: it must come to what it comes to when
//! it is called twice one after the other. Routes are found in the product; one whose example is
//! missing fails the test and says where to add it.
//!
//! While the two are under way the test holds all tables, so that both have read what they read
//! before either has written.

mod changes;
mod forms;
mod programs;
mod rows;
mod shot;

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::customers::fields;
use crate::support::operations::{Operation, make_ids, operations};
use crate::support::pages::{PageRoute, Party, page_routes, program_routes};
use crate::support::{Engine, Server};
use crate::webhooks::receiver::ALLOW;

use rows::{Counts, Rows};
use shot::{Shot, told};

/// How long all tables are held: both have come as far as to wait by then. What hashes a password
/// first takes longer.
const HELD: Duration = Duration::from_millis(120);
const HELD_FOR_PASSWORDS: Duration = Duration::from_millis(400);

/// How long is waited for what comes about beside the answers: when something else is tried
/// afterwards, and when it is not.
const PATIENCE: Duration = Duration::from_secs(2);
const LAST_PATIENCE: Duration = Duration::from_secs(60);

/// What two calls came to: what was answered, and how many rows and mails there are more.
#[derive(Debug)]
struct Outcome {
    answers: [String; 2],
    added: Counts,
}

/// How a pair of calls is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    InTurn,
    AtOnce,
}

/// A server of the test's own, and what it holds.
struct Range {
    server: Server,
    rows: Rows,
}

impl Range {
    async fn of(server: Server) -> Self {
        let rows = Rows::of(&server).await;
        Self { server, rows }
    }

    /// Makes a pair of calls. `like` is what they should come to: some of it comes about beside the
    /// answer. `is_last` says that nothing else is tried afterwards. An error says why they are no
    /// example.
    async fn fire(
        &self,
        shot: &Shot,
        how: How,
        like: Option<&Outcome>,
        is_last: bool,
    ) -> Result<Outcome, String> {
        let before = self.rows.settled(&self.server, rows::SHORT).await;
        let answers = match how {
            How::InTurn => {
                let first = shot.fire().await;
                if !is_good(&first) {
                    return Err(format!("the example does not work: {}", told(&first)));
                }
                [first, shot.fire().await]
            }
            How::AtOnce => {
                let held = self.rows.hold(&self.server).await;
                let release = async {
                    tokio::time::sleep(if shot.hashes { HELD_FOR_PASSWORDS } else { HELD }).await;
                    held.commit().await.unwrap();
                };
                let (first, second, ()) = tokio::join!(shot.fire(), shot.fire(), release);
                [first, second]
            }
        };
        let mut outcome =
            Outcome { answers: answers.each_ref().map(told), added: Counts::default() };
        let patience = Instant::now() + if is_last { LAST_PATIENCE } else { PATIENCE };
        let pause = match (shot.hashes, is_last) {
            (false, false) => rows::SHORT,
            (true, true) => rows::LONG * 4,
            _ => rows::LONG,
        };
        loop {
            outcome.added = self.rows.settled(&self.server, pause).await.since(&before);
            let is_alike = like.is_none_or(|like| like.added == outcome.added);
            if is_alike || Instant::now() > patience {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(outcome)
    }

    /// Compares a pair with one that is made in turn.
    async fn try_out(
        &self,
        example: &impl AsyncFn(bool) -> Shot,
        fresh: bool,
    ) -> Result<(), String> {
        let shot = example(fresh).await;
        let expected = self.fire(&shot, How::InTurn, None, fresh).await?;
        if expected.added.is_empty() && !shot::changes_no_count(&shot.name) {
            return Err("the example changes nothing".to_owned());
        }
        let seen = self.fire(&example(fresh).await, How::AtOnce, Some(&expected), fresh).await?;
        // The one is answered as the first in turn; the other as the second, or it is refused.
        let is_good = seen.answers.contains(&expected.answers[0])
            && !seen.answers.iter().any(|answer| answer.starts_with('5'))
            && (seen.added == expected.added || shot::may_differ(&shot.name));
        if !is_good {
            return Err(format!("in turn {expected:?}\n  at once {seen:?}"));
        }
        Ok(())
    }

    /// What differs, if anything does. `example` makes the call anew, in a place of its own when it
    /// is told so: what was done before in the same place may make the difference.
    async fn compare(&self, name: &str, example: impl AsyncFn(bool) -> Shot) -> Option<String> {
        if self.try_out(&example, false).await.is_ok() {
            return None;
        }
        let found = self.try_out(&example, true).await.err()?;
        Some(format!("{name}\n  {found}"))
    }

    fn assert_quiet(self, found: &[String]) {
        let (_, log, _) = self.server.end("TERM");
        let loud: Vec<&str> = log
            .lines()
            .filter(|line| line.contains("ERROR") || line.contains("panicked"))
            .collect();
        assert!(loud.is_empty(), "{loud:#?}");
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

fn is_good(answer: &crate::support::Answer) -> bool {
    (200..400).contains(&answer.status) && !told(answer).contains("refused")
}

/// A form whose page only follows a consent; it is sent twice at once in threats/receiver.rs.
const AFTER_CONSENT: &str = "/developers/apps/{id}/receiver/code";

/// Handlers that are the same on both sites are tried on one.
fn posts() -> Vec<PageRoute> {
    let all: Vec<PageRoute> = page_routes().into_iter().filter(|route| route.post).collect();
    let has_twin = |route: &PageRoute| {
        route.template.strip_prefix("/developers").is_some_and(|rest| {
            let twin = format!("/manage{rest}");
            all.iter().any(|other| other.template == twin)
        })
    };
    let is_tried = |route: &&PageRoute| !has_twin(route) && route.template != AFTER_CONSENT;
    all.iter().filter(is_tried).cloned().collect()
}

/// The party's next form for a route; of another party if this one can't send it any more.
async fn form(range: &Range, party: &mut Party, route: &PageRoute, fresh: bool) -> Shot {
    if !fresh
        && forms::is_able(party).await
        && let Some(shot) = forms::example(&range.server, party, route).await
    {
        return shot;
    }
    *party = Party::new(&range.server).await;
    forms::example(&range.server, party, route).await.unwrap_or_else(|| {
        panic!("{}: teach tests/it/twice/forms.rs where its form is", route.template)
    })
}

async fn call(range: &Range, operation: &Operation) -> Shot {
    let key = range.server.portal().await.key().await;
    let ids = make_ids(&key).await;
    let mut body = operation.body_with(&ids);
    if operation.template == "/customer-groups/{customerGroupId}/customers" {
        // One who is not in the group yet.
        let other = key.post("/v1/customers", fields("Nieuw lid")).await.expect(200);
        body = Some(json!({ "customers": [other["id"]] }));
    }
    Shot::call(&operation.to_string(), &key, &operation.method, operation.path(&ids), body)
}

/// The forms are compared in parts, which run side by side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Resources,
    Settings,
    Others,
}

impl Part {
    fn of(route: &PageRoute) -> Self {
        match route.template.split('/').nth(2) {
            Some("settings" | "account") => Self::Settings,
            _ if route.template.starts_with("/manage/") => Self::Resources,
            _ => Self::Others,
        }
    }
}

async fn compare_forms(engine: Engine, part: Part) {
    let range = Range::of(Server::start(engine, &[ALLOW]).await).await;
    let party = tokio::sync::Mutex::new(Party::new(&range.server).await);
    let mut found = Vec::new();
    let routes: Vec<PageRoute> =
        posts().into_iter().filter(|route| Part::of(route) == part).collect();
    assert!(!routes.is_empty());
    for route in routes {
        let example = async |fresh| form(&range, &mut *party.lock().await, &route, fresh).await;
        found.extend(range.compare(&route.template, example).await);
    }
    range.assert_quiet(&found);
}

both_engines! {
    async fn forms_of_resources_twice_at_once_come_to_what_they_come_to_in_turn(engine: Engine) {
        compare_forms(engine, Part::Resources).await;
    }

    async fn forms_of_settings_twice_at_once_come_to_what_they_come_to_in_turn(engine: Engine) {
        compare_forms(engine, Part::Settings).await;
    }

    async fn other_forms_twice_at_once_come_to_what_they_come_to_in_turn(engine: Engine) {
        compare_forms(engine, Part::Others).await;
    }

    async fn calls_twice_at_once_come_to_what_they_come_to_in_turn(engine: Engine) {
        let range = Range::of(Server::start(engine, &[]).await).await;
        let mut found = Vec::new();
        for operation in operations().iter().filter(|operation| operation.method != Method::GET) {
            found.extend(range.compare(&operation.to_string(), async |_| call(&range, operation).await).await);
        }
        let cases = programs::cases();
        for path in program_routes() {
            let known = cases.iter().filter(|(known, _)| *known == path);
            assert!(known.clone().count() > 0, "{path}: teach tests/it/twice/programs.rs to call it");
            for (path, case) in known {
                let name = format!("{path} ({case})");
                found.extend(range.compare(&name, async |_| programs::example(&range.server, path, case).await).await);
            }
        }
        range.assert_quiet(&found);
    }
}
